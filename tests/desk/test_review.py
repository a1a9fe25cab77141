"""A second person reads a draft as it would be published, and approves that and nothing else."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from commitments.editorial import drafts, people
from commitments.models import (
    Audit,
    CodingDraft,
    Draft,
    DraftState,
    Evidence,
    LedgerEntry,
    Review,
    Right,
    StatusDraft,
    StatusUpdate,
    Theme,
)
from tests import factories
from tests.desk.test_coding_draft import typed
from tests.factories import AT, draft, evidence, person, published, submitted, two_good_items, update, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

Desk = Callable[[Any], Client]


def page_of(waiting: Draft) -> str:
    return f"/admin/commitments/draft/{waiting.pk}/review/"


def read(client: Client, waiting: Draft) -> str:
    """Open the review, and return the fingerprint of what it showed."""
    found = re.search(r'name="read" value="([0-9a-f]{64})"', client.get(page_of(waiting)).content.decode())
    assert found
    return found[1]


def waiting_draft(**fields: Any) -> Draft:
    return submitted(draft(factories.pledge(), person(), two_good_items(), **fields))


def state(waiting: Draft) -> str:
    return Draft.objects.get(pk=waiting.pk).state


def public() -> int:
    return LedgerEntry.objects.count()


# --- reading --------------------------------------------------------------------------------


def test_the_review_shows_what_would_be_published_in_full(desk: Desk) -> None:
    pledge = factories.pledge()
    standing = published(update(pledge, "announced", summary=words("So far a plan.")), [(evidence(), "supports")])
    item = evidence(
        public_at=None, record="primary", side="lac", publisher="A ministry", source_url="https://gov.example/1"
    )
    content = draft(
        pledge,
        person("curator", "ana"),
        [(item, "supports")],
        summary=words("Now the work."),
        to_reviewer="Mind the date.",
    )
    text = desk(person("reviewer")).get(page_of(submitted(content))).content.decode()
    shown = [standing.public_id, item.public_id, "A ministry", "https://gov.example/1", "becomes public with this"]
    shown += ["one side only", "Mind the date.", "It happened.", 'lang="es"', '<mark data-codes="', "2026-01-15"]
    for part in shown:
        assert part in text
    assert "<ins>Now" in text
    assert "<del>So" in text


def test_a_correction_stands_beside_what_it_corrects(desk: Desk) -> None:
    pledge = factories.pledge()
    first = published(update(pledge, "in_progress", summary=words("Ten were built.")), two_good_items())
    published(update(pledge, "announced", summary=words("Something later.")), two_good_items())
    content = draft(
        pledge, person(), two_good_items(), kind="correction", corrects=first, summary=words("Two were built.")
    )
    text = desk(person("reviewer")).get(page_of(submitted(content))).content.decode()
    assert f"corrects <b>{first}</b>" in text
    assert "<del>Ten</del>" in text
    assert "<ins>Two</ins>" in text
    assert "Something" not in text.split("What would be published")[1].split("Stands now")[0]


def test_what_changed_since_it_was_returned_is_marked(desk: Desk) -> None:
    curator, reviewer = person(), person("reviewer")
    content = draft(factories.pledge(), curator, summary=words("A bridge."))
    first, second = two_good_items()
    drafts.cite(content, [first], by=curator, at=AT)
    drafts.return_(submitted(content), by=reviewer, text="Which bridge? And cite another source.", at=AT)
    content = StatusDraft.objects.get()
    drafts.open_edit(content, by=curator, revision=1, at=AT)
    content.summary = words("A railway bridge.")
    content.save()
    drafts.cite(content, [first, second], by=curator, at=AT)
    text = desk(reviewer).get(page_of(submitted(content))).content.decode()
    changed = text.split("Changed since it was returned")[1].split("</table>")[0]
    assert "railway</ins>" in changed
    assert second[0].public_id in changed
    assert "Which bridge?" in text


def test_terms_that_changed_since_a_coding_was_returned_are_marked(desk: Desk) -> None:
    curator, reviewer, pledge = person(), person("reviewer"), factories.pledge()
    client, add = desk(curator), f"/admin/commitments/codingdraft/add/?pledge={pledge.code}"
    client.post(add, typed(client, add))
    content = CodingDraft.objects.get()
    drafts.submit(content, by=curator, at=AT)
    drafts.return_(content, by=reviewer, text="Which theme? And whose right?", at=AT)
    assert "Changed since it was returned" not in client.get(page_of(content)).content.decode()
    change = f"/admin/commitments/codingdraft/{content.pk}/change/"
    themes, rights = content.themes.all(), content.rights.all()
    gone, theme = themes[0], Theme.objects.exclude(pk__in=themes)[0]
    right = Right.objects.exclude(pk__in=rights)[0]
    data = typed(client, change)
    chosen = [theme.pk, *(term.pk for term in themes if term != gone)]
    client.post(change, data | {"themes": chosen, "rights": [*data["rights"], right.pk]})
    text = desk(reviewer).get(page_of(content)).content.decode()
    changed = re.sub(r"</?(del|ins)>", "", text.split("Changed since it was returned")[1].split("</table>")[0])
    rows = re.findall(r'scope="row">(\w+)</th>.*?<td[^>]*>(.*?)</td><td[^>]*>(.*?)</td>', changed, re.S)
    found = {name: [set(unescape(side).split(", ")) for side in sides] for name, *sides in rows}
    assert set(found) == {"Themes", "Rights"}
    assert found["Themes"][0] - found["Themes"][1] == {gone.name["en"]}
    assert found["Themes"][1] - found["Themes"][0] == {theme.name["en"]}
    assert right.name["en"] in found["Rights"][1] - found["Rights"][0]


def test_a_full_draft_costs_as_many_queries_as_a_bare_one(desk: Desk) -> None:
    client = desk(person("reviewer"))

    def asked(waiting: Draft) -> int:
        client.get(page_of(waiting))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(page_of(waiting)).status_code == 200
        return len(queries)

    few = waiting_draft()
    many = submitted(draft(factories.pledge(n=1), person(), [pair for _ in range(6) for pair in two_good_items()]))
    assert asked(few) == asked(many) < 60


# --- approving ------------------------------------------------------------------------------


def test_a_reviewer_approves_what_they_read(desk: Desk) -> None:
    reviewer, waiting = person("reviewer"), waiting_draft()
    client = desk(reviewer)
    answer = client.post(
        page_of(waiting), {"approve": "1", "read": read(client, waiting), "text": "Well done."}, follow=True
    )
    made = StatusUpdate.objects.get(author=waiting.author)
    text = answer.content.decode()
    assert (made.approver, state(waiting)) == (reviewer, DraftState.PUBLISHED)
    assert made.public_id in text
    assert f'href="/en/pledges/{made.pledge}/"' in text
    assert "Approve and publish" not in text
    assert Review.objects.get().text == "Well done."


@pytest.mark.parametrize("role", ["viewer", "curator", "administrator"])
def test_who_is_no_reviewer_approves_and_returns_nothing(desk: Desk, role: str) -> None:
    client, waiting, before = desk(person(role)), waiting_draft(), public()
    seen = read(client, waiting)
    for button in ("approve", "return"):
        answer = client.post(page_of(waiting), {button: "1", "read": seen, "text": "Because I can."})
        assert answer.status_code == 409
        assert "Your role does not let you" in answer.content.decode()
    assert (public(), state(waiting)) == (before, DraftState.IN_REVIEW)


def test_nobody_approves_or_returns_what_they_wrote(desk: Desk) -> None:
    reviewer = person("reviewer")
    waiting, before = submitted(draft(factories.pledge(), reviewer, two_good_items())), public()
    client = desk(reviewer)
    assert "Approve and publish" not in client.get(page_of(waiting)).content.decode()
    answer = client.post(page_of(waiting), {"approve": "1", "read": read(client, waiting)})
    assert "Nobody publishes what they wrote" in answer.content.decode()
    assert client.post(page_of(waiting), {"return": "1", "text": "x"}).status_code == 409
    assert (public(), state(waiting)) == (before, DraftState.IN_REVIEW)


def test_who_declared_a_conflict_approves_nothing_there(desk: Desk) -> None:
    reviewer, waiting, before = person("reviewer"), waiting_draft(), public()
    people.declare_conflict(waiting.about, by=reviewer, reason="x", at=AT)
    client = desk(reviewer)
    answer = client.post(page_of(waiting), {"approve": "1", "read": read(client, waiting)})
    assert "You declared a conflict of interest" in answer.content.decode()
    assert public() == before


@pytest.mark.parametrize("forged", ["", "0" * 64, "' OR 1=1 --"])
def test_an_approval_of_something_else_is_refused(desk: Desk, forged: str) -> None:
    waiting, before = waiting_draft(), public()
    answer = desk(person("reviewer")).post(page_of(waiting), {"approve": "1", "read": forged})
    assert answer.status_code == 409
    assert "no longer what you read" in answer.content.decode()
    assert (public(), state(waiting)) == (before, DraftState.IN_REVIEW)


def test_a_draft_that_changed_after_it_was_read_comes_back_new_with_the_reviewers_words(desk: Desk) -> None:
    waiting, before = waiting_draft(), public()
    client = desk(person("reviewer"))
    seen, content = read(client, waiting), StatusDraft.objects.get()
    drafts.open_edit(content, by=content.author, revision=1, at=AT)
    content.summary = words("Something else altogether.")
    content.save()
    drafts.submit(content, by=content.author, at=AT)
    answer = client.post(page_of(waiting), {"approve": "1", "read": seen, "text": "My careful words."})
    text = answer.content.decode()
    assert "no longer what you read" in text
    assert "Something else altogether." in text
    assert "My careful words.</textarea>" in text
    assert seen not in text
    assert public() == before


def test_evidence_that_changed_after_it_was_read_voids_the_approval(desk: Desk) -> None:
    item = evidence(public_at=None, record="primary", side="china")
    waiting, before = submitted(draft(factories.pledge(), person(), [(item, "supports")])), public()
    client = desk(person("reviewer"))
    seen = read(client, waiting)
    Evidence.objects.filter(pk=item.pk).update(fact=words("Nothing happened."))
    answer = client.post(page_of(waiting), {"approve": "1", "read": seen})
    assert "no longer what you read" in answer.content.decode()
    assert "Nothing happened." in answer.content.decode()
    assert public() == before


# --- the other buttons ----------------------------------------------------------------------


def test_a_draft_is_returned_with_a_reason_and_not_without(desk: Desk) -> None:
    waiting, client = waiting_draft(), desk(person("reviewer"))
    assert "Say what has to change" in client.post(page_of(waiting), {"return": "1", "text": " "}).content.decode()
    assert state(waiting) == DraftState.IN_REVIEW
    client.post(page_of(waiting), {"return": "1", "text": "The date is wrong."})
    assert state(waiting) == DraftState.RETURNED
    assert "The date is wrong." in desk(waiting.author).get(page_of(waiting)).content.decode()


def test_a_comment_stands_beside_the_draft_and_changes_nothing(desk: Desk) -> None:
    waiting = waiting_draft()
    desk(person()).post(page_of(waiting), {"comment": "1", "text": "I was there."})
    assert state(waiting) == DraftState.IN_REVIEW
    assert "I was there." in desk(person("viewer")).get(page_of(waiting)).content.decode()


def test_a_viewer_neither_comments_nor_withdraws(desk: Desk) -> None:
    waiting, client = waiting_draft(), desk(person("viewer"))
    assert "<textarea" not in client.get(page_of(waiting)).content.decode()
    for button in ("comment", "withdraw", "submit", "reopen"):
        assert client.post(page_of(waiting), {button: "1", "text": "x"}).status_code == 409
    assert (state(waiting), Review.objects.count()) == (DraftState.IN_REVIEW, 0)


def test_the_author_withdraws_takes_up_again_and_submits(desk: Desk) -> None:
    waiting = waiting_draft()
    client, states = desk(waiting.author), []
    for button in ("withdraw", "reopen", "submit"):
        assert f'name="{button}"' in client.get(page_of(waiting)).content.decode()
        client.post(page_of(waiting), {button: "1"})
        states.append(state(waiting))
    assert states == [DraftState.WITHDRAWN, DraftState.DRAFT, DraftState.IN_REVIEW]


def test_another_curator_does_not_withdraw_it(desk: Desk) -> None:
    waiting = waiting_draft()
    answer = desk(person()).post(page_of(waiting), {"withdraw": "1"})
    assert "Your role does not let you withdraw the drafts of others" in answer.content.decode()
    assert state(waiting) == DraftState.IN_REVIEW


@pytest.mark.parametrize("button", ["approve", "return", "comment", "withdraw", "submit", "reopen"])
def test_an_address_alone_does_nothing(desk: Desk, button: str) -> None:
    waiting = waiting_draft()
    client, acts = desk(person("reviewer")), Audit.objects.count()
    client.get(page_of(waiting), {button: "1", "read": read(client, waiting), "text": "x"})
    assert (state(waiting), Audit.objects.count(), Review.objects.count()) == (DraftState.IN_REVIEW, acts, 0)


def test_a_post_without_a_button_does_nothing(desk: Desk) -> None:
    waiting = waiting_draft()
    assert desk(person("reviewer")).post(page_of(waiting), {"text": "x"}).status_code == 409
    assert (state(waiting), Review.objects.count()) == (DraftState.IN_REVIEW, 0)


def test_a_draft_that_is_not_there_is_not_found(desk: Desk) -> None:
    for number in ("999999", "9" * 30):
        assert desk(person()).get(f"/admin/commitments/draft/{number}/review/").status_code == 404


def test_the_desk_is_shut_to_readers(client: Client) -> None:
    waiting = waiting_draft()
    for name in ("review", "preview"):
        answer = client.get(f"/admin/commitments/draft/{waiting.pk}/{name}/")
        assert answer.status_code == 302
        assert "/account/" in answer.headers["Location"] or "login" in answer.headers["Location"]
