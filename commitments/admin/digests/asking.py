"""Asking the mail side about one message, now, and when it last answered as it must."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest

from commitments.admin.base import now
from commitments.digests import reconcile, traces
from commitments.models import Dispatch, DispatchState, Heartbeat

#: What the button says that it does.
ASK = "ask"
#: What came of it → how it is said.
SAID = {
    reconcile.SENT: (messages.SUCCESS, "It knows the message: it counts as sent."),
    reconcile.AGAIN: (messages.SUCCESS, "It does not know the message, so that is sent again."),
    reconcile.STOPPED: (messages.SUCCESS, "It does not know the message. Its reader has left, so nothing is sent."),
    reconcile.UNPROVEN: (
        messages.WARNING,
        "It does not show the message. That is not believed: it shows none that was certainly sent at that time, "
        "or there is none. Somebody has to decide.",
    ),
    reconcile.OTHERS: (messages.INFO, "The message was settled meanwhile."),
}


def may_ask(room: Any, request: HttpRequest, dispatch: Dispatch) -> bool:
    """Tell whether there is something to ask, somebody to be asked, and the right to."""
    return bool(
        dispatch.state == DispatchState.UNCERTAIN and traces.configured() and room.has_decide_permission(request)
    )


def ask(request: HttpRequest, dispatch: Dispatch) -> None:
    """Ask about a message, settle it where that can be done, and say what came of it."""
    if dispatch.state != DispatchState.UNCERTAIN or traces.configured() is None:
        messages.error(request, f"There is nothing to ask about the {dispatch}, or nobody who could be asked.")
        return
    tally = reconcile.reconcile(clock=now, only=dispatch)
    if not (tally.counts or tally.problem):  # settled between the two looks at it
        tally.add(reconcile.OTHERS)
    for outcome in tally.counts:
        level, said = SAID.get(outcome) or (messages.INFO, _open(dispatch))
        messages.add_message(request, level, said)
    if tally.problem:
        messages.error(request, f"The mail side: {tally.problem}.")


def _open(dispatch: Dispatch) -> str:
    """Return why a message stays as it is."""
    if reconcile.left_to_people(dispatch):
        return "The message may be doubled already, so that a machine sends it no more: somebody has to decide."
    if now() < dispatch.next_try:
        return f"It does not show the message yet. That counts from {dispatch.next_try:%-d %B %Y, %H:%M} on."
    return "The message cannot be settled by this: somebody has to decide."


def evidence(*, at: datetime) -> dict[str, Any]:
    """Return who is asked, when it was last `seen` to answer as it must, and if too `long` ago; {} without one."""
    source = traces.configured()
    if source is None:
        return {}
    seen = Heartbeat.objects.filter(part=reconcile.EVIDENCE).values_list("seen_at", flat=True).first()
    return {
        "name": source.kind.label,
        "seen": seen,
        "long": seen is None or seen < at - 2 * reconcile.TRIED_AFTER,
    }
