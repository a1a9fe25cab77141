"""Ways into the desk for tests: the short one, for whom sign-in is not the subject, and the steps of the real one."""

import base64
import hashlib
import hmac
import struct
import time
from typing import Any

from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY as WHOSE,
)
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY as METHODS
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.models import User
from django.test import Client

PASSWORD = "seven-small-lanterns"
SECRET = base64.b32encode(b"twenty bytes of test").decode()


def code(secret: str = SECRET, *, steps: int = 0) -> str:
    """Return the code of RFC 6238 for now, or for some half minutes from now; computed by hand."""
    counter = struct.pack(">Q", int(time.time()) // 30 + steps)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start : start + 4]) & 0x7FFFFFFF) % 1_000_000:06d}"


def with_second_factor(user: User) -> User:
    """Give somebody an app with the secret above, and recovery codes that they have put away."""
    if not Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists():
        TOTP.activate(user, SECRET)
    RecoveryCodes.activate(user).mark_as_viewed()
    return user


def signed_in(user: User, client: Client | None = None) -> Client:
    """Return a client in which somebody is signed in with both keys."""
    client = client or Client()
    client.force_login(with_second_factor(user), backend="commitments.entrance.backend.Passwords")
    session = client.session
    session[METHODS] = [{"method": "mfa", "at": time.time(), "type": "totp"}]
    session[WHOSE] = str(user.pk)
    session.save()
    return client


def give_password(client: Client, login: str, password: str = PASSWORD, **extra: Any) -> Any:
    """Send the form of the sign-in."""
    return client.post("/account/login/", {"login": login, "password": password, **extra.pop("fields", {})}, **extra)


def give_code(client: Client, text: str, **extra: Any) -> Any:
    """Send the form of the second step."""
    return client.post("/account/code/", {"code": text}, **extra)


def is_in(client: Client) -> bool:
    """Return whether the desk is open: to the smallest of its pages."""
    return client.get("/admin/jsi18n/").status_code == 200
