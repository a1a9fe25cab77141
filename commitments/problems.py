"""Problem details (RFC 9457): how addresses for machines say what is wrong."""

from http import HTTPStatus
from typing import Any

from django.http import JsonResponse

MEDIA_TYPE = "application/problem+json"


def details(status: int, detail: str, errors: dict[str, list[str]] | None = None) -> dict[str, Any]:
    """Return the members of a problem; `errors` names each bad parameter with what is wrong."""
    problem: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    return problem | {"errors": errors} if errors else problem


def summed_up(errors: dict[str, list[str]]) -> str:
    """Return what is wrong with each parameter as one line."""
    return "; ".join(f"{name}: {' '.join(texts)}" for name, texts in errors.items())


def problem(status: int, detail: str, errors: dict[str, list[str]] | None = None) -> JsonResponse:
    """Return a problem as an answer."""
    return JsonResponse(details(status, detail, errors), status=status, content_type=MEDIA_TYPE)


def refused(errors: dict[str, list[str]]) -> JsonResponse:
    """Return the answer to a question with bad parameters, which `errors` names."""
    return problem(400, summed_up(errors), errors)
