"""Answers to whoever has the newest already: ETag, Last-Modified and 304 (RFC 9110), for all addresses of machines."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import http_date

from commitments.problems import problem


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

    Who names a tag had an answer to this very question, so that nothing is looked up. A time, `*`, and the conditions
    under which a program wants the answer (`If-Match`) can be sent to any address: what is wrong there is said first.
    """
    if _names_a_tag(request):
        answer = _conditioned(request, validator) or make()
    else:
        made = make()
        if made.status_code != HttpResponse.status_code:
            return made
        answer = _conditioned(request, validator) or made
        if answer is not made:
            _let_go(made)
    if answer.status_code in (HttpResponse.status_code, HttpResponseNotModified.status_code):
        for name, value in validator.headers.items():
            answer[name] = value
    return answer


def _let_go(answer: HttpResponseBase) -> None:
    """Close the file of an answer that is not sent. `close()` would say that the request is over: connections go."""
    for close in answer._resource_closers:  # type: ignore[attr-defined]  # no public name for it
        close()


def _names_a_tag(request: HttpRequest) -> bool:
    asked = request.headers
    others = "If-Match" in asked or "If-Unmodified-Since" in asked
    return not others and asked.get("If-None-Match", "*").strip() != "*"


def _conditioned(request: HttpRequest, validator: Validator) -> HttpResponseBase | None:
    """Return the answer that the request's conditions call for; None where they want the whole one."""
    found = get_conditional_response(request, etag=validator.etag, last_modified=validator.seconds)
    if found is not None and found.status_code == HTTPStatus.PRECONDITION_FAILED:
        return problem(found.status_code, "What stands here is not what If-Match or If-Unmodified-Since names.")
    return found
