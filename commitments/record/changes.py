"""What became public, in the order of the public log: what digests and feeds tell of.

Provisional rows are none of it: nobody stands for them yet.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import CharField, Prefetch, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from commitments.models import (
    Bearing,
    Change,
    Citation,
    Coding,
    DataPoint,
    Indicator,
    LedgerEntry,
    LedgerKind,
    Pledge,
    Reply,
    Section,
    StatusUpdate,
)
from commitments.record import published


@dataclass(frozen=True)
class Event:
    """One entry of the log: `row` is the update, coding, reply or figure, `kinds` what it changed.

    `labels` say what it is about: `pledge:SPC-3.2`, `theme:oceans`, … A follow is one of these labels.
    """

    seq: int
    at: datetime
    kinds: frozenset[Change]
    labels: frozenset[str]
    row: Any
    pledge: Pledge | None = None
    indicator: Indicator | None = None


def head() -> int:
    """Return the number of the newest entry of the log, 0 where it is empty."""
    return LedgerEntry.objects.order_by("-seq").values_list("seq", flat=True).first() or 0


def newest() -> tuple[int, datetime | None]:
    """Return number and time (UTC) of the newest entry of the log, (0, None) where it is empty: one query."""
    return LedgerEntry.objects.order_by("-seq").values_list("seq", "published_at").first() or (0, None)


def changes(*, after: int, through: int, on: date) -> list[Event]:
    """Return what became public in the entries `after` < number ≤ `through`, in their order.

    `on` is the day for which pledges are read (their titles and tags). The number of queries does not depend on how
    much has changed.
    """
    entries = LedgerEntry.objects.filter(seq__gt=after, seq__lte=through).exclude(kind=LedgerKind.PROVISIONAL)
    return _events(dict(entries.values_list("seq", "public_id")), on)


def latest(count: int, *, through: int, on: date, about: QuerySet[Pledge] | None = None) -> list[Event]:
    """Return the `count` newest events up to the number `through`, newest first.

    `about` keeps what is about these pledges, and so no figures: those are of none. As for `changes`, the number of
    queries does not depend on how much there is.
    """
    # What puts a provisional status right can be provisional too. NOT IN would lose every row to one NULL.
    provisional = StatusUpdate.objects.filter(provisional=True, seq__isnull=False).values("seq")
    entries = LedgerEntry.objects.filter(seq__lte=through).exclude(kind=LedgerKind.PROVISIONAL)
    entries = entries.exclude(kind__in=(LedgerKind.CORRECTION, LedgerKind.WITHDRAWAL), seq__in=provisional)
    if about is not None:
        entries = entries.filter(_of_pledges(about))
    found = entries.order_by("-seq").values_list("seq", "public_id")[:count]
    return _events(dict(found), on)[::-1]


def _of_pledges(about: QuerySet[Pledge]) -> Q:
    """Return the condition on entries that they are about these pledges, as subqueries: there can be thousands."""
    keys = about.order_by().values("pk")
    version = Cast("version", CharField())
    named = Coding.objects.filter(pledge__in=keys).annotate(entry=Concat("pledge__code", Value("/v"), version))
    return (
        Q(seq__in=StatusUpdate.objects.filter(pledge__in=keys).values("seq"))
        | Q(seq__in=Reply.objects.filter(pledge__in=keys).values("seq"))
        | Q(public_id__in=named.order_by().values("entry"))
    )


def _events(public_ids: dict[int, str], on: date) -> list[Event]:
    """Return the events of these entries, number → public id, in their order."""
    rows: list[tuple[int, Any]] = [*_updates(public_ids), *_codings(public_ids), *_replies(public_ids)]
    pledges = {pledge.pk: pledge for pledge in _pledges({row.pledge_id for _, row in rows}, on)}
    events = [_about_pledge(seq, row, pledges[row.pledge_id]) for seq, row in rows if row.pledge_id in pledges]
    return sorted([*events, *map(_about_figure, _points(public_ids))], key=lambda event: event.seq)


def _pledges(keys: set[int], on: date) -> QuerySet[Pledge]:
    found = published.with_place(published.pledges(on=on).filter(pk__in=keys)).prefetch_related(None)
    return published.with_periods(found, published.periods(on=on).prefetch_related("coding__themes", "coding__actors"))


def _updates(public_ids: dict[int, str]) -> Iterable[tuple[int, StatusUpdate]]:
    cites = Citation.objects.select_related("evidence").order_by("evidence__public_id")
    found = StatusUpdate.objects.filter(seq__in=public_ids, provisional=False).select_related("corrects")
    return [(row.seq or 0, row) for row in found.prefetch_related(Prefetch("citations", queryset=cites))]


def _codings(public_ids: dict[int, str]) -> Iterable[tuple[int, Coding]]:
    """Find them by `CODE/vN`, under which they stand in the log."""
    named = {text: seq for seq, text in public_ids.items() if "/v" in text}
    codes = {text.partition("/")[0] for text in named}
    found = Coding.objects.filter(pledge__code__in=codes, published_at__isnull=False).select_related("pledge")
    rows = ((named.get(f"{row.pledge.code}/v{row.version}"), row) for row in found)
    return [(seq, row) for seq, row in rows if seq is not None]


def _replies(public_ids: dict[int, str]) -> Iterable[tuple[int, Reply]]:
    return [(row.seq, row) for row in Reply.objects.filter(seq__in=public_ids).select_related("replaces")]


def _points(public_ids: dict[int, str]) -> Iterable[DataPoint]:
    places = Prefetch("indicator__sections", queryset=Section.objects.select_related("document", "parent__document"))
    found = DataPoint.objects.filter(seq__in=public_ids).select_related("indicator", "corrects")
    return found.prefetch_related(places)


def _about_pledge(seq: int, row: Any, pledge: Pledge) -> Event:
    return Event(seq, row.published_at, frozenset(_kinds(row)), labels_of(pledge), row, pledge=pledge)


def _about_figure(point: DataPoint) -> Event:
    places: frozenset[str] = frozenset().union(*(_places(section) for section in point.indicator.sections.all()))
    kinds = {Change.FIGURE, Change.CORRECTION} if point.corrects_id else {Change.FIGURE}
    labels = places | {"everything"}
    return Event(point.seq, point.published_at, frozenset(kinds), labels, point, indicator=point.indicator)


def _kinds(row: Any) -> Iterable[Change]:
    if isinstance(row, Coding):
        yield Change.CODING
    elif isinstance(row, Reply):
        yield Change.REPLY
    else:
        yield Change.CORRECTION if row.corrects_id else Change.STATUS
        if any(cited.bearing == Bearing.CONTRADICTS for cited in row.citations.all()):
            yield Change.AGAINST


def labels_of(pledge: Pledge) -> frozenset[str]:
    """Return what can be followed to hear of a pledge."""
    coding = published.coding_of(pledge)
    terms = {f"theme:{theme.slug}" for theme in coding.themes.all()}
    terms |= {f"actor:{actor.slug}" for actor in coding.actors.all()}
    return frozenset({"everything", f"pledge:{pledge.code}"} | terms | _places(pledge.section))


def _places(section: Section) -> frozenset[str]:
    places = {f"document:{section.document.slug}", f"section:{section}"}
    if section.parent:
        section.parent.document = section.document
        places.add(f"project:{section.parent}")
    return frozenset(places)
