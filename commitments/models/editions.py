"""Which edition of the record this is: a stamp that every committed change of what outlets show makes anew.

Programs that keep an answer ask by it whether theirs still holds. The log's head alone would not do: items of evidence
and what they do to a pledge, the catalogue's texts and its vocabulary change without an entry. So the database itself
makes the stamp, by triggers (`triggers.py`), whoever writes. It is random and no number: a restored backup counts from
where it stood, and would give a second content under a number that is known already.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from commitments.models.base import Mutability
from commitments.models.evidence import Attachment, Evidence, FormerBearing
from commitments.models.ledger import LedgerHead

EVENTS = ("INSERT", "UPDATE", "DELETE")
_FUNCTION = "keep_edition"
#: The same for what hangs on an item of evidence: whether readers see it is said in the item.
_OF_ITEM = "keep_edition_of_item"


class Edition(models.Model):
    """The one row: the stamp, and when (UTC) the change was made that it stands for."""

    mutability = Mutability.DERIVED

    stamp = models.CharField(max_length=36)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="edition_one_row")]

    def __str__(self) -> str:
        return self.stamp


def shown() -> list[str]:
    """Return the tables whose changes can change an answer.

    What has an entry in the log is told by the head of the log, which moves once for all of them.
    """
    found: Iterable[Any] = apps.get_app_config("commitments").get_models()
    written = [m for m in found if m.mutability == Mutability.CATALOGUE]
    written += [Evidence, Attachment, FormerBearing, LedgerHead]
    links = [field.remote_field.through for model in written for field in model._meta.local_many_to_many]
    return sorted({model._meta.db_table for model in [*written, *links]})


def triggers() -> Iterator[tuple[str, str, str]]:
    """Yield (name, event, table) of every trigger that makes the stamp anew."""
    for table in shown():
        for event in EVENTS:
            yield f"keep_{table.removeprefix('commitments_')}_{event.lower()}_edition", event, table


def _row(vendor: str) -> str:
    """Return the statement that writes a new stamp."""
    table = Edition._meta.db_table
    if vendor == "sqlite":
        made = "lower(hex(randomblob(16))), strftime('%Y-%m-%d %H:%M:%f', 'now')"
        # Not ON CONFLICT: inside a trigger the one of the statement outside would take its place.
        return f"DELETE FROM {table}; INSERT INTO {table} (id, stamp, at) VALUES (1, {made})"
    return (
        f"INSERT INTO {table} (id, stamp, at) VALUES (1, gen_random_uuid()::text, clock_timestamp()) "
        "ON CONFLICT (id) DO UPDATE SET stamp = EXCLUDED.stamp, at = EXCLUDED.at"
    )


def functions(vendor: str) -> list[str]:
    """Return the statements that make what the triggers call.

    On PostgreSQL the stamp is written when the transaction commits, once, however many rows it has changed: its row
    is the last that is locked, so that nobody waits long for it, and no two wait for each other.
    """
    if vendor == "sqlite":
        return []
    done = f"current_setting('commitments.edition', true) = '{_FUNCTION}'"
    hidden = f"NOT EXISTS ({_public('NEW.evidence_id, OLD.evidence_id')})"
    return [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {idle} THEN RETURN NULL; END IF; {_row(vendor)}; "
        f"PERFORM set_config('commitments.edition', '{_FUNCTION}', true); RETURN NULL; END $$"
        for name, idle in ((_FUNCTION, done), (_OF_ITEM, f"{done} OR {hidden}"))
    ]


def _public(items: str) -> str:
    """Return the query for those of the items, of these numbers, that readers can see."""
    return f"SELECT 1 FROM {Evidence._meta.db_table} WHERE id IN ({items}) AND public_at IS NOT NULL"


def _links() -> set[str]:
    """Return the tables that link items of evidence with what they concern."""
    return {field.remote_field.through._meta.db_table for field in Evidence._meta.local_many_to_many}  # type: ignore[union-attr]


def _seen(vendor: str, event: str, table: str) -> str:
    """Return the condition that readers can see the row, or could: nobody is to learn that the desk is at work.

    PostgreSQL looks at no other table in a condition: there `_OF_ITEM` does so.
    """
    rows = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}[event]
    if table in _links() and vendor == "sqlite":
        return f"WHEN EXISTS ({_public(', '.join(f'{row}.evidence_id' for row in rows))}) "
    if table not in (Evidence._meta.db_table, Attachment._meta.db_table):
        return ""
    return "WHEN (" + " OR ".join(f"{row}.public_at IS NOT NULL" for row in rows) + ") "


def watch(vendor: str, name: str, event: str, table: str) -> list[str]:
    """Return the statements that make one trigger."""
    seen, function = _seen(vendor, event, table), _OF_ITEM if table in _links() else _FUNCTION
    if vendor == "sqlite":
        return [
            f"DROP TRIGGER IF EXISTS {name}",
            f"CREATE TRIGGER {name} AFTER {event} ON {table} {seen}BEGIN {_row(vendor)}; END",
        ]
    return [
        f"DROP TRIGGER IF EXISTS {name} ON {table}",
        f"CREATE CONSTRAINT TRIGGER {name} AFTER {event} ON {table} DEFERRABLE INITIALLY DEFERRED "
        f"FOR EACH ROW {seen}EXECUTE FUNCTION {function}()",
    ]


def renew(connection: BaseDatabaseWrapper) -> None:
    """Write a new stamp, after a change that no trigger sees: what is derived was built anew."""
    with connection.cursor() as cursor:
        for statement in _row(connection.vendor).split("; "):
            cursor.execute(statement)
