"""A Postfix of our own on this machine: its own folders, a port of 127.0.0.1, and nothing that it takes leaves it."""

import os
import pwd
import shutil
import smtplib
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.ports import free_port

POSTFIX = shutil.which("postfix") or shutil.which("postfix", path="/usr/sbin")
WHY_NOT = "no Postfix (Debian's postfix)" if not POSTFIX else "Postfix runs as root only" if os.getuid() else ""
needs_postfix = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)

MAIN = """compatibility_level = 3.6
config_directory = {root}/etc
queue_directory = {root}/queue
data_directory = {root}/data
maillog_file = {root}/log/mail.log
maillog_file_prefixes = {root}/log
myhostname = relay.example.net
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
default_transport = discard
smtp_dns_support_level = disabled
smtpd_peername_lookup = no
smtpd_relay_restrictions = permit_mynetworks, reject
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
smtputf8_enable = no
enable_long_queue_ids = {long}
"""
MASTER = """127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
discard unix - - n - - discard
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """One that runs."""

    def __init__(self, root: Path, port: int) -> None:
        self.root, self.port, self.log = root, port, root / "log" / "mail.log"

    def send(self, message_id: str, *, dot: bool = True) -> None:
        """Hand over a mail; without the dot, hang up where it should be."""
        client = smtplib.SMTP("127.0.0.1", self.port, local_hostname="tracker.example.net", timeout=60)
        client.ehlo()
        client.mail("digests@example.net")
        client.rcpt("reader@example.org")
        client.docmd("DATA")
        client.send(f"Message-ID: {message_id}\r\nSubject: A digest\r\n\r\n".encode() + b"A line.\r\n" * 3_000)
        if dot:
            client.send(b".\r\n")
            assert client.getreply()[0] == 250
            client.quit()
        else:
            self.until_it_logs(f"message-id={message_id}")  # its headers were read
            client.close()
            self.until_it_logs("lost connection after DATA")

    def until_it_logs(self, text: str) -> None:
        for _ in range(1_200):
            if self.log.exists() and text in self.log.read_text():
                return
            time.sleep(0.05)
        pytest.fail(f"Postfix never logged {text!r}:\n{self.log.read_text()}")


@contextmanager
def postfix(*, long: bool) -> Iterator[Postfix]:
    """Run one, with long or short queue ids; it has logged all when it ends."""
    with tempfile.TemporaryDirectory() as folder:
        root, port = Path(folder), free_port()
        root.chmod(0o755)
        for name in ("etc", "queue", "data", "log"):
            (root / name).mkdir()
        user = pwd.getpwnam("postfix")
        os.chown(root / "data", user.pw_uid, user.pw_gid)
        (root / "etc" / "main.cf").write_text(MAIN.format(root=root, long="yes" if long else "no"))
        (root / "etc" / "master.cf").write_text(MASTER.format(port=port))
        command = [str(POSTFIX), "-c", str(root / "etc")]
        started = subprocess.run([*command, "start"], capture_output=True, text=True)
        assert started.returncode == 0, started.stderr
        try:
            yield Postfix(root, port)
        finally:
            subprocess.run([*command, "stop"], capture_output=True, check=True)
