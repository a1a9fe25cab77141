"""Five failures, then a quarter of an hour: what django-axes counts, and the page it answers with.

Passwords are counted by account and address, so that nobody can lock another out from afar. Codes of the second
factor are counted by account alone: whoever gets there has the password, and could guess from many addresses.
The counts are rows, so that they hold over restarts and over all processes.
"""

from datetime import datetime, timedelta
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.utils import reset
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from commitments import people

#: Marks credentials as those of a code; nothing that a form sends can carry it.
OF_CODE = "second_factor_of"

Credentials = dict[str, Any] | None


def account(request: HttpRequest, credentials: Credentials) -> str:
    """Return under what to count: the account, however its name was spelled, or the name that is nobody's."""
    given = credentials or {}
    if OF_CODE in given:
        return f"code {given[OF_CODE]}"
    login = str(given.get("username") or given.get("email") or "")
    person = people.by_login(login)
    return f"account {person.pk}" if person else f"nobody {login.strip().casefold()}"[:255]


def parameters(request: HttpRequest, credentials: Credentials) -> list[str | list[str]]:
    """Return by what failures are summed up."""
    return ["username"] if OF_CODE in (credentials or {}) else [["username", "ip_address"]]


def codes_locked(request: HttpRequest, person: User) -> bool:
    """Return whether no code of this account is looked at; if so, the answer becomes the lock-out page."""
    credentials = {OF_CODE: person.pk}
    locked = AxesProxyHandler.is_locked(request, credentials)
    if locked:
        request.axes_locked_out, request.axes_credentials = True, credentials  # type: ignore[attr-defined]
    return bool(locked)


def count_wrong_code(request: HttpRequest, person: User) -> None:
    """Count a wrong code; the fifth locks."""
    user_login_failed.send(sender=__name__, credentials={OF_CODE: person.pk}, request=request)


def forget_codes(person: User) -> None:
    """A right code ends the count of wrong ones."""
    reset(username=f"code {person.pk}")


def forget(person: User) -> None:
    """Who sets everything anew starts with a clean slate, from every address."""
    forget_codes(person)
    reset(username=f"account {person.pk}")


def answer(request: HttpRequest, response: HttpResponse, credentials: Credentials) -> HttpResponse:
    """Say what happened and when to come again."""
    cool_off: timedelta = settings.AXES_COOLOFF_TIME
    at: datetime = request.axes_attempt_time  # type: ignore[attr-defined]
    until = max(_failures(request, credentials), default=at) + cool_off
    wait = max(1, int((until - at).total_seconds()))
    context = {"until": until, "minutes": -(-wait // 60), "of_code": OF_CODE in (credentials or {})}
    page = render(request, "desk/locked.html", context, status=429)
    page["Retry-After"] = str(wait)
    page["Cache-Control"] = "no-store"
    return page


def _failures(request: HttpRequest, credentials: Credentials) -> list[datetime]:
    found = AxesProxyHandler.get_implementation().get_user_attempts(request, credentials)
    return [attempt.attempt_time for attempts in found for attempt in attempts]
