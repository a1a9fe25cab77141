"""A published coding stands: no road through the ORM or through SQL changes, deletes or re-tags it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from commitments.models import Coding, ImmutableRowError

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LINKS = Coding.sealed_links
COLUMNS = [field.column for field in Coding._meta.concrete_fields]

link_by_link = pytest.mark.parametrize("name", LINKS)
only_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own syntax")
only_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's own syntax")


def sql(statement: str, *params: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


def copied(**changes: str) -> str:
    """Return SQL for the columns of a coding, with other values for some of them."""
    return ", ".join(changes.get(column, column) for column in COLUMNS)


def through(name: str) -> Any:
    return getattr(Coding, name).through


def column_of(name: str) -> str:
    """Return the column of the link that holds the theme, right or actor."""
    return f"{getattr(Coding, name).rel.model._meta.model_name}_id"


def other_term(coding: Coding, name: str) -> Any:
    """Return a term that the coding does not have."""
    terms = getattr(coding, name)
    return terms.model.objects.exclude(pk__in=terms.values("pk")).first()


def link(coding: Coding, name: str) -> Any:
    return through(name)(coding_id=coding.pk, **{column_of(name): other_term(coding, name).pk})


def again(coding: Coding, **fields: Any) -> Coding:
    """Return a new object in the place of a published coding."""
    return Coding(pledge_id=coding.pledge_id, release="x", trackability="verifiable", **fields)


def picture(coding: Coding) -> list[Any]:
    row = Coding.objects.filter(pk=coding.pk).values_list().get()
    return [row, *(list(through(name).objects.filter(coding=coding).order_by("pk").values_list()) for name in LINKS)]


@contextmanager
def refused(coding: Coding, match: str = "published") -> Iterator[None]:
    before = picture(coding)
    with pytest.raises(IntegrityError, match=match), transaction.atomic():
        yield
    assert picture(coding) == before


@pytest.fixture
def sealed(db: None) -> Coding:
    coding = Coding.objects.filter(published_at__isnull=False, rights__isnull=False, addressees__isnull=False).first()
    assert coding
    return coding


@pytest.fixture
def draft(sealed: Coding) -> Coding:
    """A second version of the sealed coding's pledge, not yet published."""
    return Coding.objects.create(pledge=sealed.pledge, version=2, release="next", trackability="verifiable")


def test_saving_or_deleting_says_clearly_that_the_row_is_published(sealed: Coding) -> None:
    before = picture(sealed)
    sealed.version = 9
    with pytest.raises(ImmutableRowError, match="published"):
        sealed.save()
    with pytest.raises(ImmutableRowError, match="published"):
        sealed.delete()
    sealed.published_at = None  # what the object in hand says does not matter
    with pytest.raises(ImmutableRowError, match="published"):
        sealed.save(update_fields=["published_at"])
    assert picture(sealed) == before


ORM: dict[str, Callable[[Coding], Any]] = {
    "a new object with the same key": lambda c: again(c, pk=c.pk, version=9).save(),
    "update": lambda c: Coding.objects.filter(pk=c.pk).update(due_on=NOW),
    "update that unseals": lambda c: Coding.objects.filter(pk=c.pk).update(published_at=None),
    "delete": lambda c: Coding.objects.filter(pk=c.pk).delete(),
    "delete without looking at links": lambda c: Coding.objects.filter(pk=c.pk)._raw_delete("default"),
    "bulk_update": lambda c: Coding.objects.bulk_update([Coding(pk=c.pk, version=9)], ["version"]),
    "bulk_create over it": lambda c: Coding.objects.bulk_create(
        [again(c, version=c.version)],
        update_conflicts=True,
        unique_fields=["pledge", "version"],
        update_fields=["release"],
    ),
}


@pytest.mark.parametrize("road", ORM.values(), ids=ORM.keys())
def test_no_query_of_the_orm_changes_a_published_coding(sealed: Coding, road: Callable[[Coding], Any]) -> None:
    with refused(sealed):
        road(sealed)


FROM_IT = "FROM commitments_coding WHERE id = {it}"
INTO = f"INTO commitments_coding ({copied()}) SELECT"
SQL = {
    "update": "UPDATE commitments_coding SET version = 9 WHERE id = {it}",
    "unseal": "UPDATE commitments_coding SET published_at = NULL WHERE id = {it}",
    "delete": f"DELETE {FROM_IT}",
    "on conflict of keys": f"INSERT {INTO} {copied(version='9')} {FROM_IT} ON CONFLICT (id) DO UPDATE SET version = 9",
    "on conflict of versions": f"INSERT {INTO} {copied(id='99999')} {FROM_IT} "
    "ON CONFLICT (pledge_id, version) DO UPDATE SET version = 9",
}
SQLITE = {
    "update or ignore": "UPDATE OR IGNORE commitments_coding SET version = 9 WHERE id = {it}",
    "update or replace": "UPDATE OR REPLACE commitments_coding SET version = 9 WHERE id = {it}",
    "replace by key": f"REPLACE {INTO} {copied(version='9')} {FROM_IT}",
    "replace by version": f"INSERT OR REPLACE {INTO} {copied(id='99999')} {FROM_IT}",
    "a draft takes its key": "UPDATE OR REPLACE commitments_coding SET id = {it} WHERE id = {draft}",
    "a draft takes its version": "UPDATE OR REPLACE commitments_coding SET version = 1 WHERE id = {draft}",
}
TABLES_OF_LINKS = [through(name)._meta.db_table for name in LINKS]
TRUNCATED = [
    *(f"{table} CASCADE" for table in ("commitments_coding", "commitments_pledge", "commitments_actor", "auth_user")),
    *TABLES_OF_LINKS,
]


@pytest.mark.parametrize("statement", SQL.values(), ids=SQL.keys())
def test_no_sql_changes_a_published_coding(sealed: Coding, statement: str) -> None:
    with refused(sealed):
        sql(statement.format(it=sealed.pk))


@only_sqlite
@pytest.mark.parametrize("statement", SQLITE.values(), ids=SQLITE.keys())
def test_sqlites_ways_with_conflicts_do_not_go_round_the_triggers(
    sealed: Coding, draft: Coding, statement: str
) -> None:
    with refused(sealed):
        sql(statement.format(it=sealed.pk, draft=draft.pk))


@only_postgresql
@pytest.mark.parametrize("tables", TRUNCATED)
def test_no_truncate_empties_the_codings_or_their_links(sealed: Coding, tables: str) -> None:
    with refused(sealed, "never truncated"):
        sql(f"TRUNCATE {tables}")


def test_deleting_the_pledge_leaves_the_coding(sealed: Coding) -> None:
    with pytest.raises(ProtectedError):
        sealed.pledge.delete()
    with refused(sealed, "(?i)foreign key"):
        sql("DELETE FROM commitments_pledge WHERE id = %s", sealed.pledge_id)
        connection.check_constraints()


@link_by_link
def test_deleting_a_term_leaves_the_coding_tagged_with_it(sealed: Coding, name: str) -> None:
    term = getattr(sealed, name).first()
    with refused(sealed):
        term.delete()
    with refused(sealed, "(?i)foreign key"):
        sql(f"DELETE FROM {term._meta.db_table} WHERE id = %s", term.pk)
        connection.check_constraints()


def test_deleting_its_author_or_approver_leaves_the_coding(sealed: Coding) -> None:
    people: Any = [get_user_model().objects.create(username=name) for name in ("author", "approver")]
    coding = Coding.objects.create(
        pledge=sealed.pledge, version=2, trackability="verifiable", author=people[0], approver=people[1]
    )
    Coding.objects.filter(pk=coding.pk).update(published_at=NOW)
    for person in people:
        with pytest.raises(ProtectedError):
            person.delete()
        with refused(coding, "(?i)foreign key"):
            sql("DELETE FROM auth_user WHERE id = %s", person.pk)
            connection.check_constraints()


TAGGING: dict[str, Callable[[Coding, str], Any]] = {
    "add": lambda c, name: getattr(c, name).add(other_term(c, name)),
    "remove": lambda c, name: getattr(c, name).remove(getattr(c, name).first()),
    "set": lambda c, name: getattr(c, name).set([other_term(c, name)]),
    "clear": lambda c, name: getattr(c, name).clear(),
    "change": lambda c, name: through(name).objects.filter(coding=c).update(**{column_of(name): -1}),
    "add a row": lambda c, name: link(c, name).save(),
}


@link_by_link
@pytest.mark.parametrize("road", TAGGING.values(), ids=TAGGING.keys())
def test_the_orm_cannot_retag_a_published_coding(sealed: Coding, name: str, road: Callable[..., Any]) -> None:
    with refused(sealed):
        road(sealed, name)


@link_by_link
def test_sql_cannot_retag_a_published_coding(sealed: Coding, draft: Coding, name: str) -> None:
    link, column, term = through(name)._meta.db_table, column_of(name), other_term(sealed, name).pk
    with refused(sealed):
        sql(f"INSERT INTO {link} (coding_id, {column}) VALUES (%s, %s)", sealed.pk, term)
    with refused(sealed):
        sql(f"UPDATE {link} SET {column} = %s WHERE coding_id = %s", term, sealed.pk)
    with refused(sealed):  # carried away to a coding that is not published
        sql(f"UPDATE {link} SET coding_id = %s WHERE coding_id = %s", draft.pk, sealed.pk)
    with refused(sealed):
        sql(f"DELETE FROM {link} WHERE coding_id = %s", sealed.pk)


@link_by_link
def test_sql_cannot_move_a_tag_from_an_unpublished_coding_to_a_published_one(
    sealed: Coding, draft: Coding, name: str
) -> None:
    getattr(draft, name).add(other_term(sealed, name))
    with refused(sealed):
        sql(f"UPDATE {through(name)._meta.db_table} SET coding_id = %s WHERE coding_id = %s", sealed.pk, draft.pk)


@only_sqlite
@link_by_link
def test_replacing_a_link_cannot_take_it_from_a_published_coding(sealed: Coding, draft: Coding, name: str) -> None:
    taken = through(name).objects.filter(coding=sealed).first()
    values = (taken.pk, draft.pk, other_term(sealed, name).pk)
    with refused(sealed):
        sql(f"REPLACE INTO {taken._meta.db_table} (id, coding_id, {column_of(name)}) VALUES (%s, %s, %s)", *values)


def test_an_unpublished_coding_is_filled_changed_and_then_sealed(sealed: Coding, draft: Coding) -> None:
    for name in LINKS:
        getattr(draft, name).set(getattr(sealed, name).all())
        getattr(draft, name).add(other_term(draft, name))
        getattr(draft, name).remove(getattr(draft, name).first())
    draft.title = {"en": "Another title"}
    draft.save()
    draft.published_at = NOW
    draft.save()
    assert Coding.objects.get(pk=draft.pk).title == {"en": "Another title"}
    with pytest.raises(ImmutableRowError):
        draft.save()
    for road in ORM.values():
        with refused(draft):
            road(draft)


def test_sealing_one_version_leaves_another_open_to_change_and_deletion(sealed: Coding, draft: Coding) -> None:
    draft.themes.add(other_term(draft, "themes"))
    Coding.objects.filter(pk=draft.pk).update(release="later")
    draft.delete()
    assert list(Coding.objects.filter(pledge=sealed.pledge)) == [sealed]
