"""The search page: one box, and what it finds of each kind."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from commitments.questions import ask
from commitments.record.filters import LONGEST_QUERY
from commitments.record.found import everything
from commitments.web.day import day_of, show

#: So many of each kind are shown; the lists have all of them.
SHOWN = 5


def _problem(query: str) -> str:
    """Return what keeps a query from being asked; empty where nothing does."""
    if len(query) > LONGEST_QUERY:
        return _("At most %(number)d characters can be searched for.") % {"number": LONGEST_QUERY}
    if query and not ask(query):
        return _("This holds no word: type a word of two letters or more, a Chinese character, or a code.")
    return ""


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Find pledges, sentences, evidence and updates; every state of the page is a plain address."""
    day = day_of(request)
    query = request.GET.get("q", "").strip()
    problem = _problem(query)
    found = everything(query, on=day.on, shown=SHOWN) if query and not problem else None
    context = {
        "query": query[:LONGEST_QUERY],
        "problem": problem,
        "found": found,
        "asked_words": found.question if found else None,
    }
    response = show(request, day, "pages/search.html", context, status=400 if len(query) > LONGEST_QUERY else 200)
    response["X-Robots-Tag"] = "noindex"  # what people type is no page to be found by
    return response
