"""What an export is asked by: the filters of its list, and the day. What it does not know it refuses, by name."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import QueryDict

from commitments.clock import UnknownDayError, asked_day
from commitments.exports import evidence, pledges, updates
from commitments.exports.columns import Sheet
from commitments.problems import misasked
from commitments.record.filters import PledgeFilter
from commitments.record.sources import EvidenceFilter
from commitments.record.updates import UpdateFilter
from commitments.record.values import many

Problems = dict[str, list[str]]


@dataclass(frozen=True)
class Listed:
    """A table with the filters of its list: `ask` puts a question, for a day."""

    sheet: Sheet
    filters: Any
    ask: Callable[[QueryDict, date], Any]

    def misasked(self, data: QueryDict, more: Iterable[str]) -> Problems:
        """Return what is wrong with the names of the parameters; `more` are known beside the filters and the day."""
        return misasked(data, {*self.filters.base_filters, "as_of", *more}, many(self.filters))


LISTED = {
    listed.sheet.name: listed
    for listed in (
        Listed(pledges.SHEET, PledgeFilter, lambda data, on: PledgeFilter(data, queryset=pledges.rows(on))),
        Listed(updates.SHEET, UpdateFilter, lambda data, on: UpdateFilter(data, queryset=updates.rows(on))),
        Listed(
            evidence.SHEET, EvidenceFilter, lambda data, on: EvidenceFilter(data, queryset=evidence.rows(on), on=on)
        ),
    )
}


def day(data: QueryDict) -> tuple[date, Problems]:
    """Return (day, problems): today where the day asked for is none."""
    try:
        return asked_day(data.get("as_of")), {}
    except UnknownDayError as error:
        return asked_day(None), {"as_of": [str(error)]}


def rows(listed: Listed, data: QueryDict, *, on: date) -> tuple[Any, Problems]:
    """Return (rows, problems) of a question to a table."""
    asked = listed.ask(data, on)
    if asked.is_valid():
        return asked.qs, {}
    return None, {name: [str(text) for text in texts] for name, texts in asked.form.errors.items()}
