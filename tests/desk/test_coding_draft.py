"""Codings proposed at the desk: from the newest version on, by one, approved by another, and nothing typed is lost."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from commitments.editorial import drafts, people
from commitments.editorial.fingerprint import fingerprint
from commitments.models import LANGUAGES, Coding, CodingDraft, Draft, DraftState, Pledge, StatusUpdate
from tests import factories
from tests.factories import AT, person

pytestmark = pytest.mark.django_db

Desk = Callable[[Any], Client]
ADD = reverse("admin:commitments_codingdraft_add")


def newest(pledge: Pledge) -> Coding:
    return Coding.objects.filter(pledge=pledge).latest("version")


def typed(client: Client, address: str, **changes: Any) -> dict[str, Any]:
    """Return what a browser would send from the form at this address, with some fields changed."""
    form = client.get(address).context["adminform"].form
    data: dict[str, Any] = {}
    for name in form.fields:
        value = form[name].value()
        if isinstance(value, dict):
            data |= {f"{name}_{language}": value.get(language, "") for language in LANGUAGES}
        elif isinstance(value, list):
            data[name] = [getattr(row, "pk", row) for row in value]
        else:
            data[name] = "" if value is None else value
    return data | changes


def add(pledge: Pledge) -> str:
    return f"{ADD}?pledge={pledge.code}"


def begun(client: Client, pledge: Pledge, **changes: Any) -> CodingDraft:
    client.post(add(pledge), typed(client, add(pledge), **changes))
    return CodingDraft.objects.get(pledge=pledge)


def page_of(draft: Draft) -> str:
    return reverse("admin:commitments_codingdraft_change", args=[draft.pk])


def approved(draft: Draft) -> None:
    waiting = Draft.objects.get(pk=draft.pk)
    drafts.approve(waiting, by=person("reviewer"), read=fingerprint(waiting), at=AT)


# --- beginning ------------------------------------------------------------------------------


def test_a_draft_begins_as_the_newest_coding_says(desk: Desk) -> None:
    pledge, curator = factories.pledge(), person()
    begun(desk(curator), pledge)
    draft, coding = CodingDraft.objects.get(), newest(pledge)
    assert (draft.base, draft.author, draft.state) == (coding, curator, DraftState.DRAFT)
    for name in ("title", "trackability", "reason", "test", "due_on", "recurrence", "note"):
        assert getattr(draft, name) == getattr(coding, name)
    for name in Coding.sealed_links:
        assert set(getattr(draft, name).all()) == set(getattr(coding, name).all())


def test_the_text_stands_beside_the_form_in_every_rendition(desk: Desk) -> None:
    pledge = factories.pledge()
    page = desk(person()).get(add(pledge)).content.decode()
    for quote in pledge.quotes.all():
        assert f'<blockquote class="words" lang="{quote.rendition.language}">' in page
    assert "The codebook on trackability" in page


def test_an_unknown_pledge_leads_back_and_says_so(desk: Desk) -> None:
    for code in ("", "NO-1.1", "<script>"):
        answer = desk(person()).get(f"{ADD}?pledge={code}", follow=True)
        assert "There is no pledge" in answer.content.decode()
        assert "<script>”" not in answer.content.decode()


def test_a_viewer_and_somebody_with_a_conflict_begin_nothing(desk: Desk) -> None:
    pledge, close = factories.pledge(), person()
    people.declare_conflict(pledge, by=close, reason="My employer.", at=AT)
    assert desk(person("viewer")).get(add(pledge)).status_code == 403
    assert "You declared a conflict" in desk(close).get(add(pledge), follow=True).content.decode()


def test_a_conflict_declared_while_writing_refuses_the_draft_and_keeps_what_was_typed(desk: Desk) -> None:
    pledge, curator = factories.pledge(), person()
    client = desk(curator)
    data = typed(client, add(pledge), title_en="A title of my own")
    people.declare_conflict(pledge, by=curator, reason="My employer.", at=AT)
    page = client.post(add(pledge), data).content.decode()
    assert "You declared a conflict" in page
    assert "A title of my own" in page
    assert not CodingDraft.objects.exists()


# --- saving and submitting ------------------------------------------------------------------


def test_save_and_submit_hands_it_to_review(desk: Desk) -> None:
    client = desk(person())
    draft = begun(client, factories.pledge(), trackability="continuing", _submit="1")
    assert draft.state == DraftState.IN_REVIEW
    review = client.get(reverse("admin:commitments_draft_review", args=[draft.pk])).content.decode()
    assert "<ins>continuing</ins>" in review
    assert "<del>verifiable</del>" in review


def test_an_incomplete_draft_is_saved_and_says_what_is_missing(desk: Desk) -> None:
    client, pledge = desk(person()), factories.pledge()
    data = typed(client, add(pledge), themes=[], _submit="1") | {"test_zh-hans": ""}
    answer = client.post(add(pledge), data, follow=True)
    draft = CodingDraft.objects.get()
    assert draft.state == DraftState.DRAFT
    assert "Themes: choose at least one" in answer.content.decode()
    assert "Test: write it in 中文 too" in answer.content.decode()


def test_a_later_save_raises_the_revision_and_keeps_the_terms(desk: Desk) -> None:
    client = desk(person())
    draft = begun(client, factories.pledge())
    client.post(page_of(draft), typed(client, page_of(draft), title_en="Better"))
    saved = CodingDraft.objects.get()
    assert (saved.title["en"], saved.revision) == ("Better", draft.revision + 1)
    assert set(saved.themes.all()) == set(draft.themes.all())


def test_saving_takes_a_submitted_draft_back(desk: Desk) -> None:
    client = desk(person())
    draft = begun(client, factories.pledge(), _submit="1")
    assert "Saving takes it back" in client.get(page_of(draft)).content.decode()
    client.post(page_of(draft), typed(client, page_of(draft)))
    assert CodingDraft.objects.get().state == DraftState.DRAFT


def test_two_windows_lose_nothing(desk: Desk) -> None:
    client = desk(person())
    draft = begun(client, factories.pledge())
    one = typed(client, page_of(draft), title_en="From the first window")
    other = typed(client, page_of(draft), title_en="From the second window")
    client.post(page_of(draft), one)
    page = client.post(page_of(draft), other).content.decode()
    assert CodingDraft.objects.get().title["en"] == "From the first window"
    assert "changed meanwhile" in page
    assert "From the second window" in page
    assert "What the other version says" in page
    assert "From the first window" in page.replace("<ins>", "").replace("</ins>", "")
    assert f'href="{reverse("admin:commitments_draft_review", args=[draft.pk])}"' in page
    revision = re.search(r'name="revision" value="(\d+)"', page)
    assert revision
    client.post(page_of(draft), other | {"revision": revision[1]})
    assert CodingDraft.objects.get().title["en"] == "From the second window"


def test_a_revision_that_never_was_is_refused(desk: Desk) -> None:
    client = desk(person())
    draft = begun(client, factories.pledge())
    for revision in ("", "999", "-1", "one"):
        client.post(page_of(draft), typed(client, page_of(draft), revision=revision, title_en="Forged"))
    assert "Forged" not in CodingDraft.objects.get().title["en"]


def test_a_draft_approved_meanwhile_is_not_changed_and_what_was_typed_stays_on_the_screen(desk: Desk) -> None:
    client = desk(person())
    draft = begun(client, factories.pledge(), _submit="1")
    data = typed(client, page_of(draft), title_en="Too late")
    approved(draft)
    page = client.post(page_of(draft), data).content.decode()
    assert "there is no way to edit it" in page
    assert "Too late" in page
    assert "If you save again" not in page
    assert CodingDraft.objects.get().title["en"] != "Too late"


# --- others ---------------------------------------------------------------------------------


def test_others_read_a_draft_at_its_review_page_and_cannot_write(desk: Desk) -> None:
    draft = begun(desk(person()), factories.pledge())
    for role in ("curator", "reviewer", "viewer"):
        other = desk(person(role))
        assert other.get(page_of(draft)).url == reverse(  # type: ignore[attr-defined]
            "admin:commitments_draft_review", args=[draft.pk]
        )
        assert other.post(page_of(draft), {"title_en": "Not mine"}).status_code == 403


def test_a_draft_keeps_its_pledge_and_base_whatever_is_posted(desk: Desk) -> None:
    pledge, other = factories.pledge(), factories.pledge(n=1)
    client = desk(person())
    draft = begun(client, pledge, base=newest(other).pk, author=person().pk, state="published")
    data = typed(client, page_of(draft))
    client.post(f"{page_of(draft)}?pledge={other.code}", {**data, "pledge": other.pk, "base": newest(other).pk})
    saved = CodingDraft.objects.get()
    assert (saved.pledge, saved.base, saved.author_id) == (pledge, newest(pledge), draft.author_id)


# --- versions -------------------------------------------------------------------------------


def test_where_a_newer_version_came_the_draft_is_begun_anew_with_its_words(desk: Desk) -> None:
    pledge, client = factories.pledge(), desk(person())
    draft = begun(client, pledge, title_en="My words")
    theirs = begun(desk(person()), factories.pledge(n=1), _submit="1")  # another pledge's draft changes nothing here
    approved(theirs)
    rival = CodingDraft(pledge=pledge, base=newest(pledge), title=factories.words("Theirs"), trackability="continuing")
    for name in ("reason", "test"):
        setattr(rival, name, getattr(newest(pledge), name))
    drafts.begin(rival, by=person(), at=AT)
    for name in Coding.sealed_links:
        getattr(rival, name).set(getattr(newest(pledge), name).all())
    drafts.submit(rival, by=rival.author, at=AT)
    approved(rival)
    page = client.get(page_of(draft)).content.decode()
    assert f"like={draft.pk}" in page
    again = client.get(f"{add(pledge)}&like={draft.pk}").context["adminform"].form
    assert again.instance.base.version == 2
    assert again["title"].value()["en"] == "My words"


def test_nobody_begins_from_the_words_of_another(desk: Desk) -> None:
    """Who approved a copy of their own words would publish what they wrote."""
    pledge = factories.pledge()
    draft = begun(desk(person()), pledge)
    answer = desk(person()).get(f"{add(pledge)}&like={draft.pk}", follow=True)
    assert "You have no coding draft" in answer.content.decode()


# --- to and from declaratory ----------------------------------------------------------------


def test_the_form_and_the_review_say_that_not_assessable_is_published_with_it(desk: Desk) -> None:
    pledge, client = factories.pledge(), desk(person())
    said = "also publishes the status “not assessable”"
    assert f"Choosing declaratory {said}" in client.get(add(pledge)).content.decode()
    draft = begun(client, pledge, trackability="declaratory", _submit="1")
    review = client.get(reverse("admin:commitments_draft_review", args=[draft.pk])).content.decode()
    assert said in review
    approved(draft)
    assert StatusUpdate.objects.filter(pledge=pledge).latest("seq").status == "not_assessable"


def test_the_review_of_another_change_says_nothing_of_a_status(desk: Desk) -> None:
    client = desk(person())
    draft = begun(client, factories.pledge(), trackability="continuing", _submit="1")
    review = client.get(reverse("admin:commitments_draft_review", args=[draft.pk])).content.decode()
    assert "also publishes the status" not in review


def test_the_end_of_declaratory_is_said_and_published_too(desk: Desk) -> None:
    pledge, client = factories.pledge("declaratory"), desk(person())
    assert (
        "Any choice but declaratory also publishes the status “not assessed”"
        in client.get(add(pledge)).content.decode()
    )
    draft = begun(client, pledge, trackability="directional", _submit="1")
    approved(draft)
    assert StatusUpdate.objects.filter(pledge=pledge).latest("seq").status == "not_assessed"
