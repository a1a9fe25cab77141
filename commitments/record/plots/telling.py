"""What the evidence tells: who publishes it, when things happened, and what has stood still longest."""

from collections.abc import Iterable
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commitments.models import Bearing, Pledge, Precision, PublisherKind, Side
from commitments.record import published
from commitments.record.activity import Mix, Month
from commitments.record.plots.shapes import (
    Bars,
    Disc,
    Plot,
    Rect,
    Rule,
    Segment,
    Shape,
    Table,
    Words,
    legend_of,
    number,
    percent,
    wide,
)
from commitments.record.plots.standing import named
from commitments.record.tallies import Shelf, Tally

#: Document, project, month and bearing: what the items of a disc share.
Place = tuple[int, int | None, date, Bearing]
#: So many months are drawn at most: the last ones.
MONTHS = 24
#: Of a row of the calendar: its height, and the largest disc.
ROW, RADIUS = 50, 10.0
#: So many pledges are drawn, and so many pixels of a title have room on a phone.
STILL, LONGEST = 15, 330


def sources(mix: Mix) -> Plot:
    """Return the items by kind of publisher, divided by side."""
    bars = Bars(reach=max([mix.of_kind(kind) for kind in PublisherKind] + [1]))
    for kind in PublisherKind:
        segments = (Segment(f"v-{side.value}", str(side.label), mix.items.get((kind, side), 0)) for side in Side)
        told = ngettext("%(n)s item", "%(n)s items", mix.of_kind(kind)) % {"n": number(mix.of_kind(kind))}
        bars.add(str(kind.label), told, (segment for segment in segments if segment.n))
    rows = [
        [str(kind.label), mix.of_kind(kind), *(mix.items.get((kind, side), 0) for side in Side)]
        for kind in PublisherKind
    ]
    return Plot(
        "sources",
        _("Who publishes the evidence"),
        _("Public items by the kind of their publisher and the side it speaks for. Copies of one report count each."),
        bars.height,
        bars.shapes,
        [(f"v-{side.value}", str(side.label)) for side in Side],
        Table([_("Kind of publisher"), _("Items"), *(str(side.label) for side in Side)], rows),
        drawn=bool(mix.total),
    )


def _span(first: date, last: date) -> list[date]:
    """Return the first days of the months between two days, the last MONTHS of them."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    numbers = range(last.year * 12 + last.month - min(count, MONTHS), last.year * 12 + last.month)
    return [date(n // 12, n % 12 + 1, 1) for n in numbers]


def calendar(shelves: list[Shelf], months: list[Month], *, on: date) -> Plot:
    """Return when what the evidence reports happened: a disc for what supports, a ring for what contradicts."""
    span = _span(min((month.first for month in months), default=on), on)
    found = {(m.document, m.project, m.first, m.bearing): m.items for m in months}
    most = max([m.items for m in months if m.first in span] + [1])
    shapes: list[Shape] = []
    rows = []
    for n, shelf in enumerate(shelves):
        key = (shelf.document.pk, shelf.project.pk if shelf.project else None)
        shapes.append(Words("0%", n * ROW + 13, f"{shelf.code} {named(shelf.title)}"))
        shapes.append(Rule("0%", "100%", n * ROW + 32, n * ROW + 32))
        for place, first in enumerate(span):
            x = percent((place + 0.5) / len(span))
            for bearing in (Bearing.SUPPORTS, Bearing.CONTRADICTS):
                items = found.get((*key, first, bearing), 0)
                if items:
                    said = f"{date_format(first, 'YEAR_MONTH_FORMAT')}, {bearing.label}: {number(items)}"
                    radius = max(1.5, RADIUS * (items / most) ** 0.5)
                    shapes.append(Disc(x, n * ROW + 32, radius, f"b-{bearing.value}", said))
        rows += list(_rows(shelf, key, span, found))
    shapes += list(_months(span, len(shelves) * ROW))
    return Plot(
        "calendar",
        _("When it happened"),
        _("Dated items that support a pledge (discs) or speak against one (rings), by month. Context is left out."),
        len(shelves) * ROW + 26,
        shapes,
        [("b-supports", str(Bearing.SUPPORTS.label)), ("b-contradicts", str(Bearing.CONTRADICTS.label))],
        Table([_("Part"), _("Month"), str(Bearing.SUPPORTS.label), str(Bearing.CONTRADICTS.label)], rows),
        drawn=bool(months),
    )


def _rows(
    shelf: Shelf, key: tuple[int, int | None], span: list[date], found: dict[Place, int]
) -> Iterable[list[object]]:
    for first in span:
        both = [found.get((*key, first, bearing), 0) for bearing in (Bearing.SUPPORTS, Bearing.CONTRADICTS)]
        if any(both):
            yield [f"{shelf.code} {named(shelf.title)}", date_format(first, "YEAR_MONTH_FORMAT"), *both]


def _months(span: list[date], foot: int) -> Iterable[Shape]:
    for place, first in enumerate(span):
        if first.month == 1:
            yield Rule(percent(place / len(span)), percent(place / len(span)), 0, foot)
        if first.month in (1, 7):
            middle = percent((place + 0.5) / len(span))
            yield Words(middle, foot + 14, date_format(first, "m/Y"), "under")


def _short(text: str) -> str:
    while wide(text) > LONGEST:
        text = f"{text.rstrip('…')[:-1].rstrip()}…"
    return text


def still(pledges: Iterable[Pledge], *, awaited: int, on: date) -> Plot:
    """Return the pledges still awaited whose newest act lies back longest, of `awaited` in all.

    Each comes with `last_act_on` and `last_act_precision`, as `activity.standing_still` gives them.
    """
    found = list(pledges)[:STILL]
    waits = [_days_since(pledge, on) for pledge in found]
    most = max([days for days in waits if days is not None] + [1])
    shapes: list[Shape] = []
    for n, (pledge, days) in enumerate(zip(found, waits, strict=True)):
        top = n * 44
        title = _short(f"{pledge.code} {named(published.coding_of(pledge).title)}")
        status = published.standing(pledge)
        long = percent(0.8 * (days or 0) / most)
        shapes.append(Words("0%", top + 14, title, row=pledge))
        shapes.append(Rect("0%", long, top + 21, 8, f"s-{status.value}", status.label))
        shapes.append(Words(long, top + 29, _waited(days), "beside"))
    note = _("Pledges that were announced or begun, by the days since the newest act that a source reports.")
    shown = _("%(n)s of %(total)s from which something is awaited.") % {
        "n": number(len(found)),
        "total": number(awaited),
    }
    rows = [
        [
            f"{pledge.code} {named(published.coding_of(pledge).title)}",
            published.standing(pledge).label,
            _newest_act(pledge),
            "–" if days is None else days,
        ]
        for pledge, days in zip(found, waits, strict=True)
    ]
    return Plot(
        "still",
        _("What has stood still longest"),
        f"{note} {shown}",
        len(found) * 44,
        shapes,
        legend_of(Tally({published.standing(pledge).value: 1}) for pledge in found),
        Table([_("Pledge"), _("Status"), _("Newest act"), _("Days since")], rows),
        drawn=bool(found),
    )


def _days_since(pledge: Pledge, on: date) -> int | None:
    acted: date | None = pledge.last_act_on  # type: ignore[attr-defined]
    return (on - acted).days if acted else None


def _newest_act(pledge: Pledge) -> str:
    acted: date | None = pledge.last_act_on  # type: ignore[attr-defined]
    month: bool = pledge.last_act_precision == Precision.MONTH  # type: ignore[attr-defined]
    return date_format(acted, "YEAR_MONTH_FORMAT" if month else "DATE_FORMAT") if acted else "–"


def _waited(days: int | None) -> str:
    if days is None:
        return _("no act reported")
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": number(days)}
