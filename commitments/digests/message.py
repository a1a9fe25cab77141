"""The mail of a dispatch: what its digest says, and what is its reader's own: address, links, headers."""

import hashlib
from email.utils import format_datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from commitments.digests.providers import provider_fields
from commitments.models import Digest, Dispatch


class _Mail(EmailMultiAlternatives):
    """A mail that is the same to the last byte whenever it is written: its boundary comes from its Message-ID."""

    def message(self, *, policy: object = None) -> object:  # type: ignore[override]
        made = super().message()
        if made.is_multipart():
            seed = self.extra_headers["Message-ID"].encode()
            made.set_boundary(f"=_{hashlib.sha256(seed).hexdigest()[:32]}")
        return made


def unsubscribe_url(token: str) -> str:
    """Return the address for the one click of RFC 8058: no language, no cookie."""
    return f"{settings.SITE_URL}/unsubscribe/{token}/"


def list_id() -> str:
    """Return the List-Id (RFC 2919) of all digests of this site."""
    return f"Pledge Tracker digests <digests.{urlsplit(settings.SITE_URL).hostname}>"


def of(dispatch: Dispatch) -> EmailMultiAlternatives:
    """Return the mail of a dispatch. Its merge fields must not be erased."""
    digest: Digest = dispatch.digest
    token = dispatch.merge["token"]
    mail = _Mail(
        subject=digest.subject,
        body=digest.text.replace(digest.placeholder, token),
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[dispatch.merge["address"]],
        headers={
            "Message-ID": dispatch.message_id,
            "Date": format_datetime(dispatch.created_at),
            "List-Id": list_id(),
            "List-Unsubscribe": f"<{unsubscribe_url(token)}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Content-Language": digest.language,
            "Auto-Submitted": "auto-generated",
        },
    )
    mail.attach_alternative(digest.html.replace(digest.placeholder, token), "text/html")
    for name, value in provider_fields(dispatch.message_id).items():
        setattr(mail, name, value)
    return mail
