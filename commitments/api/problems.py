"""Errors as JSON problem details (RFC 9457)."""

from typing import Any

from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import exception_handler

from commitments.problems import MEDIA_TYPE, details, problem, summed_up
from commitments.throttling import said


def _texts(detail: Any) -> list[str]:
    return [str(text) for text in detail] if isinstance(detail, list) else [str(detail)]


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: same status and headers, body and media type of RFC 9457."""
    response = exception_handler(error, context)
    if response is None:
        return None
    errors = None
    if isinstance(error, exceptions.ValidationError) and isinstance(error.detail, dict):
        errors = {name: _texts(detail) for name, detail in error.detail.items()}
        detail = summed_up(errors)
    elif isinstance(error, exceptions.Throttled):
        detail = said(getattr(error, "wait", None))
    elif isinstance(error, Http404):
        detail = str(error) or "Nothing stands at this address."
    else:
        detail = str(getattr(error, "detail", error))
    response.data = details(response.status_code, detail, errors)
    response.content_type = MEDIA_TYPE
    # Whatever the view writes: the description can be YAML, its page is HTML.
    context["request"].accepted_renderer, context["request"].accepted_media_type = JSONRenderer(), MEDIA_TYPE
    return response


@csrf_exempt  # nothing is changed here, and the answer shall be JSON
def not_found(request: HttpRequest, rest: str = "") -> JsonResponse:
    """Answer an unknown address under /api/v1/."""
    detail = f"There is no resource {rest!r}. /api/v1/ lists them."
    return problem(404, detail)
