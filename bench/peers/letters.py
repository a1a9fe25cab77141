"""The letters that all ways send: the digests that we composed, made out to each reader."""

import json
from pathlib import Path
from typing import Any

from django.core.mail import EmailMultiAlternatives


class Letters:
    """What was written to a file: the digests, and who gets which of them."""

    def __init__(self, path: Path) -> None:
        """Read the file."""
        self.all: dict[str, Any] = json.loads(path.read_text())

    def __len__(self) -> int:
        return len(self.all["readers"])

    def fields(self, number: int) -> dict[str, Any]:
        """Return one reader's message, part by part."""
        address, token, place = self.all["readers"][number]
        letter = self.all["letters"][place]
        headers = {"List-Unsubscribe": f"<{self.all['site']}/unsubscribe/{token}/>", **self.all["headers"]}
        return {
            "sender": self.all["from"],
            "address": address,
            "subject": letter["subject"],
            "text": letter["text"].replace(letter["placeholder"], token),
            "html": letter["html"].replace(letter["placeholder"], token),
            "headers": headers,
        }

    def mail(self, number: int) -> EmailMultiAlternatives:
        """Return one reader's message as an application of Django's would make it."""
        found = self.fields(number)
        mail = EmailMultiAlternatives(
            found["subject"], found["text"], found["sender"], [found["address"]], headers=found["headers"]
        )
        mail.attach_alternative(found["html"], "text/html")
        return mail
