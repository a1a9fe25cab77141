"""The embedded default: mails become files in a folder, one `.eml` each, that any mail program opens."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage

#: What a name of a file may hold; everything else in a Message-ID becomes a hyphen.
_UNSAFE = re.compile(r"[^A-Za-z0-9._@-]+")


class EmlBackend(BaseEmailBackend):
    """Writes each mail under its Message-ID: the same mail written again is the same file, never a second one."""

    def __init__(self, file_path: str | None = None, **options: object) -> None:
        """Write into `file_path`, or into EMAIL_FILE_PATH."""
        super().__init__(fail_silently=bool(options.get("fail_silently")))
        self.folder = Path(file_path or settings.EMAIL_FILE_PATH)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write the mails; return how many. OSError where the folder cannot be written."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for mail in email_messages:
            message = mail.message()
            name = _UNSAFE.sub("-", message["Message-ID"].strip("<>"))[:200]
            _write(self.folder / f"{name}.eml", message.as_bytes())
        return len(email_messages)


def _write(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all, also when the disk is full or the machine stops."""
    part = path.with_suffix(".part")
    with part.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)
