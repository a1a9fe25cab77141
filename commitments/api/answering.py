"""What every answer of the API has to do with those before it: it is known again (304), and it says what will go."""

from collections.abc import Callable
from datetime import UTC
from functools import partial
from typing import Any, cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commitments.api import deprecation
from commitments.clock import today
from commitments.conditional import Validator, answered
from commitments.exports.validators import of_edition


class Answering(APIView):
    """A view whose readers are told when they have the newest answer already."""

    def validator(self, request: Request) -> Validator:
        """Return by what the answer is known again."""
        return of_edition(request, on=today())

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer in UTC, by which the record is dated, whatever time zone the site's own pages and desk have."""
        with timezone.override(UTC):
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Ask first, of whatever answers the request, whether it has to."""
        super().initial(request, *args, **kwargs)
        method = (request.method or "").lower()
        if method in ("get", "head"):
            setattr(self, method, partial(self._answered, getattr(self, method)))

    def _answered(self, make: Callable[..., Response], request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the answer, or 304 to whoever has it.

        By then the parameters are known here, but for the values of filters: whoever holds an answer to the same
        question, of the same edition, was not refused.
        """
        known = self.validator(request)
        return cast("Response", answered(request._request, known, lambda: make(request, *args, **kwargs)))

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Say in the headers what will go."""
        made = super().finalize_response(request, response, *args, **kwargs)
        resource = request.path.removeprefix("/api/v1/").partition("/")[0]
        for name, value in deprecation.headers(resource, request.GET).items():
            made[name] = f"{made[name]}, {value}" if name == "Link" and name in made else value
        return made
