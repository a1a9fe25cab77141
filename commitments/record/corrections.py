"""Everything that was put right in public, newest first: updates, figures, sources and replies with a successor."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import F, QuerySet
from django.utils.functional import cached_property

from commitments.models import DataPoint, Reply
from commitments.record import published
from commitments.record.days import end_of


@dataclass(frozen=True)
class Correction:
    """One act of putting right: `new` stands in the place of `old` since `at`."""

    kind: str
    at: datetime
    old: Any
    new: Any


def _updates(on: date) -> QuerySet[Any]:
    found = published.public_updates(on=on).filter(corrects__isnull=False)
    return found.annotate(at=F("published_at")).select_related("pledge", "corrects")


def _figures(on: date) -> QuerySet[Any]:
    found = DataPoint.objects.filter(corrects__isnull=False, published_at__lt=end_of(on))
    return found.annotate(at=F("published_at")).select_related("indicator", "corrects")


def _replies(on: date) -> QuerySet[Any]:
    found = Reply.objects.filter(replaces__isnull=False, published_at__lt=end_of(on))
    return found.annotate(at=F("published_at")).select_related("pledge", "replaces")


def _sources(on: date) -> QuerySet[Any]:
    """Return the items that have a public successor: the old ones, since several may share one."""
    found = published.evidence(on=on).filter(successor__isnull=False)  # type: ignore[misc]  # annotated
    return found.annotate(at=F("superseded_by__public_at")).select_related("superseded_by")


_KINDS = {"update": _updates, "figure": _figures, "reply": _replies, "source": _sources}


def _correction(kind: str, row: Any) -> Correction:
    pairs = {
        "update": lambda: (row.corrects, row),
        "figure": lambda: (row.corrects, row),
        "reply": lambda: (row.replaces, row),
        "source": lambda: (row, row.superseded_by),
    }
    old, new = pairs[kind]()
    return Correction(kind, row.at, old, new)


class Corrections(Sequence[Correction]):
    """All corrections by the end of a day, for a paginator: a slice costs one query for each kind in it."""

    def __init__(self, *, on: date) -> None:
        """Ask for the corrections of the day."""
        self._on = on

    @cached_property
    def _keys(self) -> list[tuple[datetime, str, int]]:
        found = [(at, kind, pk) for kind in _KINDS for pk, at in _KINDS[kind](self._on).values_list("pk", "at")]
        return sorted(found, reverse=True)

    def __len__(self) -> int:
        return len(self._keys)

    def count_in(self, first: date, last: date) -> int:
        """Return how many became public from one day to another (UTC), both included."""
        return sum(first <= at.astimezone(UTC).date() <= last for at, _kind, _pk in self._keys)

    def __getitem__(self, index: Any) -> Any:
        """Return the corrections at these places, newest first."""
        keys = self._keys[index] if isinstance(index, slice) else [self._keys[index]]
        asked = {kind: [pk for _, of, pk in keys if of == kind] for kind in _KINDS}
        rows = {
            (kind, row.pk): row
            for kind, pks in asked.items()
            if pks
            for row in _KINDS[kind](self._on).filter(pk__in=pks)
        }
        found = [_correction(kind, rows[kind, pk]) for _, kind, pk in keys]
        return found if isinstance(index, slice) else found[0]
