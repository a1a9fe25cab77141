"""The triggers are there after every migrate, their absence is told, and they come back."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError
from django.db import IntegrityError, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader

import commitments
from commitments.models import (
    Assignment,
    Audit,
    BlindCoding,
    Coding,
    Document,
    Draft,
    Pledge,
    Review,
    Section,
    StatusDraft,
    Theme,
    triggers,
)
from tests import kept
from tracker import settings as tracker_settings

ALIAS = "scratch"
only_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's own switches")


def sql(statement: str, on: Any = connection) -> None:
    with on.cursor() as cursor:
        cursor.execute(statement)


def drop(name: str, on: Any = connection) -> None:
    tables = {guard.name: guard.table for guard in triggers.guards()}
    tables |= {name: table for name, _, table in (*triggers.followed(), *triggers.editions.triggers())}
    sql(f"DROP TRIGGER {name}" + (f" ON {tables[name]}" if on.vendor == "postgresql" else ""), on)


def missing(on: Any = connection) -> set[str]:
    return triggers.expected(on.vendor) - triggers.present(on)


@contextmanager
def opened(path: Path) -> Iterator[BaseDatabaseWrapper]:
    """A second database while it lasts: a SQLite file with the project's options, and real commits."""
    file = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path), "OPTIONS": tracker_settings._SQLITE_OPTIONS}
    connections.databases[ALIAS] = {**connection.settings_dict, **file}
    try:
        yield connections[ALIAS]
    finally:
        connections[ALIAS].close()
        del connections[ALIAS]
        del connections.databases[ALIAS]


@pytest.fixture(scope="module")
def migrated(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Path:
    """A SQLite file that was migrated, to be copied."""
    with django_db_blocker.unblock():
        return kept.copied("migrated", tmp_path_factory.mktemp("migrated") / "tracker.sqlite3")


def busy(pledge: Pledge, coding: Coding) -> None:
    """Leave at the scratch database's desk a withdrawn draft, a word on it, a second coding, and the trail of it."""
    at, here = datetime(2026, 1, 1, tzinfo=UTC), {"using": ALIAS}
    by = get_user_model()(username="curator")
    by.save(**here)
    draft = StatusDraft(pledge=pledge, author=by, created_at=at, changed_at=at, status="announced", effective_on=at)
    draft.skip_history_when_saving = True  # it would be written to the tests' own database
    draft.save(**here)
    Draft.objects.using(ALIAS).update(state="withdrawn")
    Audit(at=at, by=by, action="draft.withdraw", subject="draft").save(**here)
    Review(at=at, by=by, draft_id=draft.pk, revision=1, verdict="comment", text="Well found.").save(**here)
    second = {"axis": "trackability", "value": "directional", "why": "It says so."}
    BlindCoding(at=at, by=by, pledge=pledge, coding=coding, **second).save(**here)
    past = Assignment.history.model(id=1, pledge=pledge, person=by, history_date=at, history_type="+")
    past.save(**here)


@pytest.fixture
def scratch(migrated: Path, django_db_blocker: Any, tmp_path: Path) -> Iterator[BaseDatabaseWrapper]:
    """A SQLite file with one published coding and one draft, whatever the other tests run on."""
    path = shutil.copy(migrated, tmp_path / "scratch.sqlite3")
    with django_db_blocker.unblock(), opened(path) as file:
        day = date(2026, 1, 1)
        document = Document.objects.using(ALIAS).create(position=1, issued_on=day, baseline_on=day)
        section = Section.objects.using(ALIAS).create(document=document, number="1", position=1, kind="paragraph")
        pledge = Pledge.objects.using(ALIAS).create(document=document, section=section, ordinal=1, position=1)
        coding = Coding(pledge=pledge, version=1, release="x", trackability="verifiable")
        coding.save(using=ALIAS)
        coding.themes.add(Theme.objects.using(ALIAS).create(slug="one", position=1))
        Coding.objects.using(ALIAS).update(published_at=datetime(2026, 1, 1, tzinfo=UTC))
        busy(pledge, coding)
        yield file


def test_every_trigger_has_a_name_of_its_own_that_postgresql_keeps_whole() -> None:
    others = (*triggers.followed(), *triggers.editions.triggers())
    names = [guard.name for guard in triggers.guards()] + [name for name, _, _ in others]
    assert len(set(names)) == len(names) == len(triggers.expected("sqlite"))
    tables = [Coding, *(getattr(Coding, name).through for name in Coding.sealed_links)]
    truncates = {f"keep_{table._meta.db_table.removeprefix('commitments_')}_truncate" for table in tables}
    assert truncates <= triggers.expected("postgresql") - triggers.expected("sqlite")
    assert all(len(name.encode()) <= 63 for name in triggers.expected("postgresql"))


@pytest.mark.django_db
def test_after_migrate_exactly_the_declared_triggers_are_there() -> None:
    assert triggers.present(connection) == triggers.expected(connection.vendor)
    assert triggers.check_installed(["default"]) == []
    call_command("check", databases=["default"])


@pytest.mark.django_db
def test_a_trigger_that_an_older_version_declared_is_taken_off() -> None:
    act = {"sqlite": "BEGIN SELECT 1; END", "postgresql": "FOR EACH ROW EXECUTE FUNCTION keep_coding_delete()"}
    sql(f"CREATE TRIGGER keep_coding_old BEFORE DELETE ON commitments_coding {act[connection.vendor]}")
    assert "keep_coding_old" in triggers.present(connection)
    triggers.install(connection)
    assert triggers.present(connection) == triggers.expected(connection.vendor)


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(triggers.expected("sqlite")))
def test_each_trigger_is_missed_when_it_is_dropped(name: str) -> None:
    drop(name)
    (error,) = triggers.check_installed(["default"])
    assert error.id == "commitments.E001"
    assert f" {name}." in error.msg
    assert "migrate" in (error.hint or "")


@pytest.mark.django_db
def test_check_fails_where_a_trigger_is_missing_and_migrate_brings_it_back() -> None:
    drop("keep_coding_update")
    drop("keep_quote_insert")
    with pytest.raises(SystemCheckError, match=r"(?s)commitments.E001.*keep_coding_update, keep_quote_insert"):
        call_command("check", databases=["default"])
    call_command("migrate", verbosity=0, skip_checks=False)  # as the shell calls it
    call_command("check", databases=["default"])
    with pytest.raises(IntegrityError, match="published"), transaction.atomic():
        Coding.objects.update(version=9)


@pytest.mark.django_db
@only_postgresql
@pytest.mark.parametrize("how", ["DISABLE", "ENABLE REPLICA"])
def test_a_trigger_that_is_switched_off_is_missing(how: str) -> None:
    sql(f"ALTER TABLE commitments_coding {how} TRIGGER keep_coding_update")
    assert missing() == {"keep_coding_update"}


@pytest.mark.django_db
@only_postgresql
def test_migrate_switches_a_trigger_on_again() -> None:
    sql("ALTER TABLE commitments_coding DISABLE TRIGGER ALL")
    call_command("migrate", verbosity=0)
    assert missing() == set()


def test_a_database_that_was_never_migrated_is_not_blamed(django_db_blocker: Any, tmp_path: Path) -> None:
    with django_db_blocker.unblock(), opened(tmp_path / "empty.sqlite3"):
        assert triggers.check_installed([ALIAS]) == []


def test_rebuilding_a_table_drops_its_triggers_silently_and_migrate_brings_them_back(scratch: Any) -> None:
    links = Coding.themes.through
    its = {f"keep_coding_themes_{event}" for event in ("insert", "update", "delete")}
    for name in triggers.present(scratch) - its:  # over those of other tables SQLite may stumble, see below
        drop(name, scratch)
    with scratch.schema_editor() as editor:
        editor._remake_table(links)
    assert triggers.present(scratch) == set()
    with pytest.raises(SystemCheckError, match="keep_coding_themes_delete"):
        call_command("check", databases=[ALIAS])
    call_command("migrate", database=ALIAS, verbosity=0)
    assert missing(scratch) == set()
    with pytest.raises(IntegrityError, match="published"):
        links.objects.using(ALIAS).all().delete()
    assert links.objects.using(ALIAS).count() == 1


#: What the scratch database refuses after any migration, wherever the rebuilt table stands.
ATTACKS = {
    "REPLACE INTO commitments_coding SELECT * FROM commitments_coding": "published",
    "REPLACE INTO commitments_audit SELECT * FROM commitments_audit": "what was written here stays",
    "DELETE FROM commitments_review": "what was written here stays",
    "UPDATE commitments_blindcoding SET value = 'continuing'": "what was written here stays",
    "DELETE FROM commitments_historicalassignment": "what was written here stays",
    "UPDATE commitments_draft SET state = 'published'": "no such way|publishes the draft it came from",
    "DELETE FROM commitments_draft": "never deleted",
    "UPDATE commitments_statusdraft SET status = 'delivered'": "not open for editing",
}

MIGRATION = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("commitments", "{after}")]
    operations = [migrations.AlterField("{model}", "{field}", models.CharField(max_length=77, blank=True))]
"""


@pytest.mark.parametrize(
    ("model", "field"),
    [
        *[("coding", "release"), ("rendition", "translator"), ("passage", "role"), ("quote", "note")],
        *[("audit", "action"), ("review", "text"), ("blindcoding", "value"), ("historicalassignment", "history_type")],
        *[("draft", "subject"), ("statusdraft", "status"), ("replydraft", "speaker"), ("reply", "speaker")],
    ],
)
def test_a_migration_that_rebuilds_a_table_goes_through_and_leaves_the_triggers(
    scratch: Any, tmp_path: Path, monkeypatch: Any, settings: Any, model: str, field: str
) -> None:
    name = f"migrations_that_rebuild_{model}"
    shutil.copytree(Path(commitments.__file__).parent / "migrations", tmp_path / name)
    ((_, after),) = MigrationLoader(None).graph.leaf_nodes("commitments")
    (tmp_path / name / "0999_rebuild.py").write_text(MIGRATION.format(after=after, model=model, field=field))
    monkeypatch.syspath_prepend(tmp_path)
    settings.MIGRATION_MODULES = {"commitments": name}
    call_command("migrate", database=ALIAS, verbosity=0)
    with scratch.cursor() as cursor:
        columns = scratch.introspection.get_table_description(cursor, f"commitments_{model}")
    assert {column.name: column.display_size for column in columns}[field] == 77
    assert missing(scratch) == set()
    for attack, message in ATTACKS.items():
        with pytest.raises(IntegrityError, match=message):
            sql(attack, scratch)


@pytest.mark.django_db
def test_lifted_triggers_are_gone_inside_and_back_afterwards() -> None:
    before = Coding.objects.count()
    with triggers.lifted(connection):
        assert triggers.present(connection) == set()
        Coding.objects.filter(pledge=Pledge.objects.all()[0]).delete()
    assert missing() == set()
    with pytest.raises(IntegrityError, match="published"), transaction.atomic():
        Coding.objects.all().delete()
    assert Coding.objects.count() == before - 1


@pytest.mark.django_db
def test_lifted_triggers_come_back_after_an_exception() -> None:
    with pytest.raises(CommandError, match="torn"), triggers.lifted(connection):
        raise CommandError("torn")
    assert missing() == set()


@pytest.mark.django_db
def test_installing_twice_leaves_each_trigger_once() -> None:
    triggers.install(connection)
    triggers.install(connection)
    assert missing() == set()
