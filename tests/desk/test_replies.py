"""The right of reply at the desk: proposed, approved by another, replaced and kept; it changes no status."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from commitments.editorial import drafts
from commitments.editorial.fingerprint import fingerprint
from commitments.models import Draft, DraftState, Pledge, Reply, ReplyDraft, StatusUpdate
from tests import factories
from tests.factories import AT, person

pytestmark = pytest.mark.django_db

Desk = Callable[[Any], Client]
SAID = {
    "side": "china",
    "speaker": "An embassy",
    "stated_on": "2026-03-01",
    "language": "zh-Hans",
    "text_en": "We built it. <b>All</b> of it.",
    "text_zh-hans": "已经建成。",
    "source_url": "https://example.org/statement",
    "received": "",
    "to_reviewer": "",
}


def add(pledge: Pledge, more: str = "") -> str:
    return f"{reverse('admin:commitments_replydraft_add')}?pledge={pledge.code}{more}"


def published_reply(desk: Desk, pledge: Pledge, more: str = "", **said: Any) -> Reply:
    """Propose a reply as a curator does, and approve it as a reviewer does."""
    desk(person()).post(add(pledge, more), SAID | said | {"_submit": "1"})
    waiting = Draft.objects.get(state=DraftState.IN_REVIEW)
    entry = drafts.approve(waiting, by=person("reviewer"), read=fingerprint(waiting), at=AT)
    return Reply.objects.get(seq=entry.seq)


def test_a_reply_is_proposed_and_published_without_a_status(desk: Desk) -> None:
    pledge = factories.pledge()
    reply = published_reply(desk, pledge)
    assert (reply.pledge, reply.speaker, reply.text["zh-hans"]) == (pledge, "An embassy", "已经建成。")
    assert not StatusUpdate.objects.filter(pledge=pledge).exists()


def test_the_review_page_shows_its_words_as_text(desk: Desk) -> None:
    client = desk(person())
    client.post(add(factories.pledge()), SAID | {"_submit": "1"})
    draft = ReplyDraft.objects.get()
    page = client.get(reverse("admin:commitments_draft_review", args=[draft.pk])).content.decode()
    assert "We built it. &lt;b&gt;All&lt;/b&gt; of it." in page
    assert "It changes no status" in page


def test_a_later_reply_names_the_one_it_replaces_and_shows_the_difference(desk: Desk) -> None:
    pledge = factories.pledge()
    first = published_reply(desk, pledge)
    client, more = desk(person()), f"&replaces={first.public_id}"
    assert "An embassy" in client.get(add(pledge, more)).content.decode()
    client.post(add(pledge, more), SAID | {"speaker": "A ministry", "_submit": "1"})
    draft = ReplyDraft.objects.get(state=DraftState.IN_REVIEW)
    assert draft.replaces == first
    page = client.get(reverse("admin:commitments_draft_review", args=[draft.pk])).content.decode()
    assert "<del>An embassy</del>" in page
    assert "<ins>A ministry</ins>" in page
    drafts.approve(Draft.objects.get(pk=draft.pk), by=person("reviewer"), read=fingerprint(draft), at=AT)
    kept = client.get(reverse("admin:commitments_reply_change", args=[first.pk])).content.decode()
    assert "An embassy" in kept
    assert "Propose a later reply" not in kept


@pytest.mark.parametrize("number", ["R0", "R999999", "x", "R1'--"])
def test_a_reply_that_is_not_there_is_not_replaced(number: str, desk: Desk) -> None:
    answer = desk(person()).get(add(factories.pledge(), f"&replaces={number}"), follow=True)
    assert "There is no reply" in answer.content.decode()


def test_a_reply_beside_another_pledge_is_not_replaced(desk: Desk) -> None:
    first = published_reply(desk, factories.pledge())
    answer = desk(person()).get(add(factories.pledge(n=1), f"&replaces={first}"), follow=True)
    assert "There is no reply" in answer.content.decode()


@pytest.mark.parametrize("language", ["Chinese", "zh_Hans", "<b>"])
def test_a_language_is_a_language_tag(language: str, desk: Desk) -> None:
    page = desk(person()).post(add(factories.pledge()), SAID | {"language": language}).content.decode()
    assert "Write a language tag" in page
    assert "已经建成。" in page
    assert not ReplyDraft.objects.exists()


def test_published_replies_are_shown_and_not_changed(desk: Desk) -> None:
    reply = published_reply(desk, factories.pledge())
    client = desk(person("reviewer"))
    page = reverse("admin:commitments_reply_change", args=[reply.pk])
    assert "已经建成。" in client.get(page).content.decode()
    assert client.post(page, SAID).status_code == 403
    assert reply.public_id in client.get(reverse("admin:commitments_reply_changelist")).content.decode()
