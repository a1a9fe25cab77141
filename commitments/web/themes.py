"""Themes: the pledges on each, how they stand, what evidence bears on them, and the numbers announced beside them."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from commitments.record import published, terms
from commitments.web.day import day_of, show
from commitments.web.pages import not_found


@require_safe
def theme_list(request: HttpRequest) -> HttpResponse:
    """List the themes, every pledge a mark."""
    day = day_of(request)
    context = {"themes": terms.themes(on=day.on), "statuses": published.STATUSES}
    return show(request, day, "pages/themes.html", context)


@require_safe
def theme(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one theme."""
    day = day_of(request)
    found = terms.theme(slug, on=day.on)
    if found is None:
        return not_found(request, slug)
    context = {"theme": found, "announced": terms.announced_beside(found.pledges, on=day.on)}
    return show(request, day, "pages/theme.html", context)
