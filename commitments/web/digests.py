"""The digests that were sent, readable on the site: the page that each mail links to, and the archive."""

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from commitments.models import Digest
from commitments.web.pages import not_found
from commitments.web.question import page_number, query

PER_PAGE = 50
#: A part of the key that is enough to find it and too much to guess.
SHORTEST = 20


@require_safe
def digest_list(request: HttpRequest) -> HttpResponse:
    """List the digests of the reader's language, newest first: those that tell of nobody who reads them."""
    found = Digest.objects.filter(listed=True, language=get_language() or "en").exclude(entries=[])
    pages = Paginator(found.defer("text", "html", "entries"), PER_PAGE)
    number, problem = page_number(request.GET, pages.num_pages)
    page = pages.page(number)
    context = {
        "page": page,
        "problem": problem,
        "previous": query(request.GET, ["page"], page=str(number - 1)) if page.has_previous() else "",
        "next": query(request.GET, ["page"], page=str(number + 1)) if page.has_next() else "",
    }
    return render(request, "pages/digests.html", context, status=400 if problem else 200)


@require_safe
def digest(request: HttpRequest, key: str) -> HttpResponse:
    """Show what a digest said, in the language in which it was written."""
    found = Digest.objects.filter(key__startswith=key).first() if len(key) >= SHORTEST else None
    if found is None:
        return not_found(request, key)
    context = {"digest": found, "written_in": dict(settings.LANGUAGES)[found.language]}
    response = render(request, "pages/digest.html", context)
    if not found.listed:
        response["X-Robots-Tag"] = "noindex"
    return response
