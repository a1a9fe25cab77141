"""Problem details (RFC 9457): how addresses for machines say what is wrong."""

from collections.abc import Collection, Iterable
from http import HTTPStatus
from typing import Any

from django.http import JsonResponse, QueryDict

MEDIA_TYPE = "application/problem+json"
#: What is wrong with a parameter that is repeated: to take the last in silence would answer another question.
ONE = "Takes one value, and was given several."


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


def misasked(data: QueryDict, known: Iterable[str], many: Collection[str] | None = None) -> dict[str, list[str]]:
    """Return what is wrong with every parameter that is not known here, or that is repeated and takes one value.

    Those of `many` take several; None where repetition is left alone: the last value counts.
    """
    here = sorted(known)
    said = f"Unknown parameter. Known here: {', '.join(here) or 'none'}."
    found = {name: [said] for name in sorted(set(data) - set(here))}
    if many is None:
        return found
    return found | {name: [ONE] for name in here if name not in many and len(data.getlist(name)) > 1}


def problem(status: int, detail: str, errors: dict[str, list[str]] | None = None) -> JsonResponse:
    """Return a problem as an answer."""
    return JsonResponse(details(status, detail, errors), status=status, content_type=MEDIA_TYPE)


def refused(errors: dict[str, list[str]]) -> JsonResponse:
    """Return the answer to a question with bad parameters, which `errors` names."""
    return problem(400, summed_up(errors), errors)
