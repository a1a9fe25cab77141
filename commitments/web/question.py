"""What an address asks of the pledges of a day: the filters of their list, read in one way by every page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from commitments.models import Pledge, Section
from commitments.record import published
from commitments.record.filters import PledgeFilter, named

KNOWN = (*PledgeFilter.base_filters, "as_of", "page")
#: What chooses pledges, and not how they are shown: what a feed can be asked by.
FILTERS = tuple(name for name in PledgeFilter.base_filters if name != "ordering")


@dataclass(frozen=True)
class Question:
    """The filters that are set (`data`) and what they find; `problems` name the parameters with unknown values."""

    data: QueryDict
    filter: PledgeFilter
    problems: dict[str, list[str]]

    @property
    def text(self) -> str:
        """The query string of what chooses pledges; empty where all are asked for."""
        return query(self.data, FILTERS)

    @property
    def found(self) -> QuerySet[Pledge]:
        """The pledges that answer it: none where it has a problem."""
        return self.filter.queryset.none() if self.problems else self.filter.qs  # type: ignore[no-any-return]

    @property
    def among(self) -> QuerySet[Pledge] | None:
        """The pledges that answer it; None where all are asked for."""
        return self.found if self.text else None

    def told(self) -> list[str]:
        """Return each filter that is set, in the reader's language and the words of the list."""
        return [] if self.problems else list(_told(self.filter.form))


def question_of(data: QueryDict, *, on: date, ordered: bool = False) -> Question:
    """Return what an address asks of the pledges of a day; where they stand in no order (`ordered`), none is read."""
    data = asked_for(data)
    if not ordered:
        data.pop("ordering", None)
    asked = PledgeFilter(data, queryset=published.pledges(on=on))
    if asked.is_valid():
        return Question(data, asked, {})
    errors = {name: [str(text) for text in texts] for name, texts in asked.form.errors.items()}
    return Question(data, asked, errors)


def asked_for(data: QueryDict) -> QueryDict:
    """Return the parameters that say something: a form without a script sends its empty fields too."""
    said = data.copy()
    for name in list(said):
        said.setlist(name, [value for value in said.getlist(name) if value])
        if not said.getlist(name):
            del said[name]
    return said


def query(data: QueryDict, known: Iterable[str], **changes: str | None) -> str:
    """Return the query string of the same list with some values changed; None removes one.

    `known` are the list's own parameters: what others have added to the address is left behind.
    """
    pairs = [(name, value) for name in known if name not in changes for value in data.getlist(name) if value]
    pairs += [(name, value) for name, value in changes.items() if value]
    return urlencode(pairs)


def page_number(data: QueryDict, last: int) -> tuple[int, str]:
    """Return (page, problem): the first page and what is wrong where the number is none or out of range."""
    asked = data.get("page") or "1"
    if asked.isascii() and asked.isdigit() and len(asked) < 10 and 1 <= int(asked) <= last:
        return int(asked), ""
    return 1, _("There is no page “%(page)s”; the last is %(last)d.") % {"page": asked[:20], "last": last}


def chips(data: QueryDict, found: list, known: Iterable[str] = KNOWN) -> list[dict[str, str]]:  # type: ignore[type-arg]
    """Return what is set, each with the query string of the list without it; `known` are the list's parameters."""
    found_chips = []
    if data.get("q"):
        found_chips.append({"label": f"“{data['q']}”", "without": query(data, known, q=None, page=None)})
    if data.get("updated_after"):
        label = f"{_('Updated after')}: {data['updated_after']}"
        found_chips.append({"label": label, "without": query(data, known, updated_after=None, page=None)})
    for facet in found:
        for choice in facet.selected:
            rest = data.copy()
            rest.setlist(facet.name, [value for value in data.getlist(facet.name) if value != choice.value])
            found_chips.append({"label": f"{facet.label}: {choice.label}", "without": query(rest, known, page=None)})
    return found_chips


def _told(form: Any) -> Iterable[str]:
    for name, value in form.cleaned_data.items():
        if value and name in FILTERS:
            field, several = form.fields[name], value if isinstance(value, list) else [value]
            yield f"{field.label}: {' / '.join(_called(field, one) for one in several)}"


def _called(field: Any, value: Any) -> str:
    """Return what a value is called that a field has found valid: a row, a choice, a day, or words."""
    if isinstance(value, Section):
        return f"{value.number} {named(value)}"
    if isinstance(value, Model):
        return named(value)  # type: ignore[arg-type]  # the list asks by nothing that has no name
    if isinstance(value, date):
        return value.isoformat()
    return str(dict(field.choices)[value]) if hasattr(field, "choices") else f"“{value}”"
