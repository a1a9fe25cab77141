"""What somebody who is signed in still owes before the desk opens: a second factor, proved in this session."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.account import app_settings
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.account.internal.flows.reauthentication import suspend_request
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation

from commitments.entrance.addresses import on_this_machine

#: Views that are open whatever is owed: the ways in and out, and the password that a step may ask for first.
OPEN = {
    "account_login",
    "account_logout",
    "account_inactive",
    "account_reauthenticate",
    "mfa_authenticate",
    "invitation",
    "logout",
}


def passed(request: HttpRequest) -> bool:
    """Return whether a code was given in this session."""
    return any(record["method"] == "mfa" for record in get_authentication_records(request, request.user))


def mark_passed(request: HttpRequest, person: User) -> None:
    """Whoever has just set an app up has proved that it gives the right codes."""
    record_authentication(request, person, "mfa", type=Authenticator.Type.TOTP.value)


def code_again(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let a view be reached, by those who have an app, only shortly after a code: a password alone is not enough.

    allauth itself takes either for a fresh sign-in. Whoever finds an open desk, and knows the password, could then
    remove the second factor for good.
    """

    @wraps(view)
    def kept(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if is_mfa_enabled(request.user) and not _code_is_fresh(request):
            asked: HttpResponseBase = suspend_request(request, reverse("mfa_reauthenticate"))
            return asked
        return view(request, *args, **kwargs)

    return kept


def _code_is_fresh(request: HttpRequest) -> bool:
    given = [record["at"] for record in get_authentication_records(request, request.user) if record["method"] == "mfa"]
    return bool(given) and time.time() - given[-1] < app_settings.REAUTHENTICATION_TIMEOUT


def owed(request: HttpRequest) -> str | None:
    """Return the name of the view that comes before all others, if there is one."""
    held = {one.type: one for one in Authenticator.objects.filter(user=request.user.pk)}
    if Authenticator.Type.TOTP not in held:
        return None if on_this_machine(request) else "mfa_activate_totp"
    if not passed(request):
        return "mfa_reauthenticate"
    codes = held.get(Authenticator.Type.RECOVERY_CODES)
    if codes is None:
        return "mfa_generate_recovery_codes"
    return None if codes.wrap().did_view else "mfa_view_recovery_codes"


class SecondFactorMiddleware:
    """Keeps the desk and the account shut while a step is owed. Whatever lies under their addresses is kept."""

    def __init__(self, get_response: Any) -> None:
        """Remember what comes next."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer; the pages of the door speak English, as the desk does."""
        if not request.path.startswith(reverse("mfa_index")):
            return self.get_response(request)  # type: ignore[no-any-return]
        with translation.override("en"):
            return self.get_response(request)  # type: ignore[no-any-return]

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Lead to what is owed."""
        match = request.resolver_match
        kept = request.path.startswith((reverse("admin:index"), reverse("mfa_index")))
        if not kept or match is None or match.url_name in OPEN or not request.user.is_authenticated:
            return None
        step = owed(request)
        if step is None or step == match.url_name:
            return None
        follow = urlencode({"next": request.get_full_path()}) if request.method == "GET" else ""
        return redirect(f"{reverse(step)}?{follow}" if follow else reverse(step))
