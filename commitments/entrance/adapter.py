"""What allauth does differently here: nobody signs up, secrets are stored sealed, links lead nowhere else."""

import base64
import time
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.utils import is_mfa_enabled
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from commitments.addresses import client_address
from commitments.entrance.addresses import on_this_machine

MISMATCH = "This address and this password do not go together."


class Account(DefaultAccountAdapter):
    """Sign-in by password."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": MISMATCH,
        "username_password_mismatch": MISMATCH,
        "incorrect_password": "This is not your password.",
        "enter_current_password": "This is not your present password.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """No: people are invited."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address that allauth counts requests by."""
        return client_address(request) or "unknown"

    def is_safe_url(self, url: str) -> bool:
        """Accept only paths on this site as what comes next."""
        return bool(url_has_allowed_host_and_scheme(url, allowed_hosts=None))

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Ask for the password again, unless it or a code was given a moment ago: signing in counts as well."""
        records = get_authentication_records(context.request, context.request.user)
        fresh = records and time.time() - records[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT
        return not fresh

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        """Offer the second factor where it is not asked for."""
        if on_this_machine(request) and not is_mfa_enabled(user):
            words = "On this machine the desk opens without a second factor; elsewhere nobody comes in without one."
            messages.info(request, f"{words} You can set it up under “Your account”.")
        response: HttpResponse = super().post_login(request, user, **kwargs)
        return response

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Lead back to the account."""
        return reverse("mfa_index")


def _box() -> MultiFernet:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet([Fernet(_derived(str(key))) for key in keys])


def _derived(key: str) -> bytes:
    kdf = HKDF(SHA256(), length=32, salt=None, info=b"commitments.entrance.adapter")
    return base64.urlsafe_b64encode(kdf.derive(key.encode()))


class SecondFactor(DefaultMFAAdapter):
    """Sign-in by code. Who reads the database, or a copy of it, cannot make codes: the key is not in it."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "This code does not fit, or it was used already. Wait for the next one.",
    }

    def encrypt(self, text: str) -> str:
        """Seal a secret with a key made from SECRET_KEY."""
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open a secret, also one that was sealed before SECRET_KEY changed, if the old one is in the fallbacks."""
        try:
            return _box().decrypt(encrypted_text.encode()).decode()
        except InvalidToken as error:
            words = "Your second factor was set up under another SECRET_KEY. Ask an administrator for a new link."
            raise ValidationError(words) from error
