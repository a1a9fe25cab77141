"""Two comparisons: the renditions of a document with each other, and the record at the end of two days."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from commitments.clock import UnknownDayError, asked_day, today
from commitments.models import DifferenceKind, Document
from commitments.record import differences, published
from commitments.record.between import between, month_before
from commitments.record.filters import PledgeFilter, facets
from commitments.record.flags import a_year_before
from commitments.web.day import Day, day_of, show
from commitments.web.pages import not_found
from commitments.web.question import FILTERS, Question, chips, question_of


@dataclass(frozen=True)
class Choice:
    """A value that a list can be narrowed to, with how many it would show."""

    value: str
    label: str
    count: int
    selected: bool


@dataclass(frozen=True)
class Narrowed:
    """What the list of differences is narrowed to; `problems` name what was asked for and is not there."""

    kind: str = ""
    section: str = ""
    problems: dict[str, str] = field(default_factory=dict)


def _narrowed(data: QueryDict, numbers: list[str]) -> Narrowed:
    kind, section = data.get("kind", ""), data.get("section", "")
    problems = {}
    if kind and kind not in DifferenceKind.values:
        problems["kind"] = _("There is no kind of difference “%(kind)s”.") % {"kind": kind[:40]}
    if section and section not in numbers:
        problems["section"] = _("This document has no section “%(section)s”.") % {"section": section[:40]}
    return Narrowed(problems=problems) if problems else Narrowed(kind, section)


@require_safe
def difference_list(request: HttpRequest, slug: str) -> HttpResponse:
    """List the places where the renditions of a document differ in substance, each in its sentences."""
    document = published.documents().filter(slug=slug).first()
    if document is None:
        return not_found(request, slug)
    day, sections = day_of(request), list(published.sections().filter(document=document))
    asked = _narrowed(request.GET, [section.number for section in sections])
    every = differences.differences().filter(document=document)
    found = differences.in_section(every, asked.section) if asked.section else every
    kept = found.filter(kind=asked.kind) if asked.kind else found
    rows, counts = list(kept), differences.by_section(document)
    context = {
        "document": document,
        "side_by_side": _side_by_side(document, day),
        "found": differences.described(document, rows, on=day.on, section=asked.section),
        "total": every.count(),
        "count": differences.counted(document, rows, section=asked.section),
        "often": differences.OFTEN,
        "kinds": DifferenceKind,
        "kind_choices": _kinds(asked, differences.by_kind(found)),
        "section_choices": [(one, counts[one.number]) for one in sections if one.number in counts],
        "asked": asked,
    }
    return show(request, day, "pages/differences.html", context, status=400 if asked.problems else 200)


def _side_by_side(document: Document, day: Day) -> str:
    """Return the address of the reading view with both renditions."""
    keys = [rendition.key for rendition in document.renditions.all()]
    asked = urlencode({"text": keys[0], "with": keys[1]}) if len(keys) > 1 else ""
    return f"{document.get_absolute_url()}?{'&'.join(filter(None, (asked, day.question)))}"


def _kinds(asked: Narrowed, counts: dict[str, int]) -> list[Choice]:
    return [
        Choice(kind.value, str(kind.label), counts.get(kind.value, 0), kind.value == asked.kind)
        for kind in DifferenceKind
        if counts.get(kind.value) or kind.value == asked.kind
    ]


@dataclass(frozen=True)
class Days:
    """The two days that are compared; `given` and `problems` keep what was asked for and is none, by parameter."""

    first: date
    last: date
    given: dict[str, str]
    problems: dict[str, str]
    swapped: bool = False


def days_of(data: QueryDict) -> Days:
    """Return the two days asked for with `from=` and `to=`; without them, today and 30 days before."""
    given = {name: data.get(name, "") for name in ("from", "to")}
    days, problems = {}, {}
    for name, text in given.items():
        try:
            days[name] = asked_day(text or None)
        except UnknownDayError as problem:
            problems[name] = str(problem)
    last = days.get("to", today())
    first = days["from"] if given["from"] and "from" in days else month_before(last)
    swapped = not problems and last < first
    if swapped:
        problems["to"] = _("This day lies before the other one.")
    return Days(first, last, {name: text[:40] for name, text in given.items()}, problems, swapped)


def presets(now: date) -> list[tuple[str, date, date]]:
    """Return (label, first day, last day) of the comparisons that are offered."""
    found = [(_("the last 30 days"), month_before(now), now), (_("the last year"), a_year_before(now), now)]
    first = published.first_day()
    return [*found, (_("since the first release"), first, now)] if first and first <= now else found


@require_safe
def change_list(request: HttpRequest) -> HttpResponse:
    """Show what changed in the record between the ends of two days, for the pledges asked for."""
    days = days_of(request.GET)
    asked = question_of(request.GET, on=days.last)
    context: dict[str, Any] = {
        "days": days,
        "now": today(),
        "presets": presets(today()),
        "question": asked.text,
        "between": None,
        "kept": [(name, value) for name in FILTERS for value in asked.data.getlist(name)],
        "chips": _chips(asked, days) if asked.text else [],
        "problems": asked.problems,
    }
    if days.problems or asked.problems:
        return render(request, "pages/changes.html", context, status=400)

    def ask(found: Any) -> Any:
        return PledgeFilter(asked.data, queryset=found).qs

    context["between"] = between(days.first, days.last, ask if asked.text else None)
    return render(request, "pages/changes.html", context)


def _chips(asked: Question, days: Days) -> list[dict[str, str]]:
    found = facets(asked.data, published.pledges(on=days.last), asked.problems)
    return chips(asked.data, found, (*FILTERS, "from", "to"))
