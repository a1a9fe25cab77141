"""What the database holds by itself: sealed rows stay, quoted words are the source's words, periods follow history.

The triggers come from the models' own declarations (`AppendOnly`, `Exact`) and are installed after every
migrate, because a migration that rebuilds a table on SQLite drops its triggers without a word. A system
check (`check --database default`) fails where one is missing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

from commitments.models import desk_rules, editions, indexing, periods, rules
from commitments.models.base import AppendOnly, History, Kept
from commitments.models.pledges import Coding
from commitments.models.sources import Exact, Rendition
from commitments.models.updates import StatusUpdate

PREFIX = "keep_"


@dataclass(frozen=True)
class Guard:
    """One rule on one table: `event` is refused with `message` when `condition` (SQL on OLD and NEW) holds.

    `{differs}` in a condition stands for the comparison that knows NULL, which each database writes its own way.
    """

    table: str
    event: str
    condition: str
    message: str
    rule: str = ""

    @property
    def name(self) -> str:
        """The trigger's name; at most 63 bytes, PostgreSQL's limit."""
        rule = f"_{self.rule}" if self.rule else ""
        return f"{PREFIX}{self.table.removeprefix('commitments_')}_{self.event.lower()}{rule}"


def _concrete(base: Any) -> list[Any]:
    return [m for m in apps.get_app_config("commitments").get_models() if issubclass(m, base)]


def _sealed(model: type[AppendOnly]) -> Iterator[Guard]:
    table = model._meta.db_table
    for event in ("UPDATE", "DELETE"):
        yield Guard(table, event, "OLD.published_at IS NOT NULL", f"{table}: a published row never changes")
    links = [getattr(model, name).through for name in model.sealed_links]
    children = [getattr(model, name).rel.related_model for name in model.sealed_children]
    columns = [f"{model._meta.model_name}_id"] * len(links)
    columns += [getattr(model, name).rel.field.column for name in model.sealed_children]
    for held, column in zip([*links, *children], columns, strict=True):
        link = held._meta.db_table
        for event, rows in (("INSERT", ("NEW",)), ("UPDATE", ("OLD", "NEW")), ("DELETE", ("OLD",))):
            of = ", ".join(f"{row}.{column}" for row in rows)
            sealed = f"EXISTS (SELECT 1 FROM {table} p WHERE p.id IN ({of}) AND p.published_at IS NOT NULL)"
            yield Guard(link, event, sealed, f"{link}: the row it belongs to is published")


def _kept(model: Any) -> Iterator[Guard]:
    table = model._meta.db_table
    for event in ("UPDATE", "DELETE"):
        yield Guard(table, event, "1 = 1", f"{table}: what was written here stays")


def _exact(model: type[Exact]) -> Iterator[Guard]:
    table = model._meta.db_table
    text = f"SELECT r.text FROM {Rendition._meta.db_table} r WHERE r.id = NEW.rendition_id"
    # substr() stops at the end of the text without a word, so the end is compared too.
    differs = f'NEW.exact <> substr(({text}), NEW.start + 1, NEW."end" - NEW.start) OR NEW."end" > length(({text}))'
    for event in ("INSERT", "UPDATE"):
        yield Guard(table, event, differs, f"{table}: the words are not those of the rendition at these offsets")


def _text_stands() -> Iterator[Guard]:
    quoted = " OR ".join(
        f"EXISTS (SELECT 1 FROM {m._meta.db_table} q WHERE q.rendition_id = OLD.id)" for m in _concrete(Exact)
    )
    table = Rendition._meta.db_table
    swapped = f"(NEW.text <> OLD.text OR NEW.id <> OLD.id) AND ({quoted})"
    yield Guard(table, "UPDATE", swapped, f"{table}: the text is quoted")
    yield Guard(table, "DELETE", quoted, f"{table}: the text is quoted")


def guards() -> list[Guard]:
    """Return every rule that the models declare."""
    sealed = [guard for model in _concrete(AppendOnly) for guard in _sealed(model)]
    exact = [guard for model in _concrete(Exact) for guard in _exact(model)]
    kept = [guard for base in (Kept, History) for model in _concrete(base) for guard in _kept(model)]
    return [*sealed, *kept, *exact, *_text_stands(), *rules.guards(Guard), *desk_rules.guards(Guard)]


def _emptied_by_nobody() -> list[str]:
    """Return the tables whose rows may not all be deleted one by one, so that they are not emptied at once either."""
    return sorted({guard.table for guard in guards() if guard.event == "DELETE"})


def _sqlite(guard: Guard) -> list[str]:
    condition = guard.condition.replace("{differs}", "IS NOT")
    return [
        f"DROP TRIGGER IF EXISTS {guard.name}",
        f"CREATE TRIGGER {guard.name} BEFORE {guard.event} ON {guard.table} WHEN {condition} "
        f"BEGIN SELECT RAISE(ABORT, '{guard.message}'); END",
    ]


def _postgresql(guard: Guard) -> list[str]:
    row = "OLD" if guard.event == "DELETE" else "NEW"
    condition = guard.condition.replace("{differs}", "IS DISTINCT FROM")
    return [
        f"CREATE OR REPLACE FUNCTION {guard.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {condition} THEN RAISE EXCEPTION '{guard.message}' USING ERRCODE = 'restrict_violation'; END IF; "
        f"RETURN {row}; END $$",
        f"DROP TRIGGER IF EXISTS {guard.name} ON {guard.table}",
        f"CREATE TRIGGER {guard.name} BEFORE {guard.event} ON {guard.table} "
        f"FOR EACH ROW EXECUTE FUNCTION {guard.name}()",
    ]


def _postgresql_truncate(table: str) -> list[str]:
    # TRUNCATE fires no row trigger.
    name = f"{PREFIX}{table.removeprefix('commitments_')}_truncate"
    return [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION '{table}: never truncated' USING ERRCODE = 'restrict_violation'; END $$",
        f"DROP TRIGGER IF EXISTS {name} ON {table}",
        f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
    ]


def followed() -> Iterator[tuple[str, str, str]]:
    """Yield (name, event, table) of the triggers that lay a pledge out anew (`periods.py`) when a row is sealed.

    They judge what comes of it: a declaratory pledge must stand as not assessable from then on.
    """
    for model in (Coding, StatusUpdate):
        table = model._meta.db_table
        for event in ("INSERT", "UPDATE"):
            yield f"{PREFIX}{table.removeprefix('commitments_')}_{event.lower()}_periods", event, table


def _follow(vendor: str, name: str, event: str, table: str) -> list[str]:
    body = "; ".join(periods.lay_out(vendor, "NEW.pledge_id"))
    refused, message = periods.stands_otherwise("NEW.pledge_id"), rules.DECLARATORY_STANDS[table]
    if vendor == "sqlite":
        return [
            f"DROP TRIGGER IF EXISTS {name}",
            f"CREATE TRIGGER {name} AFTER {event} ON {table} WHEN NEW.published_at IS NOT NULL "
            f"BEGIN {body}; SELECT RAISE(ABORT, '{message}') WHERE {refused}; END",
        ]
    return [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; "
        f"IF {refused} THEN RAISE EXCEPTION '{message}' USING ERRCODE = 'restrict_violation'; END IF; "
        "RETURN NULL; END $$",
        f"DROP TRIGGER IF EXISTS {name} ON {table}",
        f"CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW WHEN (NEW.published_at IS NOT NULL) "
        f"EXECUTE FUNCTION {name}()",
    ]


def _statements(vendor: str) -> list[str]:
    follow = [sql for trigger in followed() for sql in _follow(vendor, *trigger)]
    follow += editions.functions(vendor)
    follow += [sql for trigger in editions.triggers() for sql in editions.watch(vendor, *trigger)]
    if vendor == "sqlite":
        return [sql for guard in guards() for sql in _sqlite(guard)] + follow
    truncate = [sql for table in _emptied_by_nobody() for sql in _postgresql_truncate(table)]
    return [sql for guard in guards() for sql in _postgresql(guard)] + truncate + follow


def expected(vendor: str) -> set[str]:
    """Return the names of the triggers that a database of this vendor must have."""
    names = {guard.name for guard in guards()} | {name for name, _, _ in (*followed(), *editions.triggers())}
    if vendor == "postgresql":
        names |= {f"{PREFIX}{table.removeprefix('commitments_')}_truncate" for table in _emptied_by_nobody()}
    return names


def present(connection: BaseDatabaseWrapper) -> set[str]:
    """Return the names of our triggers that the database has, switched on."""
    query = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {name for (name,) in cursor.fetchall() if name.startswith(PREFIX)}


def install(connection: BaseDatabaseWrapper) -> None:
    """Create every trigger anew, and take off what an older version declared; safe to repeat."""
    _drop(connection, present(connection) - expected(connection.vendor))
    with connection.cursor() as cursor:
        for sql in _statements(connection.vendor):
            cursor.execute(sql)


def drop(connection: BaseDatabaseWrapper) -> None:
    """Take every trigger off."""
    _drop(connection, present(connection))


def _drop(connection: BaseDatabaseWrapper, names: set[str]) -> None:
    with connection.cursor() as cursor:
        for name in sorted(names):
            if connection.vendor == "sqlite":
                cursor.execute(f"DROP TRIGGER {name}")
            else:
                cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = %s", [name])
                cursor.execute(f"DROP TRIGGER {name} ON {cursor.fetchone()[0]}")


def drop_before_migrate(using: str, **_: Any) -> None:
    """Take the triggers off while SQLite migrates: it renames no rebuilt table that a trigger elsewhere names."""
    if connections[using].vendor == "sqlite":
        drop(connections[using])


def install_after_migrate(using: str, **_: Any) -> None:
    """Install on the database just migrated, once all of its tables are there.

    What was there before is laid out, and found by its words where the migration emptied an index.
    """
    connection = connections[using]
    if {m._meta.db_table for m in _concrete(models.Model)} <= set(connection.introspection.table_names()):
        install(connection)
        periods.rebuild(connection)
        if using == DEFAULT_DB_ALIAS:  # the only one that is searched
            indexing.fill_empty()


def check_installed(databases: list[str] | None = None, **_: Any) -> list[CheckMessage]:
    """System check: every trigger is there. Asked for with `check --database`."""
    errors: list[CheckMessage] = []
    for alias in databases or []:
        connection = connections[alias]
        if Rendition._meta.db_table not in connection.introspection.table_names():
            continue
        missing = sorted(expected(connection.vendor) - present(connection))
        if missing:
            errors.append(
                Error(
                    f"The database {alias!r} lacks triggers that keep the record: {', '.join(missing)}.",
                    hint="Run `manage.py migrate`: it installs them again.",
                    id="commitments.E001",
                )
            )
    return errors


@contextmanager
def lifted(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Take the triggers off and put them back. For emptying test databases; no other code may call it."""
    drop(connection)
    try:
        yield
    finally:
        install(connection)
