"""How often one address may ask: API and files share one count, and who is refused is told when to come back."""

import logging
from collections.abc import Callable
from functools import wraps
from math import ceil
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.throttling import AnonRateThrottle

from commitments.addresses import client_address
from commitments.problems import problem

logger = logging.getLogger(__name__)


class PerAddress(AnonRateThrottle):
    """So many requests a minute (`API_RATE`) from one address; of IPv6 from one line, as everywhere here.

    The count is kept in the cache. Where that is away, everybody is let in: a reader who finds the record shut is
    worse off than a server that is asked too often for a while.
    """

    #: For how many requests one counts.
    cost = 1

    def throttle_success(self) -> bool:
        """Count the request as many times as it costs; one is let in as long as anything is left."""
        rest: int = self.num_requests - len(self.history)  # type: ignore[attr-defined]  # the stubs lack it
        self.history[:0] = [self.now] * min(self.cost, rest)
        self.cache.set(self.key, self.history, self.duration)  # type: ignore[attr-defined]  # so too
        return True

    def get_cache_key(self, request: Any, view: Any) -> str:
        """Return under what the asker is counted."""
        return f"throttle:{client_address(request)}"

    def allow_request(self, request: Any, view: Any) -> bool:
        """Count the request; tell whether it may be answered."""
        try:
            return super().allow_request(request, view)
        except Exception:  # each kind of cache has errors of its own
            logger.warning("The cache cannot be asked; requests are not counted.", exc_info=settings.DEBUG)
            return True


def said(seconds: float | None) -> str:
    """Return the refusal in words."""
    rate = PerAddress().rate or ""
    count, _, period = rate.partition("/")
    often = {"s": "second", "m": "minute", "h": "hour", "d": "day"}.get(period[:1], period)
    again = f" Come back in {ceil(seconds)} seconds." if seconds else ""
    return f"Too many requests from this address: {count} are answered in a {often}.{again}"


def throttled(view: Callable[..., HttpResponseBase], *, cost: int = 1) -> Callable[..., HttpResponseBase]:
    """Decorate a plain view: who asks too often is refused as by the API. `cost`: as how many requests one counts."""

    @wraps(view)
    def counted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        throttle = PerAddress()
        throttle.cost = cost
        if throttle.allow_request(request, None):
            return view(request, *args, **kwargs)
        seconds = ceil(throttle.wait() or 1)
        answer = problem(429, said(seconds))
        answer["Retry-After"] = str(seconds)
        return answer

    return counted
