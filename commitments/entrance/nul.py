"""NUL, the sign that no text holds: what is sent to the desk with one is refused before anything looks it up.

PostgreSQL takes no NUL, and says so by an error in the middle of a page. The pages of readers name the field at fault
in the reader's language; the desk and its door have too many fields for that, and answer here for all of them.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse

NUL = "\0"


class NoNul:
    """Refuses addresses, forms and cookies with a NUL. Uploaded files may hold any byte: who reads them judges."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Remember what comes next."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Go on: forms are read only when the view is known and the form was found to be ours (`process_view`)."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Say with status 400 where the NUL is, if there is one."""
        if not request.path.startswith((reverse("admin:index"), reverse("mfa_index"))):
            return None
        where = _where(request)
        # The page is made without the request, so that it does not look for whom a damaged cookie names.
        return HttpResponse(render_to_string("desk/nul.html", {"where": where}), status=400) if where else None


def _where(request: HttpRequest) -> str:
    """Return what holds a NUL, in words; empty where nothing does."""
    if NUL in request.path or _fields_with_nul(request.GET):
        return "The address of this page"
    if any(NUL in value for value in request.COOKIES.values()):
        return "A cookie of this site, which you can delete in your browser,"
    fields = _fields_with_nul(request.POST)
    return f"What was sent in the field “{fields[0].replace(NUL, '')}”" if fields else ""


def _fields_with_nul(sent: Any) -> list[str]:
    """Return the names that have a NUL, or a value that has one."""
    return [name for name, values in sent.lists() if any(NUL in text for text in (name, *values))]
