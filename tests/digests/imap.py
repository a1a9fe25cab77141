"""A real IMAP server on this machine (pymap), and TLS in front of it."""

import imaplib
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from commitments.digests.traces.journal import Journal, quoted
from tests.ports import free_port

#: With what would end a quoted string early, and with a letter beyond ASCII.
USER, PASSWORD = "journal", 'to "quote" \\ ü'
_numbers = count(1)


class Mailbox:
    """One mailbox of the server, empty at first."""

    def __init__(self, port: int) -> None:
        self.port, self.name = port, f'Copies "{next(_numbers)}"'
        with self.connected() as imap:
            imap.create(quoted(self.name))

    @contextmanager
    def connected(self) -> Iterator[imaplib.IMAP4]:
        imap = imaplib.IMAP4("127.0.0.1", self.port, timeout=30)
        imap.authenticate("PLAIN", lambda _: f"\0{USER}\0{PASSWORD}".encode())
        yield imap
        imap.logout()

    def put(self, mail: bytes, *, at: datetime | None = None) -> None:
        """Let a mail come in."""
        when = imaplib.Time2Internaldate(at) if at else None
        with self.connected() as imap:
            assert imap.append(quoted(self.name), None, when, mail)[0] == "OK"  # type: ignore[arg-type]

    def subjects(self) -> list[str]:
        """What lies in it."""
        with self.connected() as imap:
            imap.select(quoted(self.name), readonly=True)
            _, found = imap.fetch("1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
        parts = [part for part in found if isinstance(part, tuple)]
        assert all(rb"\Seen" not in part[0] for part in parts)
        return [part[1].decode().strip().removeprefix("Subject: ") for part in parts]

    def journal(self, **changed: object) -> Journal:
        """The source that reads it."""
        given = {"host": "127.0.0.1", "port": self.port, "user": USER, "password": PASSWORD}
        return Journal(**{**given, "mailbox": self.name, "tls": False, **changed})  # type: ignore[arg-type]


@contextmanager
def imap_server() -> Iterator[int]:
    """Run the server; its port."""
    port = free_port()
    program = Path(sys.executable).with_name("pymap")
    command = [str(program), "--host", "127.0.0.1", "--port", str(port), "--no-tls"]
    command += ["--no-service", "admin", "--no-service", "managesieve", "dict"]
    process = subprocess.Popen([*command, "--demo-user", USER, "--demo-password", PASSWORD])
    try:
        _wait_until_it_listens(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait_until_it_listens(port: int) -> None:
    for _ in range(600):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    pytest.fail("the IMAP server did not start")


@contextmanager
def in_tls(port: int, folder: Path) -> Iterator[tuple[int, Path]]:
    """Speak TLS before a server; the port, and the certificate that has to be known."""
    certificate, key = _certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_serve, args=(listening, context, port), daemon=True).start()
        yield listening.getsockname()[1], certificate


def _serve(listening: socket.socket, context: ssl.SSLContext, port: int) -> None:
    with suppress(OSError):
        while True:
            plain, _ = listening.accept()
            with suppress(OSError):
                outside, inside = (
                    context.wrap_socket(plain, server_side=True),
                    socket.create_connection(("127.0.0.1", port)),
                )
                for one, other in ((outside, inside), (inside, outside)):
                    threading.Thread(target=_pass_on, args=(one, other), daemon=True).start()


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while data := one.recv(65_536):
            other.sendall(data)
        other.shutdown(socket.SHUT_WR)


def _certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for `localhost`, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    begun = datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(begun)
        .not_valid_after(begun + timedelta(days=3))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    private.write_bytes(key.private_bytes(pem, pkcs8, serialization.NoEncryption()))
    return certificate, private
