"""One FilterSet for the list, the API and the exports to come; and the counts beside its choices."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import django_filters as df
from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Lower
from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from commitments.models import (
    Actor,
    Coding,
    Delivery,
    Document,
    Grade,
    Pledge,
    Right,
    Section,
    StatusUpdate,
    Theme,
    Trackability,
    text_in,
)
from commitments.record import values
from commitments.record.days import end_of
from commitments.record.search import Answer
from commitments.record.search import pledges as search_pledges

LONGEST_QUERY = 200


def named(row: Document | Section | Theme | Right | Actor) -> str:
    """Return the name of a row in the reader's language."""
    field = {Document: "short_title", Section: "title"}.get(type(row), "name")
    return text_in(getattr(row, field), get_language() or "en")[0]


def _coded(found: QuerySet[Pledge], codings: QuerySet[Coding]) -> QuerySet[Pledge]:
    """Keep the pledges whose current coding is one of `codings`."""
    return found.filter(current_coding__in=codings.values("pk"))  # type: ignore[misc]  # annotated by published


def _stating(found: QuerySet[Pledge], updates: QuerySet[StatusUpdate]) -> QuerySet[Pledge]:
    """Keep the pledges whose current update is one of `updates`."""
    return found.filter(current_update__in=updates.values("pk"))  # type: ignore[misc]  # annotated by published


ORDERINGS = (
    ("relevance", _("best match first")),
    ("position", _("as in the documents")),
    ("-position", _("last first")),
    ("title", _("by title")),
    ("trackability", _("by trackability")),
)


class PledgeFilter(df.FilterSet):
    """The questions that the list answers. Several values of one filter mean any of them."""

    q = df.CharFilter(method="search", label=_("Words"), max_length=LONGEST_QUERY)
    document = df.ModelMultipleChoiceFilter(
        queryset=Document.objects.all(), method="by_place", to_field_name="slug", label=_("Document")
    )
    project = df.ModelMultipleChoiceFilter(
        queryset=Section.objects.filter(kind="project"),
        method="by_place",
        to_field_name="number",
        label=_("Project"),
    )
    section = df.ModelMultipleChoiceFilter(
        queryset=Section.objects.exclude(kind="project"),
        method="by_place",
        to_field_name="number",
        label=_("Section"),
    )
    trackability = df.MultipleChoiceFilter(
        choices=Trackability.choices, method="by_trackability", label=_("Trackability")
    )
    status = df.MultipleChoiceFilter(choices=Delivery.choices, method="by_status", label=_("Status"))
    grade = df.MultipleChoiceFilter(
        choices=[(grade.value, grade.value) for grade in Grade], method="by_grade", label=_("Evidence grade")
    )
    updated_after = values.DayFilter(method="by_update", label=_("Updated after"))
    actor = df.ModelMultipleChoiceFilter(
        queryset=Actor.objects.all(), method="by_term", to_field_name="slug", label=_("Who promises")
    )
    theme = df.ModelMultipleChoiceFilter(
        queryset=Theme.objects.all(), method="by_term", to_field_name="slug", label=_("Theme")
    )
    right = df.ModelMultipleChoiceFilter(
        queryset=Right.objects.all(), method="by_term", to_field_name="slug", label=_("Right")
    )
    ordering = df.ChoiceFilter(choices=ORDERINGS, method="order", label=_("Order"), empty_label=None)

    #: What the words brought, where there are any.
    answer: Answer[Pledge] | None = None

    def search(self, qs: QuerySet[Pledge], name: str, value: str) -> QuerySet[Pledge]:
        """Keep the pledges that answer the words, best first. The other filters ask only what is found so."""
        if not value.strip():
            return qs
        self.answer = search_pledges(qs, value)
        return self.answer.rows

    def by_place(self, qs: QuerySet[Pledge], name: str, value: list[str]) -> QuerySet[Pledge]:
        """Keep the pledges of these documents, projects or sections."""
        path = {"document": "document", "project": "section__parent", "section": "section"}[name]
        return qs.filter(**{f"{path}__in": value}) if value else qs

    def by_trackability(self, qs: QuerySet[Pledge], name: str, value: list[str]) -> QuerySet[Pledge]:
        """Keep the pledges whose current coding has one of these values."""
        return qs.filter(current_trackability__in=value) if value else qs  # type: ignore[misc]  # annotated

    def by_status(self, qs: QuerySet[Pledge], name: str, value: list[str]) -> QuerySet[Pledge]:
        """Keep the pledges that stand so."""
        return qs.filter(current_status__in=value) if value else qs  # type: ignore[misc]  # annotated

    def by_grade(self, qs: QuerySet[Pledge], name: str, value: list[str]) -> QuerySet[Pledge]:
        """Keep the pledges whose status has one of these grades."""
        return qs.filter(current_grade__in=value) if value else qs  # type: ignore[misc]  # annotated

    def by_update(self, qs: QuerySet[Pledge], name: str, value: date) -> QuerySet[Pledge]:
        """Keep the pledges whose status was published after the end of the day (UTC)."""
        return _stating(qs, StatusUpdate.objects.filter(published_at__gte=end_of(value)))

    def by_term(self, qs: QuerySet[Pledge], name: str, value: list[str]) -> QuerySet[Pledge]:
        """Keep the pledges whose current coding has one of the terms of a vocabulary."""
        if not value:
            return qs
        return _coded(qs, Coding.objects.filter(**{f"{name}s__in": value}))

    def order(self, qs: QuerySet[Pledge], name: str, value: str) -> QuerySet[Pledge]:
        """Order the pledges; ties stand as in the documents."""
        if value == "relevance":  # as the search left them; without words all are as good
            return qs
        if value in ("position", "-position"):
            return qs.order_by(value)
        key = Lower(KeyTextTransform(get_language() or "en", "title")) if value == "title" else F("trackability")
        coding = Coding.objects.filter(pk=OuterRef("current_coding")).order_by().annotate(key=key)
        return qs.annotate(key=Subquery(coding.values("key")[:1])).order_by("key", "position")


@dataclass(frozen=True)
class Choice:
    """One value of a filter, and how many pledges it would show beside the other filters set."""

    value: str
    label: str
    count: int
    selected: bool
    group: str = ""


@dataclass(frozen=True)
class Facet:
    """A filter with its choices, those without any pledge left out unless they are selected."""

    name: str
    label: str
    choices: list[Choice]
    problems: tuple[str, ...] = ()

    @property
    def selected(self) -> list[Choice]:
        """The choices that are set."""
        return [choice for choice in self.choices if choice.selected]


def _without(data: QueryDict, name: str) -> QueryDict:
    rest = data.copy()
    rest.pop(name, None)
    return rest


#: What the filters ask of the pledge itself, or of how it stood on the day (annotated by `published`).
_COLUMNS = {
    "document": "document__slug",
    "project": "section__parent__number",
    "section": "section__number",
    "trackability": "current_trackability",
    "status": "current_status",
    "grade": "current_grade",
}


def _counts(found: QuerySet[Pledge], name: str) -> dict[str, int]:
    """Count the pledges found by each value of one filter: a query whatever the number of pledges."""
    found = found.order_by()
    if name in _COLUMNS:
        return _tally(found, _COLUMNS[name])
    current = found.values("current_coding")  # type: ignore[misc]  # annotated by published
    return _tally(Coding.objects.filter(pk__in=current).order_by(), f"{name}s__slug")


def _tally(rows: QuerySet[Any], column: str) -> dict[str, int]:
    """Count the rows by a column; those that hold nothing there are no choice."""
    return {value: n for value, n in rows.values_list(column).annotate(n=Count("pk")) if value}


def _options(name: str) -> Iterable[tuple[str, str, str]]:
    """Yield (value, label, group) of every choice of a filter."""
    fixed: dict[str, list[tuple[str, Any]]] = {
        "trackability": Trackability.choices,
        "status": Delivery.choices,
        "grade": [(grade.value, f"{grade.value} · {grade.label}") for grade in Grade],
    }
    if name in fixed:
        yield from ((value, str(label), "") for value, label in fixed[name])
    elif name in ("project", "section"):
        rows = Section.objects.select_related("document", "parent").order_by("document__position", "position")
        for row in rows.filter(kind="project") if name == "project" else rows.exclude(kind="project"):
            yield row.number, f"{row.number} {named(row)}", named(row.parent or row.document)
    else:
        models: dict[str, type[Document | Actor | Theme | Right]] = {
            "document": Document,
            "actor": Actor,
            "theme": Theme,
            "right": Right,
        }
        yield from ((row.slug, named(row), "") for row in models[name]._default_manager.all())


def facets(data: QueryDict, base: QuerySet[Pledge], problems: dict[str, list[str]]) -> list[Facet]:
    """Return every filter with its choices counted as if that filter alone were not set.

    `problems` says which parameters hold values that are not known: those count as not set.
    """
    found = []
    for name in problems:
        data = _without(data, name)
    if data.get("q"):  # the words are asked once, and what they bring is counted
        words = QueryDict(mutable=True)
        words["q"] = str(data["q"])
        base, data = PledgeFilter(words, queryset=base).qs, _without(data, "q")
    for name, declared in PledgeFilter.base_filters.items():
        if name in ("q", "ordering", "updated_after"):
            continue
        counts = _counts(PledgeFilter(_without(data, name), queryset=base).qs, name)
        chosen = set(data.getlist(name))
        choices = [
            Choice(value, label, counts.get(value, 0), value in chosen, group)
            for value, label, group in _options(name)
            if counts.get(value) or value in chosen
        ]
        # What is set comes first: it must not hide in a long list.
        choices.sort(key=lambda choice: not choice.selected)
        found.append(Facet(name, str(declared.label), choices, tuple(problems.get(name, ()))))
    return found
