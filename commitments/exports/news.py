"""What became public between two releases, as a list that people can read: CHANGES.md."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from commitments.exports.references import Reference
from commitments.models import Change, Coding, DataPoint, Evidence, Reply
from commitments.record import archive, changes, ledger, published
from commitments.record.changes import Event


@dataclass(frozen=True)
class News:
    """What the log and the sources have more than at the release before; `provisional` are statuses nobody signed."""

    events: list[Event]
    evidence: list[Evidence]
    provisional: int

    @classmethod
    def since(cls, day: date | None, *, on: date) -> "News":
        """Return what became public after the end of `day`, None for ever, and by the end of `on`."""
        after = ledger.size(on=day) if day else 0
        through = ledger.size(on=on)
        return cls(
            events=changes.changes(after=after, through=through, on=on),
            evidence=list(archive.new_evidence(after=day, on=on)),
            provisional=published.public_updates(on=on).filter(provisional=True, seq__gt=after).count(),
        )

    def statuses(self) -> list[Event]:
        """Statuses that two people stand for, corrections left aside."""
        return [one for one in self.events if Change.STATUS in one.kinds]

    def corrections(self) -> list[Event]:
        """Corrections and withdrawals, of statuses and figures."""
        return [one for one in self.events if Change.CORRECTION in one.kinds]

    def recodings(self) -> list[Event]:
        """Codings of pledges that had been coded before."""
        return [one for one in self.events if isinstance(one.row, Coding) and one.row.version > 1]

    def codings(self) -> list[Event]:
        """First codings: new pledges."""
        return [one for one in self.events if isinstance(one.row, Coding) and one.row.version == 1]

    def replies(self) -> list[Event]:
        """Replies of the sides."""
        return [one for one in self.events if isinstance(one.row, Reply)]

    def figures(self) -> list[Event]:
        """Figures that correct none."""
        return [one for one in self.events if isinstance(one.row, DataPoint) and not one.row.corrects_id]

    def counts(self) -> dict[str, int]:
        """Return how much of what became public, kind by kind."""
        return {
            "statuses": len(self.statuses()),
            "provisional_statuses": self.provisional,
            "corrections": len(self.corrections()),
            "new_pledges": len(self.codings()),
            "recodings": len(self.recodings()),
            "replies": len(self.replies()),
            "figures": len(self.figures()),
            "evidence": len(self.evidence),
        }


def written(news: News, reference: Reference, previous: str | None) -> str:
    """Return CHANGES.md of a release."""
    lines = [
        f"# Release {reference.version}",
        "",
        f"The record as of the end of {reference.on.isoformat()} (UTC).",
        "",
    ]
    lines += [f"What became public since release {previous}." if previous else "The first release: all of it is new."]
    lines += _listed("Statuses", (_status(one) for one in news.statuses()))
    lines += [
        "",
        "## Provisional statuses",
        "",
        f"{news.provisional}, from stored excerpts: nobody has signed them yet.",
    ]
    lines += _listed("Corrections", (_correction(one) for one in news.corrections()))
    lines += ["", "## New pledges", "", f"{len(news.codings())}."]
    lines += _listed("Codings changed", (_coding(one) for one in news.recodings()))
    lines += _listed("Replies", (f"{_of(one)} {one.row.public_id}: {one.row.speaker}" for one in news.replies()))
    lines += _listed("Figures", (_figure(one) for one in news.figures()))
    lines += ["", "## New evidence", "", _numbers(news.evidence), ""]
    return "\n".join(lines)


def _listed(title: str, entries: Iterable[str]) -> Iterator[str]:
    yield from ("", f"## {title}", "")
    yield from [f"- {entry}" for entry in entries] or ["None."]


def _of(event: Event) -> str:
    return event.pledge.code if event.pledge else ""


def _status(event: Event) -> str:
    row: Any = event.row
    grade = f", grade {row.grade}" if row.grade else ""
    return f"{_of(event)} {row.status} since {row.effective_on.isoformat()}{grade} ({row.public_id})"


def _correction(event: Event) -> str:
    row: Any = event.row
    if isinstance(row, DataPoint):
        return f"{_figure(event)}, in place of {row.corrects.public_id if row.corrects else ''}"
    return f"{_of(event)} {row.kind}: {row.status} ({row.public_id}), in place of {row.corrects.public_id}"


def _coding(event: Event) -> str:
    row: Any = event.row
    return f"{_of(event)} version {row.version}: {row.trackability}"


def _figure(event: Event) -> str:
    row: Any = event.row
    series = event.indicator.slug if event.indicator else ""
    return f"{series} {row.on.isoformat()}: {row.value.normalize():f} ({row.public_id})"


def _numbers(items: list[Evidence]) -> str:
    return f"{len(items)}: {', '.join(item.public_id for item in items)}" if items else "None."
