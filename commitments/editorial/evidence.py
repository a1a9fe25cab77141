"""What people do to evidence: record, change, supersede, look whether it is still there, search again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from commitments.editorial import drafts, policies
from commitments.editorial.begun import begun_from
from commitments.editorial.policies import RefusedError
from commitments.editorial.readiness import cited_in_public
from commitments.models import (
    Attachment,
    Audit,
    Evidence,
    LedgerHead,
    LinkState,
    Pledge,
    SearchLog,
    StatusDraft,
    StatusUpdate,
    UpdateKind,
)

#: Items entered at the desk are numbered from here on; lower numbers belong to releases of the evidence data.
FIRST_NUMBER = 10_001


def next_id() -> str:
    """Return the next free number of an item entered at the desk. Holds the log's lock until the transaction ends."""
    LedgerHead.locked()
    taken = Evidence.objects.filter(public_id__regex=r"^E\d{5,}$").values_list("public_id", flat=True)
    return f"E{max((int(identity[1:]) for identity in taken), default=FIRST_NUMBER - 1) + 1}"


@transaction.atomic
def record(item: Evidence, *, by: Any, at: datetime) -> None:
    """Save a new item under the next free number."""
    policies.check_can_record(by)
    item.public_id, item.entered_by, item.public_at = next_id(), by, None
    item.save()
    Audit.write("evidence.record", item, by=by, at=at)


def check_can_change(by: Any, item: Evidence) -> None:
    """Refuse to change what readers can see: it is superseded instead, in the open."""
    policies.need(by, "change_evidence", "change evidence")
    if item.public_at or cited_in_public(item.pk):
        raise RefusedError(f"{item} is public: it is not changed any more. Supersede it by a new item.")
    beside, cited = Q(attachments__evidence=item), Q(drafts__statusdraft__citations__evidence=item)
    for pledge in Pledge.objects.filter(beside | cited, conflicts__person=by, conflicts__ended_at=None)[:1]:
        policies.check_no_conflict(by, pledge)


can_change = policies.asks(check_can_change)


def check_can_change_attachment(by: Any, attachment: Attachment) -> None:
    """Refuse to say alone, beside a pledge that readers see, what an item does to it: a draft that cites it does."""
    policies.need(by, "change_attachment", "attach evidence")
    policies.check_no_conflict(by, attachment.pledge)
    if attachment.public_at:
        raise RefusedError(
            f"{attachment.evidence} stands beside {attachment.pledge} in public: propose an update that cites it "
            "with another bearing."
        )


@transaction.atomic
def open_edit(item: Evidence, *, by: Any, at: datetime) -> None:
    """Hold the item for the changes that follow in this transaction; RefusedError where readers see it by now."""
    check_can_change(by, _locked(item))
    Audit.write("evidence.edit", item, by=by, at=at)


def _locked(item: Evidence) -> Evidence:
    return Evidence.objects.select_for_update().get(pk=item.pk)


@dataclass(frozen=True)
class Superseded:
    """What superseding an item brought: its successor, drafts of corrections, and updates that still cite the old."""

    successor: Evidence
    corrections: list[StatusDraft]
    left: list[StatusUpdate]


@transaction.atomic
def supersede(item: Evidence, *, by: Any, at: datetime) -> Superseded:
    """Make a successor of a public item, and a correction draft for every standing update of which it is a ground.

    The successor begins as a copy, for its author to mend. It becomes public when a draft that cites it is approved.
    Updates on pledges where the person may not write are left to others.
    """
    policies.check_can_record(by)
    LedgerHead.locked()  # before the item: everybody takes the two locks in this order
    item = _locked(item)
    if item.public_at is None:
        raise RefusedError(f"{item} is not public: simply change it.")
    if item.superseded_by:
        raise RefusedError(f"{item} is superseded by {item.superseded_by} already.")
    new = _copy(item, by, at)
    item.superseded_by = new
    item.save(update_fields=["superseded_by"])
    Audit.write("evidence.supersede", item, by=by, at=at, successor=new.public_id)
    standing = _standing_on(item)
    ours = [update for update in standing if policies.can_propose(by, update.pledge)]
    return Superseded(new, [_correction(u, item, new, by, at) for u in ours], [u for u in standing if u not in ours])


def _copy(item: Evidence, by: Any, at: datetime) -> Evidence:
    new = Evidence.objects.get(pk=item.pk)
    new.pk, new.superseded_by = None, None
    new._state.adding = True
    record(new, by=by, at=at)
    new.targets.set(item.targets.all())
    for row in Attachment.objects.filter(evidence=item):
        Attachment.objects.create(evidence=new, pledge=row.pledge, bearing=row.bearing, why=row.why)
    return new


def _standing_on(item: Evidence) -> list[StatusUpdate]:
    updates = StatusUpdate.objects.filter(citations__evidence=item, published_at__isnull=False, corrected_by=None)
    return list(updates.exclude(kind=UpdateKind.WITHDRAWAL).select_related("pledge", "search").order_by("seq"))


def _correction(update: StatusUpdate, item: Evidence, new: Evidence, by: Any, at: datetime) -> StatusDraft:
    draft = begun_from(update, UpdateKind.CORRECTION)
    drafts.begin(draft, by=by, at=at)
    rows = update.citations.select_related("evidence")
    drafts.cite(draft, [(new if c.evidence_id == item.pk else c.evidence, c.bearing) for c in rows], by=by, at=at)
    return draft


@transaction.atomic
def search_again(pledge: Pledge, *, by: Any, at: datetime) -> SearchLog:
    """Log that the last search on the pledge was made again today and brought nothing new."""
    policies.check_can_search(by, pledge)
    last = SearchLog.objects.filter(pledge=pledge).first()
    if last is None:
        raise RefusedError(
            f"No search is logged on {pledge} yet: log a first one, with languages, places and queries."
        )
    log = SearchLog.objects.create(
        pledge=pledge,
        searched_on=at.date(),
        languages=last.languages,
        places=last.places,
        queries=last.queries,
        found={"en": "Nothing new."},
        by=by,
    )
    Audit.write("search.again", pledge, row=log, by=by, at=at)
    return log


@transaction.atomic
def mark_link(item: Evidence, state: LinkState, *, by: Any, at: datetime) -> None:
    """Note that somebody looked for the source at its address today, and whether it was there.

    Of a public item too: it says nothing of what the source says.
    """
    policies.need(by, "change_evidence", "change evidence")
    if not item.source_url:
        raise RefusedError(f"{item} has no address: it is kept as a file.")
    item.link_state, item.link_checked_on = state, at.date()
    item.save(update_fields=["link_state", "link_checked_on"])
    Audit.write("evidence.link", item, by=by, at=at, state=state.value)
