"""What nobody knows of, settled by what the mail side knows: found it was sent, not found it is sent again.

That a source shows a message proves that it was taken. That it shows none proves something only of a source that sees:
one that shows the newest messages that were certainly taken, and one that was certainly taken at the time of the
message. A source that does not is blind, late, or does not reach back so far; then nothing is done, and that is said.

Workers, people and other reconcilers act at the same time. So each message is settled by itself, with the rows of its
address and itself held in the order of `decisions`, and only where it stands as it stood when the source was asked.
Source of the rules: docs/uncertain.md.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from commitments.digests import claims, decisions, traces
from commitments.digests.sending import MERGE_KEPT, Clock
from commitments.digests.traces import Source, SourceError, Trace
from commitments.models import (
    Attempt,
    Dispatch,
    DispatchStage,
    DispatchState,
    Finding,
    Heartbeat,
    MailSource,
    Ruling,
    SubscriptionState,
)
from commitments.refusals import why_not

logger = logging.getLogger(__name__)

#: Of the messages that were certainly taken, so many of the newest must be shown.
CONTROL = 5
#: Messages asked about at once, half the oldest and half the newest: those that stay for a person hide no other.
BATCH = 200
#: How often a message is sent again because it was not found: only another loss at the dot makes a second time of it,
#: and a source that shows all others but never this one must not go on for ever.
MOST_AGAIN = 3
#: Older messages are not asked about: copies and links are kept for as long.
KEPT = MERGE_KEPT
#: How near, before it, the message that shows how far back a source reaches must have been taken.
NEAR = timedelta(days=1)
#: Without anything to ask about, a source is tried after this time, so that a blind one is known before it is needed.
TRIED_AFTER = timedelta(hours=1)
#: The part under whose name it is noted when a source last answered, and showed what it must.
EVIDENCE = "mail-evidence"


@dataclass
class Tally:
    """What came of the messages of one run: their numbers by outcome, and why nothing could be done."""

    counts: dict[str, int] = field(default_factory=dict)
    problem: str = ""

    def add(self, outcome: str) -> None:
        """Count one more."""
        self.counts[outcome] = self.counts.get(outcome, 0) + 1

    def __str__(self) -> str:
        said = ", ".join(f"{n} {outcome}" for outcome, n in sorted(self.counts.items())) or "nothing settled"
        return f"{said}; {self.problem}" if self.problem else said


#: What can come of a message.
SENT, AGAIN, STOPPED = "found, so sent", "not found, so sent again", "not found, and its reader left"
OPEN, UNPROVEN, OTHERS = "still uncertain", "not found, and not believed", "settled by others meanwhile"


def reconcile(*, clock: Clock, source: Source | None = None, only: Dispatch | None = None) -> Tally:
    """Ask the mail side about what is uncertain, or about one message of it, and settle what can be settled.

    Without a `source` the one that is configured; where there is none, nothing is done. Several may run at once. What
    fails changes nothing, and stands in the tally's `problem`.
    """
    source = source or traces.configured()
    tally = Tally()
    at = clock()
    rows = _uncertain(at, only)
    if source is None or not (rows or _to_be_tried(at)):
        return tally
    control, witnesses = _control(at), {row.pk: _witness(row, at) for row in rows if _may_count(row, at)}
    asked = {one.pk: one for one in (*rows, *control, *filter(None, witnesses.values()))}
    try:
        shown = source.look(list(asked.values()))
    except SourceError as error:
        tally.problem = f"{source.kind.label}: {error}"
    except Exception as error:  # each protocol's package has more of them than it names
        logger.exception("The mail side could not be asked")
        tally.problem = f"{source.kind.label}: {type(error).__name__}"
    else:
        tally.problem = _blind(source, control, shown)
        if not tally.problem:
            Heartbeat.mark(EVIDENCE, at=at)
        seen = {pk for pk, trace in shown.items() if trace.copies} if control and not tally.problem else set()
        believed = {pk for pk, witness in witnesses.items() if witness is not None and witness.pk in seen}
        _settle_all(rows, shown, believed, source.kind, clock, tally)
    if tally.problem:
        logger.warning("Uncertain digests stay as they are: %s", tally.problem)
    return tally


def forget(*, at: datetime) -> int:
    """Let the source delete the copies that it keeps for this site once they are 30 days old; return how many.

    Where it cannot be asked, that is logged, and tried again the next night.
    """
    source = traces.configured()
    try:
        return source.forget(at - KEPT) if source else 0
    except SourceError as error:
        logger.warning("Copies of digests are kept longer than they should be: %s", error)
        return 0


# --- what to ask about ----------------------------------------------------------------------


def _uncertain(at: datetime, only: Dispatch | None) -> list[Dispatch]:
    found = Dispatch.objects.filter(state=DispatchState.UNCERTAIN).select_related("subscription")
    found = found.prefetch_related("findings")
    if only is not None:
        return list(found.filter(pk=only.pk))
    recent = found.filter(next_try__gt=at - KEPT)
    oldest = list(recent.order_by("next_try", "pk")[: BATCH // 2])
    newest = list(recent.order_by("-next_try", "-pk")[: BATCH // 2])
    return list({row.pk: row for row in (*oldest, *newest)}.values())


def _to_be_tried(at: datetime) -> bool:
    return not Heartbeat.objects.filter(part=EVIDENCE, seen_at__gt=at - TRIED_AFTER).exists()


def left_to_people(row: Dispatch) -> bool:
    """Tell whether a machine sends it again no more, found or not.

    It has done so often enough; or it is perhaps doubled for another reason: a person's, or a restored backup's, which
    leaves it in nobody's name.
    """
    again = sum(not finding.copies for finding in row.findings.all())
    return not row.owner or (row.perhaps_twice and not 0 < again < MOST_AGAIN)


def _may_count(row: Dispatch, at: datetime) -> bool:
    """Tell whether it could mean something that a message is not shown: long enough after, not too often before."""
    return at >= row.next_try and not left_to_people(row)


def _taken(at: datetime) -> QuerySet[Attempt]:
    """Return the tries that a server answered with yes, so long ago that each source has heard of them."""
    known = Attempt.objects.filter(outcome=DispatchState.SENT, at__gt=at - KEPT, at__lte=at - claims.ABSENT_AFTER)
    return known.exclude(dispatch__state=DispatchState.UNCERTAIN).select_related("dispatch__subscription")


def _control(at: datetime) -> list[Dispatch]:
    newest = _taken(at).order_by("-at", "-pk")[: CONTROL * 2]  # one message may have been taken twice
    return list({one.dispatch_id: one.dispatch for one in newest}.values())[:CONTROL]


def _witness(row: Dispatch, at: datetime) -> Dispatch | None:
    """Return a message that was certainly taken at the time of another: who shows it reaches back so far.

    The last one before it could have been handed over; where there was none that day, the first one after it.
    """
    handed = row.next_try - claims.ABSENT_AFTER - claims.LEASE_AT_DOT
    before = _taken(at).filter(at__lte=handed).order_by("-at", "-pk").first()
    if before is None or before.at <= handed - NEAR:
        before = _taken(at).filter(at__gt=handed, at__lte=row.next_try).order_by("at", "pk").first()
    return before.dispatch if before else None


def _blind(source: Source, control: list[Dispatch], shown: dict[int, Trace]) -> str:
    """Return why a source is not believed, "" where it sees what it must."""
    unseen = [one for one in control if not shown.get(one.pk, Trace(0)).copies]
    if not unseen:
        return ""
    return (
        f"{source.kind.label}: it does not show {len(unseen)} of the {len(control)} newest messages that were "
        "certainly sent. It is blind or late, so it counts for nothing that it does not show others"
    )


# --- what follows ---------------------------------------------------------------------------


def _settle_all(
    rows: Iterable[Dispatch],
    shown: dict[int, Trace],
    believed: set[int],
    kind: MailSource,
    clock: Clock,
    tally: Tally,
) -> None:
    for row in rows:
        trace = shown.get(row.pk)
        if trace is None:  # could not be asked about
            tally.add(OPEN)
            continue
        try:
            tally.add(_settle(row, trace, kind, believed=row.pk in believed, at=clock()))
        except Exception:  # whatever is wrong with this one must not hold up the others; it stays as it was
            logger.exception("A message could not be settled: %s", row)
            tally.add(OPEN)


@transaction.atomic
def _settle(row: Dispatch, trace: Trace, kind: MailSource, *, believed: bool, at: datetime) -> str:
    """Settle a message as it stood when it was asked about; who came first has settled it already."""
    found = decisions.held(row)
    if not _same(found, row):
        return OTHERS
    if trace.copies:
        return _found(found, trace, kind, at=at)
    if not _may_count(found, at):
        return OPEN
    return _not_found(found, trace, kind, at=at) if believed else UNPROVEN


def _same(found: Dispatch, row: Dispatch) -> bool:
    """Tell whether a message is still uncertain, and since the same try."""
    return found.state == DispatchState.UNCERTAIN and all(
        getattr(found, name) == getattr(row, name) for name in ("owner", "attempt", "next_try", "perhaps_twice")
    )


def _found(found: Dispatch, trace: Trace, kind: MailSource, *, at: datetime) -> str:
    """Let a message stand as sent. What came back once and was sent again has left a copy that proves nothing."""
    if found.decisions.filter(ruling=Ruling.SEND_AGAIN, was=DispatchState.FAILED).exists():
        return OPEN
    _note(found, trace, kind, at=at)
    decisions.let_stand_as_sent(found, at=at)
    return SENT


def _not_found(found: Dispatch, trace: Trace, kind: MailSource, *, at: datetime) -> str:
    """Let a message wait again, or stop where its reader has left; what cannot be sent again stays for a person."""
    if found.subscription.state == SubscriptionState.LEFT:
        _note(found, trace, kind, at=at)
        decisions.let_stop(found)
        return STOPPED
    if why_not(decisions.check_can_still_be_sent, found):
        return OPEN
    _note(found, trace, kind, at=at)
    decisions.let_wait_again(found, at=at)
    return AGAIN


def _note(found: Dispatch, trace: Trace, kind: MailSource, *, at: datetime) -> None:
    copies = min(trace.copies, 32_767)
    Finding.objects.create(at=at, dispatch=found, source=kind, copies=copies, said=trace.said[:1000])


@transaction.atomic
def delivered(dispatch: Dispatch, *, at: datetime) -> bool:
    """Let a message of which nobody knew stand as sent, as a provider tells of its delivery; return whether it did.

    Told twice it is as once.
    """
    found = decisions.held(dispatch)
    # It often tells before the worker has heard, and sometimes when the message waits to be sent again already.
    awaited = found.state == DispatchState.SENDING and found.stage == DispatchStage.DOT
    doubted = found.state in (DispatchState.PENDING, DispatchState.PARKED) and found.perhaps_twice
    if not (found.state == DispatchState.UNCERTAIN or awaited or doubted):
        return False
    return _found(found, Trace(1, "told as delivered"), MailSource.PROVIDER, at=at) == SENT
