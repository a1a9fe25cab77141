"""A preview is the public page on rows that nobody will ever see: the page's own template, and nothing left behind."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.test import Client

from commitments.admin.drafts import preview as module
from commitments.editorial import drafts
from commitments.editorial.preview import as_published
from commitments.editorial.readiness import latest_coding
from commitments.models import CodingDraft, Draft, LedgerEntry, LedgerHead, StatusUpdate
from commitments.models.base import LANGUAGES
from tests import factories
from tests.factories import AT, draft, evidence, person, published, submitted, two_good_items, update, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

Desk = Callable[[Any], Client]


def page_of(content: Draft) -> str:
    return f"/admin/commitments/draft/{content.pk}/preview/"


def everything() -> dict[str, Any]:
    """Return all rows of the record, of the desk and of the people."""
    models = [*apps.get_app_config("commitments").get_models(), get_user_model()]
    return {model.__name__: sorted(map(str, model._default_manager.values())) for model in models}


def proposed(**fields: Any) -> Any:
    item = evidence(public_at=None, record="primary", side="china", publisher="A ministry")
    return draft(factories.pledge(), person(), [(item, "supports"), (evidence(), "supports")], **fields)


def test_the_preview_is_the_public_page_with_what_is_proposed(desk: Desk) -> None:
    content = proposed(summary=words("The base was opened."))
    text = desk(person("viewer")).get(page_of(content)).content.decode()
    for part in ("Preview: not published.", "The base was opened.", "in progress", "A ministry", 'class="permanent"'):
        assert part in text
    assert "The base was opened." not in Client().get(f"/en/pledges/{content.pledge}/").content.decode()


def test_the_preview_differs_from_the_page_after_approval_by_its_banner_alone(desk: Desk) -> None:
    content = proposed()
    waiting, reviewer = submitted(content), person("reviewer")
    before = desk(reviewer).get(page_of(waiting)).content.decode()
    client = desk(reviewer)
    review = f"/admin/commitments/draft/{waiting.pk}/review/"
    read = client.get(review).context["read"]
    client.post(review, {"approve": "1", "read": read})
    after = Client().get(f"/en/pledges/{content.pledge}/").content.decode()

    def main(text: str) -> str:
        whole = text.split("<main")[1].split("</main>")[0]
        return re.sub(
            r'<section aria-labelledby="cite">.*?</section>\s*', "", whole, flags=re.S
        )  # nothing to cite yet

    assert main(before) == main(after)


def test_nothing_is_left_of_it(desk: Desk) -> None:
    content, client = proposed(), desk(person("viewer"))
    client.get(page_of(content))
    before = everything()
    assert client.get(page_of(content)).status_code == 200
    assert everything() == before


def test_nothing_is_left_where_the_page_fails(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    content, client = proposed(), desk(person("viewer"))

    def broken(*args: Any, **kwargs: Any) -> None:
        assert StatusUpdate.objects.filter(pledge=content.pledge).exists()
        raise ZeroDivisionError

    before = everything()
    monkeypatch.setattr(module, "page_of", broken)
    with pytest.raises(ZeroDivisionError):
        client.get(page_of(content))
    assert everything() == before


@pytest.mark.django_db(transaction=True)
def test_nothing_is_left_in_the_file_on_the_disk() -> None:
    """Outside the transaction that other tests stand in: the rollback is the preview's own."""
    content = proposed()
    before = everything()
    with as_published(content, at=AT) as on:
        assert on == AT.date()
        assert LedgerHead.objects.get().seq == LedgerEntry.objects.count()
        assert everything() != before
    assert everything() == before
    with pytest.raises(KeyError), as_published(content, at=AT):
        raise KeyError
    assert everything() == before


def test_no_cache_keeps_it(desk: Desk) -> None:
    answer = desk(person("viewer")).get(page_of(proposed()))
    assert "no-store" in answer.headers["Cache-Control"]
    assert "public" not in answer.headers["Cache-Control"]
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert "ETag" not in answer.headers


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_there_in_every_language(desk: Desk, language: str) -> None:
    content = proposed(summary={language: f"Words in {language}."})
    text = desk(person("viewer")).get(page_of(content), {"language": language}).content.decode()
    assert f"Words in {language}." in text
    assert f'href="/{language}/pledges/{content.pledge}/"' in text


def test_an_unknown_language_is_english(desk: Desk) -> None:
    assert "In its own words" in desk(person()).get(page_of(proposed()), {"language": "../xx"}).content.decode()


def test_a_draft_that_is_not_ready_says_what_it_lacks(desk: Desk) -> None:
    content = draft(factories.pledge(), person())
    text = desk(person("viewer")).get(page_of(content), follow=True).content.decode()
    assert "There is no preview yet." in text
    assert "needs at least one item of evidence" in text


def test_a_withdrawal_shows_the_page_without_what_it_withdraws(desk: Desk) -> None:
    pledge = factories.pledge()
    first = published(update(pledge, "in_progress", summary=words("It was wrong.")), two_good_items())
    content = draft(pledge, person(), kind="withdrawal", corrects=first)
    text = desk(person("viewer")).get(page_of(content)).content.decode()
    assert "not assessed" in text.split("<h1>")[1].split("</header>")[0]


def test_a_coding_is_previewed_too_and_the_search_finds_the_old_title(desk: Desk) -> None:
    pledge, curator = factories.pledge(), person()
    base = latest_coding(pledge)
    says = {name: getattr(base, name) for name in ("trackability", "reason", "due_on", "recurrence", "note")}
    content = CodingDraft(pledge=pledge, base=base, title=words("Zanzibar reread"), test=words("A new test."), **says)
    drafts.begin(content, by=curator, at=AT)
    for name in ("actors", "themes"):
        getattr(content, name).set(getattr(base, name).all())
    text = desk(person("viewer")).get(page_of(content)).content.decode()
    assert "<h1>Zanzibar reread</h1>" in text
    found = Client().get("/api/v1/pledges/?q=Zanzibar").json()
    assert found["count"] == 0


def test_somebody_without_a_role_previews_nothing(desk: Desk) -> None:
    nobody = person()
    nobody.groups.clear()
    assert desk(nobody).get(page_of(proposed())).status_code == 403


def test_a_day_that_has_not_come_is_not_previewed(desk: Desk) -> None:
    content = proposed(effective_on=date(2030, 1, 1))
    assert "this day has not come yet" in desk(person()).get(page_of(content), follow=True).content.decode()
