"""A draft's way to the public record: written by one, approved by another, exactly as it was read."""

import pytest

from commitments.editorial import drafts
from commitments.editorial.fingerprint import fingerprint
from commitments.editorial.policies import RefusedError
from commitments.models import Attachment, Audit, Draft, DraftState, Evidence, LedgerEntry, StatusUpdate
from tests import factories
from tests.factories import AT, draft, evidence, person, submitted, two_good_items

pytestmark = pytest.mark.django_db


def test_an_approved_draft_becomes_a_numbered_update_by_two_people() -> None:
    curator, reviewer, pledge = person("curator"), person("reviewer"), factories.pledge()
    waiting = submitted(draft(pledge, curator, two_good_items()))
    entry = drafts.approve(waiting, by=reviewer, read=fingerprint(waiting), at=AT)
    update = StatusUpdate.objects.get(seq=entry.seq)
    assert (update.author, update.approver, update.grade, update.status) == (curator, reviewer, "A", "in_progress")
    assert update.published_at == LedgerEntry.objects.get(seq=entry.seq).published_at
    assert Draft.objects.get(pk=waiting.pk).state == DraftState.PUBLISHED


def test_evidence_becomes_public_with_the_update_that_cites_it() -> None:
    item, pledge = evidence(public_at=None, record="primary", side="china"), factories.pledge()
    waiting = submitted(draft(pledge, person(), [(item, "supports")]))
    assert Evidence.objects.get(pk=item.pk).public_at is None
    drafts.approve(waiting, by=person("reviewer"), read=fingerprint(waiting), at=AT)
    assert Evidence.objects.get(pk=item.pk).public_at == AT
    assert Attachment.objects.get(evidence=item, pledge=pledge).public_at == AT


def test_an_edit_after_submission_voids_it() -> None:
    curator = person()
    content = draft(factories.pledge(), curator, two_good_items())
    waiting = submitted(content)
    read = fingerprint(waiting)
    drafts.open_edit(content, by=curator, revision=waiting.revision, at=AT)
    content.save()
    with pytest.raises(RefusedError, match="draft: there is no way to approve"):
        drafts.approve(waiting, by=person("reviewer"), read=read, at=AT)
    drafts.submit(content, by=curator, at=AT)
    with pytest.raises(RefusedError, match="no longer what you read"):
        drafts.approve(waiting, by=person("reviewer"), read=read, at=AT)


def test_a_change_of_the_evidence_after_reading_voids_the_approval() -> None:
    item = evidence(public_at=None, record="primary", side="china")
    waiting = submitted(draft(factories.pledge(), person(), [(item, "supports")]))
    read = fingerprint(waiting)
    Evidence.objects.filter(pk=item.pk).update(fact=factories.words("Something else."))
    with pytest.raises(RefusedError, match="no longer what you read"):
        drafts.approve(waiting, by=person("reviewer"), read=read, at=AT)


def test_every_action_leaves_its_row_in_the_audit_trail() -> None:
    waiting = submitted(draft(factories.pledge(), person(), two_good_items()))
    drafts.approve(waiting, by=person("reviewer"), read=fingerprint(waiting), at=AT)
    assert set(Audit.objects.values_list("action", flat=True)) == {"draft.begin", "draft.submit", "draft.approve"}
