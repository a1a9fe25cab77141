"""The outbox of a development copy: the mails that the embedded default has written instead of sending them.

Only where DEBUG is on, which is bound to this machine: the mails hold everybody's links.
"""

import email
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import urlize
from django.views.decorators.http import require_safe

from commitments.digests.letter import APART

NEWEST = 200


def _folder() -> Path:
    if not settings.DEBUG:
        raise Http404
    return Path(settings.EMAIL_FILE_PATH)


def _read(path: Path) -> EmailMessage:
    message = email.message_from_bytes(path.read_bytes(), policy=default)
    assert isinstance(message, EmailMessage)  # noqa: S101 (what the policy makes)
    return message


def _mail(name: str) -> EmailMessage:
    path = _folder() / f"{name}.eml"
    if not path.is_file():
        raise Http404
    return _read(path)


@require_safe
def outbox(request: HttpRequest) -> HttpResponse:
    """List the newest mails."""
    paths = sorted(_folder().glob("*.eml"), key=lambda path: path.stat().st_mtime, reverse=True)[:NEWEST]
    mails = [
        {
            "name": path.stem,
            "to": message["To"],
            "subject": message["Subject"],
            "at": datetime.fromtimestamp(path.stat().st_mtime, UTC),
        }
        for path in paths
        for message in [_read(path)]
    ]
    return render(request, "pages/outbox.html", {"mails": mails, "folder": _folder()})


@require_safe
def mail(request: HttpRequest, name: str) -> HttpResponse:
    """Show one mail: its headers and its plain text, with links to follow."""
    message = _mail(name)
    body = message.get_body(("plain",))
    context = {
        "name": name,
        "headers": message.items(),
        "subject": message["Subject"],
        "text": urlize(body.get_content() if body else "", autoescape=True),
    }
    return render(request, "pages/outbox_mail.html", context)


@require_safe
def mail_html(request: HttpRequest, name: str) -> HttpResponse:
    """Show one mail's HTML as a mail program would: apart from the site."""
    body = _mail(name).get_body(("html",))
    if body is None:
        raise Http404
    response = HttpResponse(body.get_content())
    response["Content-Security-Policy"] = APART
    return response
