"""Nobody publishes what they wrote: not through the evidence and the search on which a draft rests, either."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from commitments.editorial import attachments, drafts, searches
from commitments.editorial import evidence as desk
from commitments.editorial.fingerprint import fingerprint
from commitments.editorial.people import declare_conflict
from commitments.editorial.policies import RefusedError, can_approve
from commitments.editorial.readiness import problems
from commitments.models import Attachment, Draft, SearchLog, StatusDraft, StatusUpdate, Target
from tests import factories
from tests.factories import AT, LATER, draft, evidence, person, search, submitted, words

pytestmark = pytest.mark.django_db

Change = Callable[[StatusDraft, object], None]


def resting() -> StatusDraft:
    """A draft in review that rests on an item beside its pledge and on a search, neither of them public."""
    place, item = factories.pledge(), evidence(public_at=None)
    Attachment.objects.create(evidence=item, pledge=place, bearing="supports", why=words("Read so."))
    content = draft(place, person(), [(item, "supports")], search=search(place))
    submitted(content)
    return content


def rewrite_the_item(content: StatusDraft, by: object) -> None:
    item = content.cited_items().get()
    desk.open_edit(item, by=by, at=LATER_THAT_DAY)
    item.fact = words("Rewritten.")
    item.save()


def rewrite_why_it_is_there(content: StatusDraft, by: object) -> None:
    row = Attachment.objects.get(pledge=content.pledge)
    row.why = words("Rewritten.")
    attachments.change(row, by=by, at=LATER_THAT_DAY)


def take_it_away(content: StatusDraft, by: object) -> None:
    attachments.detach(Attachment.objects.get(pledge=content.pledge), by=by, at=LATER_THAT_DAY)


def rewrite_the_search(content: StatusDraft, by: object) -> None:
    log = SearchLog.objects.get(pledge=content.pledge)
    log.queries = ["rewritten"]
    searches.change(log, by=by, at=LATER_THAT_DAY)


LATER_THAT_DAY = AT + timedelta(minutes=1)
CHANGES: list[Change] = [rewrite_the_item, rewrite_why_it_is_there, take_it_away, rewrite_the_search]


def approve(content: StatusDraft, by: object) -> None:
    drafts.approve(Draft.objects.get(pk=content.pk), by=by, read=fingerprint(content), at=LATER_THAT_DAY)


@pytest.mark.parametrize("change", CHANGES)
def test_who_rewrote_what_a_draft_rests_on_does_not_approve_it(change: Change) -> None:
    content, rewriter = resting(), person("reviewer")
    change(content, rewriter)
    content = StatusDraft.objects.get(pk=content.pk)
    with pytest.raises(RefusedError, match="after this draft was submitted, and nobody publishes what they wrote"):
        approve(content, rewriter)
    assert not StatusUpdate.objects.filter(pledge=content.pledge).exists()
    approve(content, person("reviewer", "another"))
    assert StatusUpdate.objects.filter(pledge=content.pledge).exists()


@pytest.mark.parametrize("change", CHANGES)
def test_once_its_author_has_submitted_it_again_the_rewriter_may_approve(change: Change) -> None:
    content, rewriter = resting(), person("reviewer")
    change(content, rewriter)
    content = StatusDraft.objects.get(pk=content.pk)
    drafts.open_edit(content, by=content.author, revision=content.revision, at=LATER_THAT_DAY)
    content.save()
    drafts.submit(content, by=content.author, at=AT + timedelta(minutes=2))
    assert can_approve(rewriter, Draft.objects.get(pk=content.pk))


def test_what_somebody_wrote_before_the_draft_was_submitted_its_author_has_read() -> None:
    reviewer, place = person("reviewer"), factories.pledge()
    item = evidence(public_at=None)
    desk.open_edit(item, by=reviewer, at=AT - timedelta(hours=1))
    item.save()
    assert can_approve(reviewer, submitted(draft(place, person(), [(item, "supports")])))


def test_an_approval_does_not_hold_for_numbers_beside_which_an_item_was_put_meanwhile() -> None:
    content = resting()
    read, item = fingerprint(content), content.cited_items().get()
    item.targets.add(Target.objects.all()[0])
    assert fingerprint(content) != read


def test_an_approval_does_not_hold_for_another_bearing_beside_the_pledge() -> None:
    content = resting()
    read = fingerprint(content)
    Attachment.objects.filter(pledge=content.pledge).update(bearing="context")
    assert fingerprint(content) != read


def test_who_stands_too_close_rewrites_no_evidence_of_the_pledge() -> None:
    content, close = resting(), person()
    declare_conflict(content.about, by=close, reason="A cousin", at=AT)
    with pytest.raises(RefusedError, match="declared a conflict of interest"):
        rewrite_the_item(content, close)
    Attachment.objects.filter(pledge=content.pledge).delete()  # a draft that cites it is close enough
    with pytest.raises(RefusedError, match="declared a conflict of interest"):
        rewrite_the_item(content, close)


def test_a_search_stays_with_the_pledge_of_the_drafts_that_rest_on_it() -> None:
    content, other = resting(), factories.pledge(n=1)
    log = SearchLog.objects.get(pledge=content.pledge)
    log.pledge = other
    with pytest.raises(RefusedError, match=r"A draft on .* rests on this search"):
        searches.change(log, by=person(), at=AT)
    SearchLog.objects.filter(pk=log.pk).update(pledge=other)
    content = StatusDraft.objects.get(pk=content.pk)
    assert f"Search: it was made about {other}. Log one about this pledge." in problems(content, on=LATER)
