"""An approval holds for exactly what was read: whatever of it changes afterwards voids it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from commitments.editorial import drafts
from commitments.editorial.fingerprint import fingerprint
from commitments.editorial.policies import RefusedError
from commitments.models import (
    Attachment,
    Draft,
    DraftCitation,
    Evidence,
    Pledge,
    SearchLog,
    StatusDraft,
    StatusUpdate,
    Theme,
)
from tests import factories
from tests.editorial.proposals import approved, coding_draft, point_draft, reply_draft, submitted
from tests.factories import AT, draft, evidence, person, published, two_good_items, update, words

pytestmark = pytest.mark.django_db


def waiting_status() -> Draft:
    """Return a draft in review that rests on two items, one of them beside the pledge already, and a search."""
    place = factories.pledge()
    items = [(evidence(public_at=None, sha256="0" * 64), "supports"), (evidence(), "supports")]
    for item, bearing in items:
        Attachment.objects.create(evidence=item, pledge=place, bearing=bearing, why=words("It names the body."))
    return submitted(draft(place, person(), items, search=factories.search(place)))


def edited(waiting: Draft, **fields: Any) -> None:
    """Let the author edit the draft and submit it again."""
    content = waiting.content
    with transaction.atomic():
        drafts.open_edit(content, by=waiting.author, revision=waiting.revision, at=AT)
        for name, value in fields.items():
            setattr(content, name, value)
        content.save()
    drafts.submit(content, by=waiting.author, at=AT)


def cited_otherwise(waiting: Draft) -> None:
    drafts.open_edit(waiting.content, by=waiting.author, revision=waiting.revision, at=AT)
    DraftCitation.objects.filter(draft=waiting.pk).first().delete()  # type: ignore[union-attr]
    drafts.submit(waiting, by=waiting.author, at=AT)


def items_of(waiting: Draft) -> Any:
    return Evidence.objects.filter(draft_citations__draft=waiting.pk)


AFTER: dict[str, Callable[[Draft], Any]] = {
    "an edit that changes nothing": lambda d: edited(d),
    "another summary": lambda d: edited(d, summary=words("Not so.")),
    "another status": lambda d: edited(d, status="announced"),
    "another word to the reviewer": lambda d: edited(d, to_reviewer="Hurry."),
    "an item less": cited_otherwise,
    "another fact": lambda d: items_of(d).update(fact=words("Something else.")),
    "another file under the same name": lambda d: items_of(d).update(sha256="1" * 64),
    "another place": lambda d: items_of(d).update(countries=["PE"]),
    "another search": lambda d: SearchLog.objects.filter(drafts=d.pk).update(queries=["another query"]),
    "another reason beside the pledge": lambda d: Attachment.objects.filter(pledge=d.pledge).update(why=words("No.")),
    "an update meanwhile": lambda d: published(update(d.about, "not_assessed")),
    "a coding meanwhile": lambda d: approved(coding_draft(d.about, person(), test=words("Another test."))),
}
#: What says nothing of the source, the draft or the pledge.
HOUSEKEEPING: dict[str, Callable[[Draft], Any]] = {
    "a dead link": lambda d: items_of(d).update(link_state="dead", link_checked_on=AT.date()),
    "a comment": lambda d: drafts.comment(d, by=person("reviewer"), text="Good.", at=AT),
    "an update elsewhere": lambda d: published(update(factories.pledge(n=1), "not_assessed")),
    "a reading": fingerprint,
}


@pytest.mark.parametrize("change", AFTER.values(), ids=AFTER.keys())
def test_what_changes_after_the_reading_voids_the_approval(change: Callable[[Draft], Any]) -> None:
    waiting = waiting_status()
    read = fingerprint(waiting)
    change(waiting)
    before = StatusUpdate.objects.count()
    with pytest.raises(RefusedError, match="no longer what you read"):
        drafts.approve(waiting, by=person("reviewer"), read=read, at=AT)
    assert StatusUpdate.objects.count() == before


@pytest.mark.parametrize("change", HOUSEKEEPING.values(), ids=HOUSEKEEPING.keys())
def test_housekeeping_voids_nothing(change: Callable[[Draft], Any]) -> None:
    waiting = waiting_status()
    read = fingerprint(waiting)
    change(waiting)
    assert drafts.approve(waiting, by=person("reviewer"), read=read, at=AT).kind == "status"


def test_a_coding_is_read_with_its_tags() -> None:
    content = coding_draft(factories.pledge(), person())
    read = fingerprint(Draft.objects.get(pk=content.pk))
    content.themes.add(Theme.objects.exclude(pk__in=content.themes.values("pk"))[0])
    assert fingerprint(Draft.objects.get(pk=content.pk)) != read


def test_a_figure_is_read_with_its_source() -> None:
    item = evidence(public_at=None)
    waiting = submitted(point_draft(person(), evidence=item))
    read = fingerprint(waiting)
    Evidence.objects.filter(pk=item.pk).update(fact=words("Something else."))
    with pytest.raises(RefusedError, match="no longer what you read"):
        drafts.approve(waiting, by=person("reviewer"), read=read, at=AT)


def test_a_reading_holds_for_one_draft_only() -> None:
    place: Pledge = factories.pledge()
    one, other = (submitted(reply_draft(place, person())) for _ in range(2))
    with pytest.raises(RefusedError, match="no longer what you read"):
        drafts.approve(one, by=person("reviewer"), read=fingerprint(other), at=AT)
    with pytest.raises(RefusedError, match="no longer what you read"):
        drafts.approve(one, by=person("reviewer"), read="", at=AT)


def test_two_windows_do_not_overwrite_each_other() -> None:
    author = person()
    content = draft(factories.pledge(), author, two_good_items())
    windows = [StatusDraft.objects.get(pk=content.pk) for _ in range(2)]
    drafts.open_edit(windows[0], by=author, revision=1, at=AT)
    windows[0].save()
    with pytest.raises(RefusedError, match="changed meanwhile"):
        drafts.open_edit(windows[1], by=author, revision=1, at=AT)
    assert Draft.objects.get(pk=content.pk).revision == 2


@pytest.mark.parametrize("text", ["", "  \n"])
def test_a_draft_is_not_returned_or_commented_on_without_a_word(text: str) -> None:
    waiting, reviewer = waiting_status(), person("reviewer")
    for say in (drafts.return_, drafts.comment):
        with pytest.raises(RefusedError, match=r"word|empty"):
            say(waiting, by=reviewer, text=text, at=AT)
    assert Draft.objects.get(pk=waiting.pk).state == "in_review"
    assert not waiting.reviews.exists()
