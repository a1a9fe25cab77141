"""Answers to whoever has the newest already: ETag, Last-Modified and 304 (RFC 9110), for all addresses of machines."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import http_date


@dataclass(frozen=True)
class Validator:
    """By what an answer is known again: its tag, quoted, and since when it is so (UTC), None where no time is told."""

    etag: str
    modified: datetime | None
    caching: str

    @property
    def seconds(self) -> int | None:
        """The time in whole seconds, as HTTP tells it."""
        return int(self.modified.timestamp()) if self.modified else None

    @property
    def headers(self) -> dict[str, str]:
        """The headers that say so."""
        told = {"ETag": self.etag, "Cache-Control": self.caching}
        return told if self.seconds is None else told | {"Last-Modified": http_date(self.seconds)}


def answered(
    request: HttpRequest, validator: Validator, make: Callable[[], HttpResponseBase]
) -> HttpResponse | HttpResponseBase:
    """Return what `make` makes, or 304 without making it to whoever has it; both with the validator's headers.

    `If-None-Match: *` asks whether anything stands here at all, so that is looked up first.
    """
    any_one = request.headers.get("If-None-Match", "").strip() == "*"
    answer = None if any_one else _unchanged(request, validator)
    if answer is None:
        answer = make()
        if answer.status_code != HttpResponse.status_code:
            return answer
        answer = (_unchanged(request, validator) if any_one else None) or answer
    for name, value in validator.headers.items():
        answer[name] = value
    return answer


def _unchanged(request: HttpRequest, validator: Validator) -> HttpResponseBase | None:
    return get_conditional_response(request, etag=validator.etag, last_modified=validator.seconds)
