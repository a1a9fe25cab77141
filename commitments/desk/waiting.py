"""What waits, as rows: each function answers for one person and one day, and says since when each row has waited."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from commitments.digests import standing
from commitments.models import (
    Assignment,
    BlindCoding,
    Citation,
    Conflict,
    DataPoint,
    Delivery,
    Dispatch,
    Draft,
    DraftCitation,
    DraftState,
    Evidence,
    LinkState,
    Pledge,
    PointDraft,
    ReaderReport,
    ReportState,
    Trackability,
)
from commitments.record import progress, published
from commitments.record.flags import Flag, flags


@dataclass(frozen=True)
class Asked:
    """Who asks what waits, and when (UTC). The record is read once, however many queues look at it."""

    by: Any
    at: datetime

    @property
    def on(self) -> date:
        """The day for which the record is read."""
        return self.at.date()

    @cached_property
    def shelves(self) -> list[progress.Shelf]:
        """Every pledge of the day."""
        return progress.overview(on=self.on)

    def pledges(self, wanted: Callable[[Pledge], bool], **since: Any) -> QuerySet[Pledge]:
        """Return the pledges of the day that fit; `since` says from when each has."""
        record = (pledge for shelf in self.shelves for group in shelf.groups for pledge in group.pledges)
        found = published.pledges(on=self.on).filter(pk__in=[pledge.pk for pledge in record if wanted(pledge)])
        return found.prefetch_related(None).annotate(**since)


Rows = Callable[[Asked], QuerySet[Any]]


def _not_too_close(asked: Asked) -> Any:
    """Return the condition that the person declared no conflict of interest on the row's pledge."""
    return ~Exists(Conflict.objects.filter(person=asked.by, ended_at=None, pledge=OuterRef("pledge")))


def to_review(asked: Asked) -> QuerySet[Draft]:
    """Return the drafts that the person may review."""
    waiting = Draft.objects.filter(_not_too_close(asked), state=DraftState.IN_REVIEW).exclude(author=asked.by)
    return waiting.select_related("pledge").annotate(since=F("submitted_at"))


def own(state: DraftState) -> Rows:
    """Return the question for the person's own drafts in a state."""

    def rows(asked: Asked) -> QuerySet[Draft]:
        mine = Draft.objects.filter(author=asked.by, state=state)
        return mine.select_related("pledge").annotate(since=F("changed_at"))

    return rows


def differing(asked: Asked) -> QuerySet[BlindCoding]:
    """Return what a third person may settle: neither of the two codes is theirs."""
    same = Q(coding__trackability=F("value")) | Q(update__status=F("value"))
    involved = Q(by=asked.by) | Q(coding__author=asked.by) | Q(update__author=asked.by)
    out = BlindCoding.objects.filter(same | involved).values("pk")
    open_ = BlindCoding.objects.filter(_not_too_close(asked), adjudication=None).exclude(pk__in=out)
    return open_.select_related("pledge").annotate(since=F("at"))


def open_reports(asked: Asked) -> QuerySet[ReaderReport]:
    """Return what readers reported and nobody closed."""
    return ReaderReport.objects.filter(state=ReportState.OPEN).annotate(since=F("received_at"))


def assigned(asked: Asked) -> QuerySet[Pledge]:
    """Return the pledges that the person looks after."""
    return Pledge.objects.filter(Exists(Assignment.objects.filter(person=asked.by, pledge=OuterRef("pk"))))


def assigned_and_waiting(asked: Asked) -> QuerySet[Pledge]:
    """Return those of them with something to do: never judged by a person, overdue, or not looked at for long."""
    return assigned(asked).filter(pk__in=asked.pledges(_waits).order_by().values("pk"))


def _waits(pledge: Pledge) -> bool:
    standing_ = published.standing(pledge)
    begun = standing_.delivery != Delivery.NOT_ASSESSED and not standing_.provisional
    late = {Flag.OVERDUE, Flag.REVIEW_DUE, Flag.NOTHING_NEW} & set(flags(pledge))
    return bool(late) or (not begun and _to_judge(pledge))


def _to_judge(pledge: Pledge) -> bool:
    """Tell whether somebody has to judge it: that a declaratory pledge is not assessable follows from its coding."""
    return bool(published.coding_of(pledge).trackability != Trackability.DECLARATORY)


def overdue(asked: Asked) -> QuerySet[Pledge]:
    """Return the pledges whose date has passed."""
    due = published.codings(on=asked.on).filter(pledge=OuterRef("pk")).values("due_on")[:1]
    return asked.pledges(lambda pledge: Flag.OVERDUE in flags(pledge), since=Subquery(due))


def review_due(asked: Asked) -> QuerySet[Pledge]:
    """Return the pledges that nobody has looked at for twelve months."""
    return asked.pledges(lambda pledge: Flag.REVIEW_DUE in flags(pledge), since=F("reviewed_at"))


def nothing_new(asked: Asked) -> QuerySet[Pledge]:
    """Return the sustained pledges without an act in twelve months."""
    return asked.pledges(lambda pledge: Flag.NOTHING_NEW in flags(pledge), since=F("last_act_on"))


def provisional(asked: Asked) -> QuerySet[Pledge]:
    """Return what stands provisionally and somebody has to judge."""
    return asked.pledges(lambda p: published.standing(p).provisional and _to_judge(p), since=F("reviewed_at"))


def dead_links(asked: Asked) -> QuerySet[Evidence]:
    """Return the items whose source was gone when it was last looked for."""
    return Evidence.objects.filter(link_state=LinkState.DEAD, superseded_by=None).annotate(since=F("link_checked_on"))


def uncited(asked: Asked) -> QuerySet[Evidence]:
    """Return the items that no reader sees, and that nothing cites which could bring them before one."""
    open_ = ~Q(draft__state=DraftState.WITHDRAWN)
    used: Any = Exists(DraftCitation.objects.filter(open_, evidence=OuterRef("pk")))
    used |= Exists(PointDraft.objects.filter(evidence=OuterRef("pk")).exclude(state=DraftState.WITHDRAWN))
    used |= Exists(Citation.objects.filter(evidence=OuterRef("pk")))
    used |= Exists(DataPoint.objects.filter(evidence=OuterRef("pk")))
    return Evidence.objects.filter(~used, public_at=None, superseded_by=None).annotate(since=F("accessed_on"))


def mail_uncertain(asked: Asked) -> QuerySet[Dispatch]:
    """Return the messages of which nobody knows whether they were sent."""
    return standing.uncertain()


def mail_parked(asked: Asked) -> QuerySet[Dispatch]:
    """Return the messages that were tried often enough."""
    return standing.parked()


def mail_refused(asked: Asked) -> QuerySet[Dispatch]:
    """Return the messages of the last seven days that were refused for good."""
    return standing.refused(at=asked.at)


def mail_late(asked: Asked) -> QuerySet[Dispatch]:
    """Return the messages that wait longer than an hour."""
    return standing.late(at=asked.at)
