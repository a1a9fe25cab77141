"""How long somebody stays signed in: eight hours at most, one hour without a request."""

import time

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.middleware import AuthenticationMiddleware, get_user
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

SINCE, SEEN = "signed_in_at", "seen_at"  # Unix time, in the session
#: The session is written at most once in so many seconds.
GRAIN = 60


class SessionLimits(AuthenticationMiddleware):
    """Django's, with limits. Like Django's it is lazy: who is not asked for opens no session."""

    def process_request(self, request: HttpRequest) -> None:
        """Put the person on the request, to be looked up when somebody asks."""
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: _still_signed_in(request, now=int(time.time())))  # type: ignore[assignment]


def _still_signed_in(request: HttpRequest, *, now: int) -> AbstractBaseUser | AnonymousUser:
    person = get_user(request)
    if not person.is_authenticated:
        return person
    session = request.session
    since, seen = session.get(SINCE), session.get(SEEN, now)
    if now - seen > settings.SESSION_IDLE_SECONDS or now - (since or now) > settings.SESSION_COOKIE_AGE:
        return _end(request)
    if since is None:
        session[SINCE] = now
    if now - session.get(SEEN, 0) >= GRAIN:
        session[SEEN] = now
    return person


def _end(request: HttpRequest) -> AnonymousUser:
    """Not Django's `logout`: that asks the request for its user, which is what is being found out here."""
    request.session.flush()
    request._cached_user = AnonymousUser()  # type: ignore[attr-defined]
    words = "You were signed out: an hour passed without a request, or eight since you signed in."
    messages.info(request, words, fail_silently=True)
    return AnonymousUser()
