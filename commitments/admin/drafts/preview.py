"""The public page of a pledge as a draft would make it: the page's own template on rows that are never committed."""

from copy import copy

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import translation

from commitments.admin.base import now
from commitments.editorial.policies import RefusedError
from commitments.editorial.preview import as_published
from commitments.models import Draft
from commitments.record import published
from commitments.record.page import page_of

LANGUAGES = dict(settings.LANGUAGES)


def preview(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Return the page, marked as a preview, in the language that `?language=` names. Nothing of it is stored."""
    if draft.pledge is None:
        raise RefusedError("A figure has no page of its own to preview: the review shows what would be published.")
    asked = request.GET.get("language", "")
    language = asked if asked in LANGUAGES else "en"
    about = draft.pledge
    with as_published(draft, at=now()) as on, translation.override(language):
        pledge = published.whole(on=on).get(pk=about.pk)
        context = page_of(pledge, on=on) | {"draft": draft, "tongue": language}
        context["preview_languages"] = settings.LANGUAGES
        response = render(_as_reader(request, pledge.get_absolute_url()), "admin/preview/pledge.html", context)
    response["Cache-Control"] = "no-store, private"
    response["X-Robots-Tag"] = "noindex"
    return response


def _as_reader(request: HttpRequest, path: str) -> HttpRequest:
    """Return the request as if it asked for the public page, so that the page's own links are right."""
    shown = copy(request)
    shown.path = shown.path_info = path
    shown.META = {**request.META, "QUERY_STRING": ""}
    shown.GET = QueryDict()
    return shown
