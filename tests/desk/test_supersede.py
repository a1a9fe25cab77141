"""A mistake in a public item: a successor, the corrections that follow, and the old one left as it was."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from commitments.editorial import drafts
from commitments.editorial.fingerprint import fingerprint
from commitments.editorial.people import declare_conflict
from commitments.models import Attachment, Audit, DraftCitation, Evidence, StatusDraft
from tests import factories
from tests.desk.sources import change, filled, row
from tests.factories import AT, LATER, draft, evidence, person, submitted, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon", "kept")]


@pytest.fixture
def curator(desk: Callable[[Any], Client]) -> Client:
    return desk(person("curator", "cora"))


def cited_item() -> Evidence:
    """An item on which a published update rests."""
    item = evidence(public_at=None, record="primary", side="china", title="With a misteak")
    waiting = submitted(draft(factories.pledge(), person(), [(item, "supports")]))
    drafts.approve(waiting, by=person("reviewer"), read=fingerprint(waiting), at=AT)
    item.refresh_from_db()
    return item


def supersede(client: Client, item: Evidence, **options: Any) -> Any:
    return client.post(f"/admin/commitments/evidence/{item.pk}/supersede/", **options)


def test_superseding_leads_to_the_successors_form_and_lists_the_corrections(curator: Client) -> None:
    item = cited_item()
    page = supersede(curator, item, follow=True)
    new = Evidence.objects.get(supersedes=item)
    body = page.content.decode()
    assert page.redirect_chain[-1][0] == change(new)
    assert f"{new} takes the place of {item}" in body
    assert 'name="title"' in body
    correction = StatusDraft.objects.get(kind="correction")
    assert f"/admin/commitments/draft/{correction.pk}/review/" in body
    assert (correction.author.username, correction.corrects.status) == ("cora", "in_progress")  # type: ignore[union-attr]
    assert DraftCitation.objects.get(draft=correction).evidence == new
    assert Audit.objects.filter(action="evidence.supersede").count() == 1


def test_the_successor_is_mended_and_becomes_public_with_the_correction(curator: Client) -> None:
    item = cited_item()
    supersede(curator, item)
    new = Evidence.objects.get(supersedes=item)
    bears = new.attachments.get()
    line = row(0, bears.pledge.code, "supports", id=str(bears.pk), evidence=str(new.pk))
    mended = filled(line, stored=1, title="Without", source_url=item.source_url, event_on=f"{LATER}")
    assert curator.post(change(new), mended).status_code == 302
    correction = StatusDraft.objects.get(kind="correction")
    correction.reasoning = words("The title was misread.")
    correction.save()
    waiting = submitted(correction)
    drafts.approve(waiting, by=person("reviewer"), read=fingerprint(waiting), at=AT)
    new.refresh_from_db()
    item.refresh_from_db()
    assert (new.title, new.public_at is not None) == ("Without", True)
    assert (item.title, item.public_at is not None) == ("With a misteak", True)


def test_a_public_item_offers_to_be_superseded_once(curator: Client) -> None:
    item = cited_item()
    assert "/supersede/" in curator.get(change(item)).content.decode()
    supersede(curator, item)
    assert "/supersede/" not in curator.get(change(item)).content.decode()
    assert "is superseded by" in supersede(curator, item, follow=True).content.decode()
    assert Evidence.objects.count() == 2


def test_what_is_not_public_is_simply_changed(curator: Client) -> None:
    item = evidence(public_at=None)
    assert "/supersede/" not in curator.get(change(item)).content.decode()
    assert "simply change it" in supersede(curator, item, follow=True).content.decode()
    assert Evidence.objects.count() == 1


def test_nothing_is_superseded_by_a_link_or_by_a_viewer(curator: Client, desk: Callable[[Any], Client]) -> None:
    item, viewer = cited_item(), desk(person("viewer"))
    assert curator.get(f"/admin/commitments/evidence/{item.pk}/supersede/").status_code == 405
    assert "/supersede/" not in viewer.get(change(item)).content.decode()
    assert "Your role does not let you" in supersede(viewer, item, follow=True).content.decode()
    assert "/login/" in supersede(Client(), item).url
    unsigned = Client(enforce_csrf_checks=True).post(f"/admin/commitments/evidence/{item.pk}/supersede/")
    assert unsigned.status_code == 403
    assert Evidence.objects.count() == 1


def test_an_item_that_nothing_cites_has_a_successor_and_no_corrections(curator: Client) -> None:
    item = evidence()
    Attachment.objects.create(evidence=item, pledge=factories.pledge(), bearing="context", public_at=AT)
    supersede(curator, item)
    new = Evidence.objects.get(supersedes=item)
    assert new.attachments.get().public_at is None
    assert not StatusDraft.objects.exists()


def test_updates_where_one_stands_too_close_are_named_and_left(desk: Callable[[Any], Client]) -> None:
    item, by = cited_item(), person()
    update = item.citations.get().update
    declare_conflict(update.pledge, by=by, reason="A cousin", at=AT)
    text = supersede(desk(by), item, follow=True).content.decode()
    assert f"You may not write there, so these still cite {item}: {update} on {update.pledge}." in text
    assert not StatusDraft.objects.filter(kind="correction").exists()
