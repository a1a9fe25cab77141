"""What a draft says changes only while it is open: not while it is read, nor once it is published or withdrawn."""

from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from commitments.editorial import drafts
from commitments.models import Coding, CodingDraft, Draft, DraftCitation, PointDraft, ReplyDraft, StatusDraft
from commitments.models.base import History
from commitments.models.drafts import Content
from tests import factories
from tests.editorial.proposals import EVERY, brought_to, coding_draft
from tests.factories import AT, evidence, only_postgresql, person, refused, sql

pytestmark = pytest.mark.django_db

CLOSED, OPEN = ("in_review", "published", "withdrawn"), ("draft", "returned")
LINKS = {f"coding {name}": getattr(CodingDraft, name).through for name in Coding.sealed_links}
#: What holds a draft's content: the subject, the model, and the column that names the draft.
HELD: dict[str, tuple[str, Any, str]] = {
    "status": ("status", StatusDraft, "draft_ptr_id"),
    "citations": ("status", DraftCitation, "draft_id"),
    "coding": ("coding", CodingDraft, "draft_ptr_id"),
    "reply": ("reply", ReplyDraft, "draft_ptr_id"),
    "point": ("point", PointDraft, "draft_ptr_id"),
    **{name: ("coding", link, "codingdraft_id") for name, link in LINKS.items()},
}
each_table = pytest.mark.parametrize("held", HELD)
NOT_OPEN = "the draft is not open for editing"


def made(subject: str) -> Any:
    """Return a new draft with a row in every table that its subject has."""
    if subject != "coding":
        return EVERY[subject](person())
    content = coding_draft(factories.pledge(), person())
    for name in Coding.sealed_links:
        getattr(content, name).add(getattr(content, name).model.objects.first())
    return content


def columns(model: Any) -> list[str]:
    return [f'"{field.column}"' for field in model._meta.local_concrete_fields if field.column != "id"]


def rows(model: Any, column: str, draft: Draft) -> list[Any]:
    return sql(f"SELECT * FROM {model._meta.db_table} WHERE {column} = %s ORDER BY 1", draft.pk)


@each_table
@pytest.mark.parametrize("state", CLOSED)
def test_nothing_of_a_closed_draft_is_changed_added_or_taken(held: str, state: str) -> None:
    subject, model, column = HELD[held]
    draft, table = brought_to(state, made(subject), person("reviewer")), model._meta.db_table
    before, names = rows(model, column, draft), ", ".join(columns(model))
    assert before
    for name in columns(model):
        with refused(NOT_OPEN):
            sql(f"UPDATE {table} SET {name} = {name} WHERE {column} = %s", draft.pk)
    with refused(NOT_OPEN):
        sql(f"DELETE FROM {table} WHERE {column} = %s", draft.pk)
    for insert in ("INSERT", *(["INSERT OR REPLACE", "INSERT OR IGNORE"] if connection.vendor == "sqlite" else [])):
        with refused(NOT_OPEN):
            sql(f"{insert} INTO {table} ({names}) SELECT {names} FROM {table} WHERE {column} = %s", draft.pk)
    assert rows(model, column, draft) == before


@each_table
@pytest.mark.parametrize("state", CLOSED)
def test_nothing_is_carried_from_an_open_draft_into_a_closed_one_or_back(held: str, state: str) -> None:
    subject, model, column = HELD[held]
    closed, opened = brought_to(state, made(subject), person("reviewer")), made(subject)
    for old, new in ((opened, closed), (closed, opened)):
        with refused(NOT_OPEN):
            sql(f"UPDATE {model._meta.db_table} SET {column} = %s WHERE {column} = %s", new.pk, old.pk)


@each_table
@pytest.mark.parametrize("state", OPEN)
def test_what_an_open_draft_says_can_be_changed(held: str, state: str) -> None:
    subject, model, column = HELD[held]
    draft, table = brought_to(state, made(subject), person("reviewer")), model._meta.db_table
    for name in columns(model):
        sql(f"UPDATE {table} SET {name} = {name} WHERE {column} = %s", draft.pk)
    if model._meta.pk.column == "id":
        sql(f"DELETE FROM {table} WHERE {column} = %s", draft.pk)
        assert rows(model, column, draft) == []


@pytest.mark.parametrize("state", CLOSED)
def test_the_orm_meets_the_same_wall(state: str) -> None:
    draft = brought_to(state, made("status"), person("reviewer"))
    content = draft.content
    content.status = "announced"
    with refused("no such way" if state == "published" else f"{NOT_OPEN}|no such way"):
        content.save()
    with refused(NOT_OPEN):
        DraftCitation.objects.create(draft=content, evidence=evidence(), bearing="supports")
    with refused(NOT_OPEN):
        StatusDraft.objects.filter(pk=draft.pk).update(status="announced")
    with refused(NOT_OPEN):
        content.citations.all()[0].delete()


@pytest.mark.parametrize("state", ["draft", "returned", "in_review"])
def test_an_edit_opens_it(state: str) -> None:
    draft = brought_to(state, made("status"), person("reviewer"))
    content = draft.content
    drafts.open_edit(content, by=draft.author, revision=draft.revision, at=AT)
    content.status = "announced"
    content.save()
    DraftCitation.objects.create(draft=content, evidence=evidence(), bearing="supports")
    assert StatusDraft.objects.get(pk=draft.pk).citations.count() == 3


def test_every_table_that_holds_content_is_tried_here() -> None:
    kinds = set(Content.__subclasses__())
    models = apps.get_app_config("commitments").get_models(include_auto_created=True)
    pointing = {m for m in models if any(f.related_model in kinds for f in m._meta.local_concrete_fields)}
    assert {model for _, model, _ in HELD.values()} == kinds | {m for m in pointing if not issubclass(m, History)}


@only_postgresql
@each_table
def test_the_content_of_drafts_is_not_emptied_at_once(held: str) -> None:
    subject, model, _ = HELD[held]
    made(subject)
    connection.check_constraints()  # TRUNCATE waits for no deferred constraint
    with refused("never truncated"):
        sql(f"TRUNCATE {model._meta.db_table} CASCADE")
