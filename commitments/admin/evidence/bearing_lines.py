"""What an item of evidence bears on, as lines of a cell: `FMP-1.1.2 supports: why, in English`."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError

from commitments.editorial import attachments
from commitments.editorial.evidence import check_can_change_attachment
from commitments.models import Attachment, Bearing, Evidence, Pledge

_LINE = re.compile(r"(?P<code>\S+)\s+(?P<bearing>[a-z]+)\s*(?::\s*(?P<why>.*))?")
_BEARINGS = f"{', '.join(Bearing.values[:-1])} or {Bearing.values[-1]}"


@dataclass(frozen=True)
class Line:
    """One pledge, what the item does to it, and why."""

    pledge: Pledge
    bearing: str
    why: str

    def __str__(self) -> str:
        """Return the line."""
        return f"{self.pledge.code} {self.bearing}" + (f": {self.why}" if self.why else "")

    @classmethod
    def of(cls, row: Attachment) -> "Line":
        """Return the line of a stored row."""
        return cls(row.pledge, row.bearing, " ".join(row.why.get("en", "").split()))


def written(item: Evidence) -> str:
    """Return the lines of an item, in the order of the pledges."""
    return "\n".join(str(Line.of(row)) for row in sorted(item.attachments.all(), key=lambda row: row.pledge.position))


def read(cell: str, pledges: Mapping[str, Pledge]) -> list[Line]:
    """Return what the lines say; raise ValidationError with every one that says nothing that is known.

    `pledges` are all there are, by code.
    """
    found, wrong = [], []
    for text in filter(None, map(str.strip, cell.splitlines())):
        said = _LINE.fullmatch(text)
        pledge = pledges.get(said["code"].upper()) if said else None
        if said and pledge and said["bearing"] in Bearing.values:
            found.append(Line(pledge, said["bearing"], " ".join((said["why"] or "").split())))
        elif pledge:
            wrong.append(f"“{text[:60]}”: write {_BEARINGS} after the code.")
        else:
            wrong.append(f"“{text[:60]}” names no pledge. Write a line for each, such as: SPC-3.4 supports: why.")
    codes = [line.pledge.code for line in found]
    wrong += [f"{code} is there more than once." for code in sorted(set(codes)) if codes.count(code) > 1]
    if wrong:
        raise ValidationError(wrong)
    return found


@dataclass(frozen=True)
class Act:
    """One change of what an item bears on: what it is judged by, and how it is done."""

    check: Callable[[Any], None]
    do: Callable[[Any, datetime], None]


def acts(item: Evidence, said: list[Line]) -> Iterator[Act]:
    """Yield what has to be done so that the item bears on what is said, and on nothing else."""
    rows = Attachment.objects.filter(evidence=item).select_related("pledge__document") if item.pk else ()
    beside = {row.pledge_id: row for row in rows}
    for line in said:
        row = beside.pop(line.pledge.pk, None)
        if row is None:
            why = {"en": line.why} if line.why else {}
            yield _attach(Attachment(evidence=item, pledge=line.pledge, bearing=line.bearing, why=why))
        elif Line.of(row) != line:
            others = {language: text for language, text in row.why.items() if language != "en"}
            row.evidence, row.bearing, row.why = item, line.bearing, ({"en": line.why} if line.why else {}) | others
            yield _change(row)
    yield from map(_detach, beside.values())


def _judge(by: Any, row: Attachment) -> None:
    attachments.check_can_touch(by, row.pledge)
    attachments.check_bearing(row.evidence, row.pledge, row.bearing)


def _attach(row: Attachment) -> Act:
    return Act(lambda by: _judge(by, row), lambda by, at: attachments.attach(row, by=by, at=at))


def _change(row: Attachment) -> Act:
    def check(by: Any) -> None:
        check_can_change_attachment(by, row)
        _judge(by, row)

    return Act(check, lambda by, at: attachments.change(row, by=by, at=at))


def _detach(row: Attachment) -> Act:
    return Act(lambda by: attachments.check_can_detach(by, row), lambda by, at: attachments.detach(row, by=by, at=at))
