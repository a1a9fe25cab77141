"""The review of a draft: what would be published, in full, beside what stands; and what a second person says of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from commitments.admin.base import attempt, now
from commitments.editorial import drafts, policies
from commitments.editorial.begun import SAYS
from commitments.editorial.fingerprint import fingerprint
from commitments.editorial.grounds import grounds, is_after
from commitments.editorial.readiness import problems, proposed
from commitments.models import (
    Attachment,
    Bearing,
    Coding,
    CodingDraft,
    Delivery,
    Draft,
    DraftCitation,
    DraftState,
    DraftSubject,
    Pledge,
    StatusDraft,
    StatusUpdate,
    UpdateKind,
    Verdict,
)
from commitments.models.transitions import UNDERWAY
from commitments.record import published
from commitments.record.filters import named
from commitments.record.reading import context_of
from commitments.templatetags.comparing import Difference, differences, marked

#: Fields of a draft that are none of its words.
_KEPT_BY_THE_DESK = {"id", "draft_ptr", "subject", "pledge", "author", "state", "revision", "entry"}
_KEPT_BY_THE_DESK |= {"created_at", "changed_at", "submitted_at", "kind", "corrects", "base"}


@dataclass(frozen=True)
class Cited:
    """An item as the draft would cite it, with why it stands beside the pledge."""

    citation: DraftCitation
    why: dict[str, str]
    after_baseline: bool
    beside: str


def differences_between(before: Any, after: Any) -> list[Difference]:
    """Return the fields of a status update or its draft in which two states of it differ."""
    return [row for row in differences(before, after, SAYS) if row.changed]


def citations_between(before: dict[str, str], after: dict[str, str]) -> list[Difference]:
    """Return the difference between what two states of a draft cite, where there is one."""
    old, new = (_listed(cited) for cited in (before, after))
    return [Difference("evidence", "", *marked(old, new), changed=True)] if old != new else []


def _listed(cited: dict[str, str]) -> str:
    return ", ".join(f"{number} {bearing}" for number, bearing in sorted(cited.items()))


# --- the page -------------------------------------------------------------------------------


def review(draft: Draft, *, by: Any, on: date) -> dict[str, Any]:
    """Return what the review page shows to somebody on a day."""
    # First of all: what is read after it may be newer than it, never older, so that an approval cannot hold for
    # words that nobody was shown.
    read = fingerprint(draft)
    underway = draft.state in UNDERWAY
    return {
        "draft": draft,
        "content": draft.content,
        "read": read,
        "template": f"admin/review/{draft.subject}.html",
        "problems": problems(draft, on=on) if underway else [],
        "reviews": draft.reviews.select_related("by"),
        "since_returned": since_returned(draft) if underway else [],
        "entry": draft.entry,
        "edit": reverse(f"admin:commitments_{draft.subject}draft_change", args=[draft.pk]),
        "can_preview": underway and draft.pledge is not None,
        **(_about(draft.pledge, on) if draft.pledge else {}),
        **(_status(draft.content, on) if draft.subject == DraftSubject.STATUS else {}),
        **_may(draft, by),
    }


def _about(pledge: Pledge, on: date) -> dict[str, Any]:
    whole = published.whole(on=on).get(pk=pledge.pk)
    return {
        "pledge": whole,
        "coding": published.coding_of(whole),
        "standing": published.standing(whole),
        "contexts": context_of(whole),
    }


def _status(draft: StatusDraft, on: date) -> dict[str, Any]:
    before = draft.corrects
    if before is None and draft.state != DraftState.PUBLISHED:  # once it is public, it is what stands
        before = published.current_updates(on=on).filter(pledge=draft.pledge).first()
    return {
        "kind": UpdateKind(draft.kind),
        "before": before,
        "becomes": published.Standing(Delivery(draft.status)),
        "rows": list(differences(before, draft, SAYS)),
        "recited": citations_between(_cites(before), dict(_pairs(draft))) if before else [],
        "cited": cited(draft),
        "grounds": None if draft.kind == UpdateKind.WITHDRAWAL else grounds(proposed(draft), _baseline(draft), before),
    }


def _baseline(draft: StatusDraft) -> date:
    return draft.about.document.baseline_on


def _pairs(draft: StatusDraft) -> Any:
    return draft.citations.values_list("evidence__public_id", "bearing")


def _cites(update: StatusUpdate) -> dict[str, str]:
    return dict(update.citations.values_list("evidence__public_id", "bearing"))


def cited(draft: StatusDraft) -> list[Cited]:
    """Return what the draft would cite: for, against and context, each in the order of the items' numbers."""
    beside = {row.evidence_id: row for row in Attachment.objects.filter(pledge=draft.pledge)}
    rows = draft.citations.select_related("evidence__superseded_by").prefetch_related("evidence__targets")
    found = []
    for row in rows.order_by("evidence__public_id"):
        stands = beside.get(row.evidence_id)
        after = is_after(row.evidence, _baseline(draft))
        changed = stands.bearing if stands and stands.bearing != row.bearing else ""
        found.append(Cited(row, stands.why if stands else {}, after, changed))
    return sorted(found, key=lambda one: list(Bearing).index(Bearing(one.citation.bearing)))


def _may(draft: Draft, by: Any) -> dict[str, Any]:
    """Return which buttons somebody has: the same rules as the doors behind them. Reviewers hear what keeps them."""
    names = ("approve", "return", "comment", "withdraw", "reopen", "submit", "edit")
    may: dict[str, Any] = {f"can_{name}": getattr(policies, f"can_{name}")(by, draft) for name in names}
    asked = draft.state == DraftState.IN_REVIEW and by.has_perm("commitments.approve_draft")
    return may | {"kept_from": policies.why_not(policies.check_can_approve, by, draft) if asked else ""}


# --- what changed since the draft was returned ----------------------------------------------


def since_returned(draft: Draft) -> list[Difference]:
    """Return what the author changed since the draft last came back to them; nothing where it never did."""
    back = draft.reviews.filter(verdict=Verdict.RETURNED).order_by("-at", "-pk").first()
    if back is None:
        return []
    content = draft.content
    then = content.history.filter(revision=back.revision).order_by("-history_id").first()
    names = tuple(f.name for f in content._meta.concrete_fields if f.name not in _KEPT_BY_THE_DESK)
    changed = [row for row in differences(then, content, names) if row.changed] if then else []
    changed += _retagged(then, content) if then and isinstance(content, CodingDraft) else []
    return changed + (_recited_since(content, back.revision) if isinstance(content, StatusDraft) else [])


def _retagged(then: Any, draft: CodingDraft) -> list[Difference]:
    """Return in which terms a coding differs from a kept state of it, which links to the terms by rows of its own."""
    found = []
    for name in Coding.sealed_links:
        field: Any = CodingDraft._meta.get_field(name)
        kept = getattr(then, name).select_related(field.m2m_reverse_field_name())
        old = sorted(named(getattr(link, field.m2m_reverse_field_name())) for link in kept)
        new = sorted(named(term) for term in getattr(draft, name).all())
        if old != new:
            found.append(Difference(field.verbose_name, "", *marked(", ".join(old), ", ".join(new)), changed=True))
    return found


def _recited_since(draft: StatusDraft, revision: int) -> list[Difference]:
    before = drafts.cited_in(draft, revision)
    return citations_between(before, dict(_pairs(draft))) if before is not None else []


# --- the buttons ----------------------------------------------------------------------------

Act = Callable[[Draft, HttpRequest], Any]


def _text(request: HttpRequest) -> str:
    return request.POST.get("text", "")


def _approve(draft: Draft, request: HttpRequest) -> None:
    read = request.POST.get("read", "")
    drafts.approve(draft, by=request.user, read=read, at=now(), text=_text(request))


#: What a button does: the name it posts → the action, and what is said when it is done.
ACTS: dict[str, tuple[Act, str]] = {
    "approve": (_approve, "Approved and published."),
    "return": (
        lambda draft, request: drafts.return_(draft, by=request.user, text=_text(request), at=now()),
        "Returned to its author.",
    ),
    "comment": (
        lambda draft, request: drafts.comment(draft, by=request.user, text=_text(request), at=now()),
        "Your comment stands beside the draft.",
    ),
    "submit": (lambda draft, request: drafts.submit(draft, by=request.user, at=now()), "Submitted for review."),
    "withdraw": (lambda draft, request: drafts.withdraw(draft, by=request.user, at=now()), "Withdrawn."),
    "reopen": (lambda draft, request: drafts.reopen(draft, by=request.user, at=now()), "Taken up again."),
}


def act(request: HttpRequest, draft: Draft) -> bool:
    """Do what the pressed button says; tell whether it was done."""
    name = next((name for name in ACTS if name in request.POST), "")
    if not name:
        return False
    action, done = ACTS[name]
    return attempt(request, lambda: action(draft, request), done)
