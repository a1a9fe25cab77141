"""What an approval leaves behind, for every subject: rows that stand, one entry, one review, the audit trail."""

from datetime import timedelta
from typing import Any

import pytest

from commitments.editorial import drafts
from commitments.editorial.fingerprint import fingerprint
from commitments.editorial.policies import RefusedError
from commitments.models import (
    Attachment,
    Audit,
    Coding,
    DataPoint,
    Draft,
    Evidence,
    LedgerEntry,
    Pledge,
    Reply,
    Review,
    StatusUpdate,
)
from commitments.record import published as record
from tests import factories
from tests.editorial.proposals import (
    EVERY,
    approve,
    approved,
    coding_draft,
    indicator,
    latest,
    point_draft,
    reply_draft,
    submitted,
)
from tests.factories import AT, LATER, draft, evidence, person, published, two_good_items, update, words

pytestmark = pytest.mark.django_db

MODELS: dict[str, Any] = {"status": StatusUpdate, "coding": Coding, "reply": Reply, "point": DataPoint}
SECOND = timedelta(seconds=1)


def newest(place: Pledge) -> StatusUpdate:
    return StatusUpdate.objects.filter(pledge=place, published_at__isnull=False).latest("seq")


def standing(place: Pledge) -> str:
    """Return the status that readers see."""
    return record.standing(record.pledges(on=AT.date()).get(pk=place.pk)).value


@pytest.mark.parametrize("subject", EVERY)
def test_every_subject_is_published_under_both_names_and_one_number(subject: str) -> None:
    author, reviewer = person("curator"), person("reviewer")
    head = LedgerEntry.objects.latest("seq").seq
    content = EVERY[subject](author)
    entry = approved(content, reviewer, AT + SECOND)
    row = MODELS[subject].objects.latest("pk")
    assert (row.author, row.approver, row.published_at) == (author, reviewer, AT + SECOND)
    public_id = f"{content.pledge.code}/v{row.version}" if subject == "coding" else row.public_id
    assert entry.public_id == public_id
    assert (entry.seq, entry.kind, entry.published_at) == (head + 1, subject, AT + SECOND)
    assert list(LedgerEntry.objects.filter(seq__gt=head)) == [entry]
    after = Draft.objects.get(pk=content.pk)
    assert (after.state, after.entry, after.revision) == ("published", entry, 1)


@pytest.mark.parametrize("subject", EVERY)
def test_the_way_of_every_subject_is_in_the_trail_and_its_review_names_the_revision(subject: str) -> None:
    author, reviewer = person("curator"), person("reviewer")
    content = EVERY[subject](author)
    drafts.open_edit(content, by=author, revision=1, at=AT)
    waiting = submitted(content)
    drafts.comment(waiting, by=reviewer, text="Well found.", at=AT)
    entry = drafts.approve(waiting, by=reviewer, read=fingerprint(waiting), at=AT, text="Checked both sources.")
    trail = Audit.objects.order_by("pk").values_list("action", "by", "detail")
    assert list(trail) == [
        ("draft.begin", author.pk, {}),
        ("draft.edit", author.pk, {"revision": 2}),
        ("draft.submit", author.pk, {"revision": 2}),
        ("draft.comment", reviewer.pk, {}),
        ("draft.approve", reviewer.pk, {"revision": 2, "entry": entry.public_id}),
    ]
    said = Review.objects.order_by("pk").values_list("draft", "by", "revision", "verdict", "text")
    assert list(said) == [
        (content.pk, reviewer.pk, 2, "comment", "Well found."),
        (content.pk, reviewer.pk, 2, "approved", "Checked both sources."),
    ]


def test_a_status_is_published_as_it_was_written() -> None:
    place, items = factories.pledge(), two_good_items()
    log = factories.search(place)
    fields = {"status": "in_progress", "reported_delivered": True, "search": log, "effective_on": LATER}
    approved(draft(place, person(), items, **fields, summary={"es": "Así."}))
    row = newest(place)
    assert (row.status, row.reported_delivered, row.search, row.effective_on) == tuple(fields.values())
    assert (row.summary, row.reasoning, row.grade, row.provisional) == ({"es": "Así."}, words("Because."), "A", False)
    assert set(row.citations.values_list("evidence", "bearing")) == {(item.pk, bearing) for item, bearing in items}


def test_confirming_a_provisional_update_is_a_new_update() -> None:
    place, items = factories.pledge(), two_good_items()
    first = published(update(place, "in_progress"), items)
    approved(draft(place, person(), items))
    confirmed = newest(place)
    assert (confirmed.status, confirmed.provisional, confirmed.kind, confirmed.corrects) == (
        first.status,
        False,
        "status",
        None,
    )
    again = StatusUpdate.objects.get(pk=first.pk)
    assert (again.provisional, again.author, again.published_at) == (True, None, first.published_at)
    assert again.seq != confirmed.seq


@pytest.mark.parametrize("kind", ["correction", "withdrawal"])
def test_a_correction_and_a_withdrawal_are_rows_that_name_what_they_concern(kind: str) -> None:
    place = factories.pledge()
    first = published(update(place, "announced"), [(evidence(), "supports")])
    entry = approved(draft(place, person(), two_good_items(), kind=kind, corrects=first))
    row = newest(place)
    assert (row.kind, row.corrects, entry.kind) == (kind, first, kind)
    assert standing(place) == ("in_progress" if kind == "correction" else "not_assessed")


def test_nothing_is_corrected_twice() -> None:
    place = factories.pledge()
    first = published(update(place, "announced"), [(evidence(), "supports")])
    ways = [draft(place, person(), two_good_items(), kind=k, corrects=first) for k in ("correction", "withdrawal")]
    waiting = [submitted(content) for content in ways]
    approve(waiting[0])
    with pytest.raises(RefusedError, match=rf"^Corrects: {first} is corrected or withdrawn already\.$"):
        approve(waiting[1])
    third = draft(place, person(), two_good_items(), kind="correction", corrects=first)
    with pytest.raises(RefusedError, match="corrected or withdrawn already"):
        submitted(third)


def test_a_withdrawal_of_what_needs_a_search_needs_it_too() -> None:
    place = factories.pledge()
    log = factories.search(place)
    first = published(update(place, "no_evidence", search=log))
    fields = {"kind": "withdrawal", "corrects": first, "status": "no_evidence"}
    with pytest.raises(RefusedError, match="needs a logged search"):
        submitted(draft(place, person(), **fields))
    with pytest.raises(RefusedError, match="belongs to “in progress” only"):
        submitted(draft(place, person(), **fields, search=log, reported_delivered=True))
    assert approved(draft(place, person(), **fields, search=log)).kind == "withdrawal"


def test_a_coding_is_the_next_version_with_its_tags() -> None:
    place = factories.pledge()
    before = latest(place)
    content = coding_draft(place, person(), title=words("Another title"), due_on=LATER)
    theme = content.themes.model.objects.exclude(pk__in=content.themes.values("pk")).first()
    content.themes.set([theme])
    entry = approved(content)
    after = latest(place)
    assert (after.version, after.title, after.due_on) == (before.version + 1, words("Another title"), LATER)
    assert (after.trackability, after.release, entry.public_id) == (before.trackability, "", f"{place.code}/v2")
    assert list(after.themes.all()) == [theme]
    assert set(after.actors.all()) == set(before.actors.all())


def test_a_coding_that_follows_an_older_version_is_refused() -> None:
    place = factories.pledge()
    waiting = [submitted(coding_draft(place, person(), title=words(f"Title {n}"))) for n in range(2)]
    approve(waiting[0])
    with pytest.raises(RefusedError, match=r"a newer coding than .* v1 was published meanwhile"):
        approve(waiting[1])
    with pytest.raises(RefusedError, match="a newer coding than"):
        submitted(coding_draft(place, person(), base=Coding.objects.get(pledge=place, version=1)))


def test_a_coding_is_written_in_every_language_because_the_catalogue_is() -> None:
    content = coding_draft(factories.pledge(), person(), title={"en": "Only this"})
    with pytest.raises(RefusedError, match=r"^Title: write it in 中文, Español, Português too\.$"):
        submitted(content)


def test_two_pledges_never_share_a_test() -> None:
    other = factories.pledge(n=1)
    content = coding_draft(factories.pledge(), person(), test=latest(other).test)
    with pytest.raises(RefusedError, match=f"Test: {other} has the same"):
        submitted(content)


def test_a_reply_stands_beside_its_pledge_and_changes_no_status() -> None:
    place = factories.pledge()
    before = standing(place)
    approved(reply_draft(place, person()))
    reply = Reply.objects.get()
    assert (reply.pledge, reply.speaker, reply.text) == (place, "A spokesperson", words("We see it otherwise."))
    assert (standing(place), place.updates.count()) == (before, 0)


def test_a_reply_is_replaced_once() -> None:
    place = factories.pledge()
    approved(reply_draft(place, person()))
    first = Reply.objects.get()
    ways = [submitted(reply_draft(place, person(), replaces=first)) for _ in range(2)]
    approve(ways[0])
    with pytest.raises(RefusedError, match=f"Replaces: {first} is replaced already"):
        approve(ways[1])


def test_a_figure_is_corrected_once_and_its_source_becomes_public_with_it() -> None:
    series, item = indicator(), evidence(public_at=None)
    approved(point_draft(person(), indicator=series, evidence=item), at=AT + SECOND)
    first = DataPoint.objects.get(indicator=series)
    assert (first.evidence, first.value) == (item, 12.5)
    assert Evidence.objects.get(pk=item.pk).public_at == AT + SECOND
    fields = {"indicator": series, "corrects": first, "value": "13", "why": words("Misread.")}
    ways = [submitted(point_draft(person(), **fields)) for _ in range(2)]
    approve(ways[0])
    with pytest.raises(RefusedError, match=f"Corrects: {first} is corrected already"):
        approve(ways[1])


def test_evidence_becomes_public_beside_the_pledge_whose_update_cites_it_and_nowhere_else() -> None:
    place, elsewhere = factories.pledge(), factories.pledge(n=1)
    item, known = evidence(public_at=None), evidence(public_at=AT)
    for pledge in (place, elsewhere):
        Attachment.objects.create(evidence=item, pledge=pledge, bearing="context", why=words("It names the body."))
    approved(draft(place, person(), [(item, "supports"), (known, "contradicts")]), at=AT + SECOND)
    assert Evidence.objects.get(pk=item.pk).public_at == AT + SECOND
    assert Evidence.objects.get(pk=known.pk).public_at == AT
    rows = Attachment.objects.filter(evidence__in=[item, known]).order_by("evidence", "pledge__position")
    assert [(row.pledge, row.bearing, row.public_at) for row in rows] == [
        (place, "supports", AT + SECOND),
        (elsewhere, "context", None),
        (place, "contradicts", AT + SECOND),
    ]
    assert rows[0].why == words("It names the body.")


def test_a_withdrawn_draft_publishes_nothing_of_what_it_cited() -> None:
    item = evidence(public_at=None)
    content = draft(factories.pledge(), person(), [(item, "supports")])
    drafts.withdraw(submitted(content), by=content.author, at=AT)
    assert Evidence.objects.get(pk=item.pk).public_at is None
