"""Progress: where the pledges stand as of a day, in pictures with their numbers; each picture also as a file."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from commitments.models import Theme
from commitments.record import plots, published, tallies
from commitments.record.filters import facets
from commitments.record.numbers import Numbers
from commitments.record.plots import Plot
from commitments.web.charts import drawn, of_plot
from commitments.web.day import bad_question, day_of, show
from commitments.web.pages import not_found
from commitments.web.question import FILTERS, Question, chips, question_of


def _published(numbers: Numbers) -> Plot:
    title, note = _("What the record said, day by day"), _("As readers could see it: by the day of publication.")
    return plots.over_time("published", title, note, numbers.published, on=numbers.on)


def _world(numbers: Numbers) -> Plot:
    title = _("Since the texts were issued")
    note = _("By the day since when it is so in the world, as far as it was known on the day shown.")
    return plots.over_time("world", title, note, numbers.world, on=numbers.on)


#: Every picture by its name, in the order of the page.
PLOTS: dict[str, Callable[[Numbers], Plot]] = {
    "sections": lambda numbers: plots.by_section(numbers.shelves),
    "world": _world,
    "published": _published,
    "trackability": lambda numbers: plots.by_trackability(numbers.trackability),
    "sources": lambda numbers: plots.sources(numbers.mix),
    "calendar": lambda numbers: plots.calendar(numbers.shelves, numbers.months, on=numbers.on),
    "still": lambda numbers: plots.still(numbers.still[: plots.STILL], awaited=numbers.still.count(), on=numbers.on),
}


@require_safe
def progress(request: HttpRequest) -> HttpResponse:
    """Show coverage first, then every picture with its table: of the whole record, or of the pledges asked for."""
    day = day_of(request)
    asked = question_of(request.GET, on=day.on)
    numbers = Numbers(day.on, asked.among)
    context: dict[str, Any] = {
        "numbers": numbers,
        "plots": [] if asked.problems else [draw(numbers) for draw in PLOTS.values()],
        "question": asked.text,
        "problems": asked.problems,
        "chips": _chips(asked, day.on) if asked.text else [],
        "shelves": tallies.shelves([]),
        "themes": Theme.objects.all(),
    }
    return show(request, day, "pages/progress.html", context, status=400 if asked.problems else 200)


def _chips(asked: Question, on: date) -> list[dict[str, str]]:
    found = facets(asked.data, published.pledges(on=on), asked.problems)
    return chips(asked.data, found, (*FILTERS, "as_of"))


@require_safe
def chart(request: HttpRequest, name: str, kind: str) -> HttpResponseBase:
    """Return one picture as a file of its own: SVG, or PNG of the same."""
    day = day_of(request)
    if name not in PLOTS:
        return not_found(request, f"{name}.{kind}")
    asked = question_of(request.GET, on=day.on)
    problems = asked.problems | ({"as_of": [day.problem]} if day.problem else {})
    if problems:
        return bad_question(problems)
    numbers = Numbers(day.on, asked.among)
    return drawn(request, lambda: of_plot(PLOTS[name](numbers), asked.told()), kind, on=day.on)
