"""Small makers of what stands beside pledges: figures, replies, items that supersede others."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any, NamedTuple

from django.db import transaction

from commitments.models import (
    Attachment,
    Coding,
    DataPoint,
    Evidence,
    FormerBearing,
    Indicator,
    Pledge,
    Publication,
    Reply,
    Section,
    Target,
    publish_codings,
    publish_points,
    publish_reply,
)
from tests.factories import AT, LATER, evidence, people, words

_numbers = count(1)


def day(text: str) -> datetime:
    """Return noon of a day (UTC)."""
    return datetime.fromisoformat(f"{text}T12:00:00").replace(tzinfo=UTC)


def two() -> dict[str, Any]:
    """Return an author and somebody who approves."""
    found = people()
    return {"author": found["author"], "approver": found["approver"]}


def indicator(section: str = "FMP-2.3", target: str = "", **fields: Any) -> Indicator:
    """Return a series beside a section, without figures."""
    number = next(_numbers)
    values = {"slug": f"series-{number}", "position": 900 + number, "title": words(f"Series {number}")}
    made = Indicator.objects.create(**values | {"unit": words("ships")} | fields)
    document, _, place = section.partition("-")
    made.sections.set(Section.objects.filter(document__code=document, number=place))
    made.targets.set(Target.objects.filter(code=target))
    return made


@transaction.atomic
def point(of: Indicator, value: str, on: str = "2026-01-31", at: datetime = AT, **fields: Any) -> DataPoint:
    """Publish a figure by two people and return it as it stands."""
    values = {"source_url": f"https://example.org/{next(_numbers)}", "publisher": "Example Office"}
    made = DataPoint(indicator=of, value=Decimal(value), on=date.fromisoformat(on), **values | two() | fields)
    publish_points(Publication.begin(at), [made])
    return DataPoint.objects.get(seq=made.seq)


@transaction.atomic
def reply(to: Pledge, said: str = "We did.", at: datetime = AT, **fields: Any) -> Reply:
    """Publish a reply and return it."""
    values = {"side": "china", "speaker": "Office of Examples", "stated_on": LATER, "language": "en"}
    values |= {"text": {"en": said}, "source_url": "https://example.org/statement"}
    made = Reply(pledge=to, **values | two() | fields)
    publish_reply(Publication.begin(at), made)
    return made


@transaction.atomic
def recoded(pledge: Pledge, at: datetime = AT, **fields: Any) -> Coding:
    """Publish another version of a pledge's coding by two people, which says what the last did but for `fields`."""
    last = Coding.objects.filter(pledge=pledge, published_at__isnull=False).latest("version")
    said = {name: getattr(last, name) for name in ("title", "trackability", "reason", "test", "due_on", "recurrence")}
    made = Coding.objects.create(pledge=pledge, version=last.version + 1, **two() | said | fields)
    for name in Coding.sealed_links:
        getattr(made, name).set(getattr(last, name).all())
    publish_codings(Publication.begin(at), [(made, {"again": made.version})])
    return Coding.objects.get(pk=made.pk)


def superseded(public_at: datetime | None = AT, **fields: Any) -> tuple[Evidence, Evidence]:
    """Return a public item and its successor, which is public since `public_at`, or not at all."""
    new = evidence(public_at=public_at, **fields)
    return evidence(superseded_by=new), new


class SaidOtherwise(NamedTuple):
    """What was public beside a pledge and was said otherwise later: each with what took its place."""

    turned: Evidence
    superseded: Evidence
    successor: Evidence
    replaced: Reply
    reply: Reply


def said_otherwise(to: Pledge, before: datetime, after: datetime) -> SaidOtherwise:
    """Publish two items that contradict and a reply; then one item supports, the other and the reply are replaced."""
    new = evidence(public_at=after)
    turned, old = evidence(public_at=before), evidence(public_at=before, superseded_by=new)
    for item in (turned, old):
        Attachment.objects.create(evidence=item, pledge=to, bearing="contradicts", public_at=before)
    turn(turned, to, "supports", after)
    first = reply(to, at=before)
    return SaidOtherwise(turned, old, new, first, reply(to, at=after, replaces=first))


def turn(item: Evidence, to: Pledge, bearing: str, at: datetime) -> None:
    """Say from a moment on that an item does something else to a pledge, and remember what it did."""
    beside = Attachment.objects.get(evidence=item, pledge=to)
    FormerBearing.remember({beside.pk: bearing}, at)
    Attachment.objects.filter(pk=beside.pk).update(bearing=bearing)
