"""Progress: where the pledges stand as of a day, in pictures with their numbers; each picture also as a file."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from commitments.record import activity, plots, tallies
from commitments.record.plots import Plot
from commitments.record.progress import Coverage
from commitments.web.charts import drawn
from commitments.web.day import day_of, show
from commitments.web.pages import not_found


def _over_time(on: date, *, published: bool) -> Plot:
    if published:
        title, note = _("What the record said, day by day"), _("As readers could see it: by the day of publication.")
        return plots.over_time("published", title, note, tallies.as_published(on=on), on=on)
    title = _("Since the texts were issued")
    note = _("By the day since when it is so in the world, as far as it was known on the day shown.")
    return plots.over_time("world", title, note, tallies.in_the_world(on=on), on=on)


#: Every picture by its name, in the order of the page.
PLOTS: dict[str, Callable[[date], Plot]] = {
    "sections": lambda on: plots.by_section(tallies.shelves(tallies.cells(on=on))),
    "world": partial(_over_time, published=False),
    "published": partial(_over_time, published=True),
    "trackability": lambda on: plots.by_trackability(tallies.by_trackability(tallies.cells(on=on))),
    "sources": lambda on: plots.sources(activity.mix(on=on)),
    "calendar": lambda on: plots.calendar(tallies.shelves([]), activity.months(on=on), on=on),
    "still": lambda on: plots.still(activity.standing_still(on=on)[: plots.STILL], on=on),
}


@require_safe
def progress(request: HttpRequest) -> HttpResponse:
    """Show coverage first, then every picture with its table."""
    day = day_of(request)
    found = tallies.tally(tallies.cells(on=day.on))
    newest = activity.newest_source(on=day.on)
    context: dict[str, Any] = {
        "plots": [draw(day.on) for draw in PLOTS.values()],
        "total": found,
        "grades": sorted(found.grades.items()),
        "coverage": Coverage.of(found, newest),
        "newest_source": newest,
        "old_sources": activity.is_old(newest, on=day.on),
    }
    return show(request, day, "pages/progress.html", context)


@require_safe
def chart(request: HttpRequest, name: str, kind: str) -> HttpResponse:
    """Return one picture as a file of its own: SVG, or PNG of the same."""
    day = day_of(request)
    if name not in PLOTS:
        return not_found(request, f"{name}.{kind}")
    if day.problem:
        return HttpResponseBadRequest(f"as_of: {day.problem}", content_type="text/plain; charset=utf-8")
    return drawn(PLOTS[name](day.on), kind, on=day.on)
