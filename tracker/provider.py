"""Which provider sends, and the settings that django-anymail has for it: judged before the site starts."""

import json
import pkgutil
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, NoReturn

import anymail.backends

#: Ends the start with one line: what is not set, and what to do.
Stop = Callable[[str, str], NoReturn]

#: Not providers: parts that others share, two for tests, and the former name of one.
_OTHERS = {"base", "base_requests", "console", "test", "sendinblue"}


def provider_of(name: str, stop: Stop) -> str:
    """Return the name, "" where none sends; stop at one that anymail does not ship, or that lacks a package."""
    known = sorted({module.name for module in pkgutil.iter_modules(anymail.backends.__path__)} - _OTHERS)
    if name and name not in known:
        stop("A usable MAIL_PROVIDER", f"Set it to one of {', '.join(known)}, or to nothing to send by EMAIL_URL.")
    if name == "amazon_ses" and find_spec("boto3") is None:
        stop("A usable MAIL_PROVIDER", "For amazon_ses install boto3 too, or send to its SMTP server by EMAIL_URL.")
    return name


def anymail_of(text: str, provider: str, stop: Stop) -> dict[str, Any]:
    """Return the settings in a JSON object; with a provider they hold a secret for what it tells us.

    Without one, anybody could say that a mail came back. Nothing of the text is repeated: it holds keys.
    """
    try:
        found = json.loads(text or "{}")
    except ValueError:
        found = None
    if not isinstance(found, dict):
        stop("A usable ANYMAIL", 'Set it to a JSON object, as {"POSTMARK_SERVER_TOKEN": "…", "WEBHOOK_SECRET": "…"}.')
    secret = found.get("WEBHOOK_SECRET")
    each = secret if isinstance(secret, list) else [secret]  # two for as long as one takes the place of the other
    if provider and not (each and all(isinstance(one, str) and ":" in one and len(one) > 20 for one in each)):
        stop("WEBHOOK_SECRET in ANYMAIL", "Set it to user:password, more than 20 characters drawn at random.")
    return found
