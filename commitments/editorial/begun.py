"""Drafts of status updates that begin from a published one: to correct it, to withdraw it, or to confirm it."""

from commitments.editorial.policies import RefusedError
from commitments.models import Delivery, StatusDraft, StatusUpdate, UpdateKind

#: What a status update says, and so does a draft of one, in the order in which a reviewer reads it.
SAYS = ("status", "effective_on", "reported_delivered", "search", "summary", "reasoning")


def update_numbered(text: str) -> StatusUpdate:
    """Return the published update of a number; RefusedError where there is none."""
    number = text.strip().upper()
    seq = int(number[1:]) if number[:1] == "U" and number[1:].isascii() and number[1:].isdigit() else 0
    public = StatusUpdate.objects.filter(published_at__isnull=False).select_related("pledge__document", "search")
    update = public.filter(seq=seq).first() if seq < 2**31 else None
    if update is None:
        raise RefusedError(f"There is no update {number[:12]}.")
    return update


def update_to_undo(number: str, code: str) -> StatusUpdate:
    """Return the update of a number, if a draft about the pledge of the code may correct or withdraw it."""
    update = update_numbered(number)
    check_about(update, code)
    check_stands(update, "correct")
    return update


def check_about(update: StatusUpdate, code: str) -> None:
    """Refuse an update that is about another pledge than the one of the code, where there is a code."""
    if code and code.upper() != update.pledge.code:
        raise RefusedError(f"{update} is about {update.pledge}, not about {code[:20]}.")


def check_stands(update: StatusUpdate, asked: str) -> None:
    """Refuse an update that was undone, or has nothing to be confirmed."""
    if update.kind == UpdateKind.WITHDRAWAL or StatusUpdate.objects.filter(corrects=update).exists():
        raise RefusedError(f"{update} is corrected or withdrawn already, or is a withdrawal itself.")
    if asked == "confirm" and not update.provisional:
        raise RefusedError(f"{update} is not provisional: two people stand for it. Correct it, or propose a new one.")


def begun_from(update: StatusUpdate, kind: UpdateKind, status: str = "") -> StatusDraft:
    """Return a draft with what the update says; a confirmation is an update of its own and corrects none.

    `status` is another status to begin with, such as the one as which two codings were settled.
    """
    says = {name: getattr(update, name) for name in SAYS}
    if status in Delivery.values and kind != UpdateKind.WITHDRAWAL:
        says["status"] = status
    corrects = None if kind == UpdateKind.STATUS else update
    if corrects:  # the reasoning of a correction says what was wrong, which the update itself does not know
        says["reasoning"] = {}
    if kind == UpdateKind.WITHDRAWAL:
        says["summary"] = {}
    return StatusDraft(pledge=update.pledge, kind=kind, corrects=corrects, **says)
