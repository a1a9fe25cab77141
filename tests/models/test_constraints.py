"""What a row of the sources and pledges may hold is said by the database, to rows that no form has looked at."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import DatabaseError, IntegrityError, connection, models, transaction

from commitments.models import (
    Authority,
    Coding,
    Document,
    Heading,
    Passage,
    Pledge,
    Quote,
    Recurrence,
    Rendition,
    Role,
    Section,
    SectionKind,
    Target,
    Theme,
    Trackability,
)

pytestmark = pytest.mark.django_db
STAGES = {"commitments.models.sources", "commitments.models.pledges"}
CONSTRAINTS = {
    constraint.name: (model, constraint)
    for model in apps.get_app_config("commitments").get_models()
    if model.__module__ in STAGES
    for constraint in model._meta.constraints
}


def says(name: str) -> str:
    """Return a pattern for the database's words about a constraint; SQLite names a unique one by its columns."""
    model, constraint = CONSTRAINTS[name]
    if connection.vendor != "sqlite" or isinstance(constraint, models.CheckConstraint):
        return name
    columns = [f"{model._meta.db_table}.{model._meta.get_field(f).column}" for f in constraint.fields]
    return f"^UNIQUE constraint failed: {', '.join(columns)}$"


@contextmanager
def refused(name: str) -> Iterator[None]:
    with pytest.raises(IntegrityError, match=says(name)), transaction.atomic():
        yield


def coding(**fields: Any) -> Coding:
    """Insert a version of a coding as a release would, past every check that is not the database's."""
    values = {"version": 99, "trackability": "verifiable", "release": "x", "pledge": Pledge.objects.all()[0], **fields}
    return Coding.objects.bulk_create([Coding(**values)])[0]


def copy(model: Any, like: dict[str, Any] | None = None, **fields: Any) -> Any:
    """Insert a copy of a row with other values for some of its fields."""
    row = model.objects.filter(**like or {})[0]
    row.pk, row._state.adding = None, True
    for name, value in fields.items():
        setattr(row, name, value)
    return model.objects.bulk_create([row])[0]


def change(model: Any, like: dict[str, Any] | None = None, **fields: Any) -> None:
    """Change a row, past every check that is not the database's."""
    model.objects.filter(pk=model.objects.filter(**like or {})[0].pk).update(**fields)


def target(code: str, quantity: Any) -> Target:
    """Insert an announced number."""
    day = date(2025, 5, 13)
    values = {"position": 1, "section": Section.objects.all()[0], "baseline_on": day, "source_published_on": day}
    return Target.objects.bulk_create([Target(code=code, quantity=quantity, **values)])[0]


HEADED = {"section__isnull": False}
UNOFFICIAL = {"authority": Authority.UNOFFICIAL, "document__renditions__authority": Authority.AUTHORITATIVE}

#: One row that breaks it, for each constraint that the models declare. Others have tests of their own below.
BROKEN: dict[str, list[Callable[[], Any]]] = {
    "pledge_ordinal_once_per_section": [lambda: copy(Pledge, code="SPC-9.9")],
    "quote_place_once_per_pledge": [lambda: copy(Quote)],
    "coding_version_once_per_pledge": [lambda: coding(version=1)],
    "coding_version_from_1": [lambda: coding(version=0)],
    "coding_trackability_known": [lambda: coding(trackability="often"), lambda: coding(trackability="")],
    "coding_recurrence_known": [lambda: coding(recurrence="weekly"), lambda: coding(recurrence="YEARLY")],
    "target_quantity_positive": [lambda: target("t", 0), lambda: target("t", Decimal("-0.01"))],
    "rendition_key_once_per_document": [lambda: copy(Rendition, UNOFFICIAL)],
    "rendition_one_authoritative": [
        lambda: copy(Rendition, {"authority": Authority.AUTHORITATIVE}, key="second"),
        lambda: change(Rendition, UNOFFICIAL, authority=Authority.AUTHORITATIVE),
    ],
    "rendition_authority_known": [
        lambda: change(Rendition, authority="draft"),
        lambda: change(Rendition, authority=""),
    ],
    "section_number_once_per_document": [lambda: copy(Section)],
    "section_kind_known": [lambda: change(Section, {"parent": None}, kind="chapter")],
    "heading_once_per_rendition": [lambda: copy(Heading, HEADED)],
    "passage_ordinal_once_per_rendition": [
        lambda: copy(Passage, start=0, end=1, exact=Rendition.objects.all()[0].text[0])
    ],
    "passage_start_once_per_rendition": [lambda: copy(Passage, ordinal=9999)],
    "passage_role_known": [lambda: change(Passage, role="aside"), lambda: change(Passage, role="Pledge")],
}
BY_THEMSELVES = {
    "coding_by_release_or_by_two_people",
    "section_only_sections_have_a_parent",
    "quote_end_after_start",
    "passage_end_after_start",
    "heading_end_after_start",
}


def test_every_constraint_of_these_stages_is_tested_here() -> None:
    assert set(BROKEN) | BY_THEMSELVES == set(CONSTRAINTS)


@pytest.mark.parametrize(
    ("name", "row"), [pytest.param(name, row, id=name) for name, rows in BROKEN.items() for row in rows]
)
def test_a_row_that_breaks_a_constraint_is_refused(name: str, row: Callable[[], Any]) -> None:
    with refused(name):
        row()


@pytest.mark.parametrize("model", [Quote, Passage, Heading], ids=lambda model: model.__name__)
def test_words_end_after_they_start(model: Any) -> None:
    row = model.objects.select_related("rendition")[0]
    rows, name = model.objects.filter(pk=row.pk), f"{model._meta.model_name}_end_after_start"
    with refused(name):
        rows.update(start=30, end=30, exact="")
    # The triggers come before the constraint and may have a word on it; SQLite's substr() takes a negative length.
    with pytest.raises(DatabaseError, match=f"{name}|negative substring|words are not"), transaction.atomic():
        rows.update(start=30, end=20, exact=row.rendition.text[20:30])


NOBODY, ANN, BEN = None, "ann", "ben"
SIGNED = list(product(["", "release-1"], [NOBODY, ANN, BEN], [NOBODY, ANN, BEN]))
PROPER = [("release-1", NOBODY, NOBODY), ("", ANN, BEN), ("", BEN, ANN)]


@pytest.fixture
def people() -> dict[str | None, Any]:
    return {NOBODY: None} | {name: get_user_model().objects.create(username=name) for name in (ANN, BEN)}


@pytest.mark.parametrize(("release", "author", "approver"), [who for who in SIGNED if who not in PROPER])
def test_a_coding_neither_by_a_release_nor_by_two_people_is_refused(
    people: dict[str | None, Any], release: str, author: str | None, approver: str | None
) -> None:
    with refused("coding_by_release_or_by_two_people"):
        coding(release=release, author=people[author], approver=people[approver])
    proper = coding()
    with refused("coding_by_release_or_by_two_people"):
        Coding.objects.filter(pk=proper.pk).update(release=release, author=people[author], approver=people[approver])


@pytest.mark.parametrize(("release", "author", "approver"), PROPER)
def test_a_coding_by_a_release_or_by_two_people_is_taken(
    people: dict[str | None, Any], release: str, author: str | None, approver: str | None
) -> None:
    row = coding(release=release, author=people[author], approver=people[approver])
    assert Coding.objects.filter(pk=row.pk, release=release, author=people[author], approver=people[approver]).exists()


@pytest.mark.parametrize("kind", SectionKind)
@pytest.mark.parametrize("below", [True, False], ids=["below a project", "at the top"])
def test_sections_and_only_sections_have_a_parent(kind: str, below: bool) -> None:
    project = Section.objects.filter(kind=SectionKind.PROJECT)[0]
    new = Section(document=project.document, number="9.9", position=99, kind=kind, parent=project if below else None)
    if (kind == SectionKind.SECTION) is below:
        assert Section.objects.bulk_create([new])[0].pk
    else:
        with refused("section_only_sections_have_a_parent"):
            Section.objects.bulk_create([new])


@pytest.mark.parametrize(
    ("field", "model", "row"),
    [
        ("code", Pledge, {"ordinal": 999}),
        ("slug", Document, {"code": "NEW"}),
        ("code", Document, {"slug": "new"}),
        ("slug", Theme, {}),
    ],
)
def test_a_code_or_slug_stands_once(field: str, model: Any, row: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=f"{model._meta.db_table}[._]{field}"), transaction.atomic():
        copy(model, **row)


@pytest.mark.parametrize(
    ("field", "values"),
    [("trackability", Trackability.values), ("recurrence", Recurrence.values)],
)
def test_every_value_that_a_coding_may_have_is_taken(field: str, values: list[str]) -> None:
    for version, value in enumerate(values, 90):
        coding(version=version, **{field: value})


def test_the_code_of_a_target_stands_once() -> None:
    target("scholarships", 3500)
    with pytest.raises(IntegrityError, match=r"commitments_target[._]code"), transaction.atomic():
        target("scholarships", 66)


@pytest.mark.parametrize("role", Role.values)
def test_every_role_that_a_sentence_may_have_is_taken(role: str) -> None:
    change(Passage, role=role)
    assert Passage.objects.all()[0].role == role
