"""A port before another server, that can be cut and mended: `python -m tests.faults.proxy PORT`."""

import asyncio
import json
import sys
from contextlib import suppress


class Proxy:
    def __init__(self, target: int) -> None:
        self.target, self.is_cut = target, False
        self.writers: set[asyncio.StreamWriter] = set()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_cut:
            writer.transport.abort()
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        self.writers |= {writer, far_writer}
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))
        self.writers -= {writer, far_writer}

    def cut(self, is_cut: bool) -> None:
        self.is_cut = is_cut
        for writer in self.writers if is_cut else ():
            writer.transport.abort()


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()


async def serve(target: int) -> None:
    proxy = Proxy(target)
    server = await asyncio.start_server(proxy.connected, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    orders = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    while order := await orders.readline():
        proxy.cut(json.loads(order)["cut"])
        print("done", flush=True)
    sys.exit()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
