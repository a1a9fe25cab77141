"""The year in review: a page for every year since the first baseline, made to be printed too."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from commitments.record import activity, plots, reviews, tallies
from commitments.web.day import day_of, show
from commitments.web.pages import not_found


@require_safe
def review_list(request: HttpRequest) -> HttpResponse:
    """List the years."""
    day = day_of(request)
    return show(request, day, "pages/reviews.html", {"years": reviews.years(on=day.on)})


@require_safe
def review(request: HttpRequest, year: str) -> HttpResponse:
    """Show what the record holds of a year, as known on the day asked."""
    day = day_of(request)
    if int(year) not in reviews.years(on=day.on):
        return not_found(request, year)
    found = reviews.review(int(year), on=day.on)
    picture = plots.by_section(tallies.shelves(found.cells))
    context = {"review": found, "plot": picture, "old_sources": activity.is_old(found.newest_source, on=found.through)}
    return show(request, day, "pages/review.html", context | {"newest_source": found.newest_source})
