"""Who may do what. Rules come in pairs: `check_can_x` raises `RefusedError` and says why, `can_x` asks.

The button and the door share one rule. Source of the rules: the methodology, "Rules that the database itself holds".
"""

from typing import Any

from django.db.models import Q

from commitments.models import Audit, BlindCoding, Coding, Conflict, Draft, Pledge, SearchLog, StatusUpdate
from commitments.models.desk import key_of
from commitments.models.transitions import target
from commitments.refusals import RefusedError as RefusedError
from commitments.refusals import asks as asks
from commitments.refusals import need as need
from commitments.refusals import why_not as why_not

#: What changes the grounds of a draft; the audit trail names the item of evidence or the search.
ON_GROUNDS = ("evidence.edit", "attachment.add", "attachment.change", "attachment.remove", "search.change")


def _has_conflict(person: Any, pledge: Pledge | None) -> bool:
    return Conflict.objects.filter(person=person, pledge=pledge, ended_at__isnull=True).exists()


def check_no_conflict(by: Any, pledge: Pledge | None) -> None:
    """Refuse those who declared a conflict of interest on the pledge."""
    if _has_conflict(by, pledge):
        raise RefusedError(f"You declared a conflict of interest on {pledge}: you neither write nor approve there.")


def _check_way(draft: Draft, action: str) -> None:
    if target(action, draft.state) is None:
        raise RefusedError(f"The {draft} is {draft.get_state_display()}: there is no way to {action} it from there.")


def check_can_propose(by: Any, pledge: Pledge | None) -> None:
    """Refuse those who may not write a draft about the pledge."""
    need(by, "add_draft", "propose changes")
    check_no_conflict(by, pledge)


def check_can_edit(by: Any, draft: Draft) -> None:
    """Refuse all but the author of an open draft."""
    check_can_propose(by, draft.pledge)
    if draft.author_id != by.pk:
        raise RefusedError("Only its author edits a draft. Return it with a comment, or write a draft of your own.")
    _check_way(draft, "edit")


def check_can_submit(by: Any, draft: Draft) -> None:
    """Refuse all but the author of a draft that is not in review."""
    check_can_propose(by, draft.pledge)
    if draft.author_id != by.pk:
        raise RefusedError("Only its author submits a draft.")
    _check_way(draft, "submit")


def check_can_withdraw(by: Any, draft: Draft) -> None:
    """Refuse all but the author, and those who may return drafts."""
    if draft.author_id == by.pk:
        need(by, "add_draft", "withdraw drafts")
    else:
        need(by, "approve_draft", "withdraw the drafts of others")
        check_no_conflict(by, draft.pledge)
    _check_way(draft, "withdraw")


def check_can_reopen(by: Any, draft: Draft) -> None:
    """Refuse all but the author of a withdrawn draft."""
    check_can_propose(by, draft.pledge)
    if draft.author_id != by.pk:
        raise RefusedError("Only its author takes a draft up again.")
    _check_way(draft, "reopen")


def check_can_comment(by: Any, draft: Draft) -> None:
    """Refuse those who may not write at the desk at all."""
    need(by, "add_review", "comment on drafts")


def check_can_return(by: Any, draft: Draft) -> None:
    """Refuse the author, and those who are no reviewers."""
    need(by, "approve_draft", "return drafts")
    if draft.author_id == by.pk:
        raise RefusedError("It is your own draft: edit or withdraw it.")
    check_no_conflict(by, draft.pledge)
    _check_way(draft, "return")


def check_can_approve(by: Any, draft: Draft) -> None:
    """Refuse the author, those who are no reviewers, and those with a conflict of interest."""
    need(by, "approve_draft", "approve drafts")
    if draft.author_id == by.pk:
        raise RefusedError("Nobody publishes what they wrote: another person approves this draft.")
    check_no_conflict(by, draft.pledge)
    if _has_conflict(draft.author, draft.pledge):
        raise RefusedError(f"Its author declared a conflict of interest on {draft.pledge}: return or withdraw it.")
    _check_way(draft, "approve")
    _check_grounds_untouched(by, draft)


def _check_grounds_untouched(by: Any, draft: Draft) -> None:
    """Refuse who changed what the draft rests on since it was submitted: its author never read that.

    With everybody else's changes the approver is the second person who reads them; with one's own there is none.
    """
    if draft.submitted_at is None:
        return
    items = list(draft.cited_items())
    rows = [key_of(row) for row in (*items, *SearchLog.objects.filter(drafts=draft.pk))]
    touched = Q(row__in=rows) | Q(detail__beside__in=[item.public_id for item in items])
    act = Audit.objects.filter(touched, by=by, at__gte=draft.submitted_at, action__in=ON_GROUNDS).first()
    if act:
        raise RefusedError(
            f"You changed {act.subject} after this draft was submitted, and nobody publishes what they wrote: "
            "another reviewer approves it, or its author takes it back and submits it again."
        )


def check_can_search(by: Any, pledge: Pledge) -> None:
    """Refuse those who may not log searches about the pledge."""
    need(by, "add_searchlog", "log searches")
    check_no_conflict(by, pledge)


def check_can_record(by: Any) -> None:
    """Refuse those who may not record evidence."""
    need(by, "add_evidence", "record evidence")


def check_can_assign(by: Any, person: Any) -> None:
    """Refuse those who may not look after pledges, or not let somebody else do so."""
    if by.has_perm("commitments.assign_pledge"):
        return
    if person.pk != by.pk:
        raise RefusedError("You take pledges on yourself; a reviewer or an administrator assigns them to others.")
    need(by, "add_assignment", "take pledges on")


def check_can_declare_conflict(by: Any) -> None:
    """Refuse those who write nothing at the desk."""
    need(by, "add_conflict", "declare a conflict of interest")


def check_can_code_blind(by: Any, first: Coding | StatusUpdate) -> None:
    """Refuse those who had a hand in the published judgement, have coded it already, or stand too close."""
    need(by, "add_blindcoding", "code a second time")
    check_no_conflict(by, first.pledge)
    if by.pk in (first.author_id, first.approver_id) or _reviewed(by, first):
        raise RefusedError("You had a hand in this judgement: somebody else codes it a second time.")
    second = first.blind_codings
    if second.filter(by=by).exists():
        raise RefusedError("You have coded this already. What was coded blind is not changed afterwards.")
    if second.filter(adjudication__by=by).exists():
        raise RefusedError("You have settled a difference on this judgement: you know the first code.")


def _reviewed(by: Any, first: Coding | StatusUpdate) -> bool:
    """Tell whether somebody commented on the draft that became this judgement, so that they know it."""
    entry = first.public_id if isinstance(first, StatusUpdate) else f"{first.pledge.code}/v{first.version}"
    return Draft.objects.filter(entry__public_id=entry, reviews__by=by).exists()


def check_can_settle(by: Any, second: BlindCoding) -> None:
    """Refuse both coders, those who are no reviewers, and what is no open difference."""
    need(by, "settle_blindcoding", "settle differences between codings")
    judged = second.judged
    if by.pk in (second.by_id, judged.author_id):
        raise RefusedError("One of the two codes is yours: a third person settles the difference.")
    check_no_conflict(by, second.pledge)
    if second.value == second.first:
        raise RefusedError("Both codes are the same: there is nothing to settle.")
    if hasattr(second, "adjudication"):
        raise RefusedError("This difference is settled already.")


can_propose = asks(check_can_propose)
can_search = asks(check_can_search)
can_record = asks(check_can_record)
can_assign = asks(check_can_assign)
can_declare_conflict = asks(check_can_declare_conflict)
can_edit = asks(check_can_edit)
can_submit = asks(check_can_submit)
can_withdraw = asks(check_can_withdraw)
can_reopen = asks(check_can_reopen)
can_comment = asks(check_can_comment)
can_return = asks(check_can_return)
can_approve = asks(check_can_approve)
can_code_blind = asks(check_can_code_blind)
can_settle = asks(check_can_settle)
