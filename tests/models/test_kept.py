"""What people did at the desk, and every try to send, stands once written: no SQL changes, deletes or replaces it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from commitments.editorial import drafts, people
from commitments.models import (
    Adjudication,
    Assignment,
    Attachment,
    Audit,
    BlindCoding,
    Coding,
    Decision,
    Evidence,
    Finding,
    FormerBearing,
    Review,
)
from commitments.models.base import History, Kept
from tests import factories
from tests.digests import rows
from tests.editorial.proposals import EVERY, latest, submitted
from tests.factories import AT, evidence, only_postgresql, person, refused, sql

pytestmark = pytest.mark.django_db

MODELS = [m for m in apps.get_app_config("commitments").get_models() if issubclass(m, Kept | History)]
each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)


def one_of_each() -> None:
    """Do at the desk what leaves a row in every one of the tables."""
    curator, reviewer, place = person("curator"), person("reviewer"), factories.pledge()
    made = {subject: make(curator) for subject, make in EVERY.items()}
    for name in Coding.sealed_links:
        getattr(made["coding"], name).set(getattr(Coding, name).rel.model.objects.all()[:1])
    drafts.comment(submitted(made["status"]), by=reviewer, text="Well found.", at=AT)
    factories.search(place)
    beside = Attachment.objects.create(evidence=evidence(), pledge=place, bearing="context", public_at=AT)
    FormerBearing.remember({beside.pk: "supports"}, AT)
    people.assign(place, curator, by=reviewer, at=AT)
    people.declare_conflict(factories.pledge(n=1), by=curator, reason="Near.", at=AT)
    second = BlindCoding.objects.create(
        at=AT,
        axis="trackability",
        pledge=place,
        coding=latest(place),
        value="directional",
        why="It says so.",
        by=curator,
    )
    Adjudication.objects.create(at=AT, blind_coding=second, by=reviewer, value="directional", why="It does.")
    message = rows.dispatch(rows.subscribed())
    rows.attempt(message)
    Decision.objects.create(
        at=AT, dispatch=message, by=reviewer, ruling="send_again", why="Lost.", was="uncertain", tries=1
    )
    Finding.objects.create(at=AT, dispatch=message, source="journal", copies=1)


@pytest.fixture(autouse=True)
def _stands(request: pytest.FixtureRequest) -> Iterator[None]:
    """There are rows, and they are the same at the end."""
    one_of_each()
    model = request.node.callspec.params.get("model", Audit) if hasattr(request.node, "callspec") else Audit
    before = list(model.objects.order_by("pk").values_list())
    assert before
    yield
    assert list(model.objects.order_by("pk").values_list())[: len(before)] == before


def key(model: Any) -> Any:
    return model.objects.order_by("pk")[0].pk


def columns(model: Any, **changes: str) -> str:
    return ", ".join(changes.get(field.column, f'"{field.column}"') for field in model._meta.concrete_fields)


@each_model
def test_no_sql_changes_or_deletes_a_row_or_writes_over_it(model: Any) -> None:
    table, own, whole = model._meta.db_table, model._meta.pk.column, columns(model)
    copy = f'INTO {table} ({whole}) SELECT {whole} FROM {table} WHERE "{own}" = {key(model)}'
    ways = [f'UPDATE {table} SET "{field.column}" = "{field.column}"' for field in model._meta.concrete_fields]
    ways += [f"DELETE FROM {table}", f'INSERT {copy} ON CONFLICT ("{own}") DO UPDATE SET "{own}" = EXCLUDED."{own}"']
    if connection.vendor == "sqlite":
        ways += [
            f"REPLACE {copy}",
            f"INSERT OR REPLACE {copy}",
            f'UPDATE OR REPLACE {table} SET "{own}" = {key(model)}',
        ]
        ways += [f'UPDATE OR IGNORE {table} SET "{own}" = "{own}"']
    for way in ways:
        with refused("what was written here stays"):
            sql(way)


@each_model
def test_no_query_of_the_orm_changes_or_deletes_a_row(model: Any) -> None:
    own = model._meta.pk.column
    with refused("what was written here stays"):
        model.objects.filter(pk=key(model)).update(**{own: key(model)})
    with refused("what was written here stays"):
        model.objects.filter(pk=key(model))._raw_delete("default")


@only_postgresql
@each_model
def test_a_table_is_not_emptied(model: Any) -> None:
    connection.check_constraints()  # TRUNCATE waits for no deferred constraint
    with refused("never truncated"):
        sql(f"TRUNCATE {model._meta.db_table} CASCADE")


def test_no_road_of_the_orm_changes_the_trail() -> None:
    row, review = Audit.objects.earliest("pk"), Review.objects.earliest("pk")
    row.action, review.text = "draft.approve", "Badly found."
    for written in (row, review):
        with refused("what was written here stays"):
            written.save()
        with refused("what was written here stays"):
            written.delete()
    with refused("what was written here stays"):
        Audit.objects.bulk_update([row], ["action"])
    with refused("what was written here stays"):
        Audit.objects.filter(pk=row.pk).update(at=AT + timedelta(days=1))
    with refused("what was written here stays"):
        Audit.objects.all().delete()


def test_the_history_outlives_the_row_that_it_is_about() -> None:
    """A working row may go; what it was stays."""
    assigned, item = Assignment.objects.get(), evidence()
    assigned.delete()
    item.fact = factories.words("Something else.")
    item.save()
    Evidence.objects.filter(pk=item.pk).delete()
    kept = Assignment.history.model.objects.order_by("pk").values_list("history_type", flat=True)
    assert list(kept) == ["+", "-"]
    said = Evidence.history.model.objects.filter(public_id=item.public_id).order_by("pk")
    assert [row.fact["en"] for row in said][:2] == ["It happened.", "Something else."]
