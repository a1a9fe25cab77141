"""The day that a page is asked for (`?as_of=`): read once, told to the record, and kept in the page's own links."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render

from commitments.clock import UnknownDayError, asked_day, today


@dataclass(frozen=True)
class Day:
    """The day `on` of a page; `asked` where a reader set it; `problem` where what was asked for is no such day."""

    on: date
    today: date
    asked: bool = False
    given: str = ""
    problem: str = ""

    @property
    def question(self) -> str:
        """The query string that keeps the day; empty where none was asked for."""
        return f"as_of={self.on.isoformat()}" if self.asked else ""


def day_of(request: HttpRequest) -> Day:
    """Return the day that a request asks for; a day that is none, or has not come yet, counts as not asked."""
    now, given = today(), request.GET.get("as_of", "")
    try:
        on = asked_day(given or None)
    except UnknownDayError as problem:
        return Day(now, now, given=given[:40], problem=str(problem))
    return Day(on, now, asked=bool(given), given=given)


def show(request: HttpRequest, day: Day, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Render a page for its day: with the picker, with a banner while a day is set, and 400 where it is no day."""
    return render(request, template, context | {"day": day}, status=400 if day.problem else status)


def bad_day(day: Day) -> HttpResponse:
    """Return the answer of a file that was asked for with a day that is none."""
    return bad_question({"as_of": [day.problem]})


def bad_question(problems: dict[str, list[str]]) -> HttpResponse:
    """Return the answer of a file that was asked for with values that it does not know, by parameter."""
    said = "\n".join(f"{name}: {' '.join(texts)}" for name, texts in problems.items())
    return HttpResponseBadRequest(said, content_type="text/plain; charset=utf-8")
