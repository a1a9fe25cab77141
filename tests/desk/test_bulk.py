"""The list of drafts, and what is done with several of them at once: by the same rules as with one."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from commitments.admin.drafts.bulk import MOST
from commitments.editorial import drafts
from commitments.models import Draft, DraftState, LedgerEntry, Review, StatusDraft
from tests import factories
from tests.factories import AT, draft, evidence, person, published, submitted, two_good_items, update, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

Desk = Callable[[Any], Client]
LIST = "/admin/commitments/draft/"


def waiting(by: Any = None, n: int = 0, **fields: Any) -> Draft:
    return submitted(draft(factories.pledge(n=n), by or person(), two_good_items(), **fields))


def do(client: Client, action: str, chosen: list[Draft], **fields: Any) -> str:
    """Choose an action for some drafts, and return the page that follows."""
    data = {"action": action, "_selected_action": [one.pk for one in chosen], **fields}
    answer = client.post(LIST, data, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def shown_fingerprints(text: str) -> dict[str, str]:
    return dict(re.findall(r'name="(read-\d+)" value="([0-9a-f]{64})"', text))


def sent_with(text: str) -> dict[str, str]:
    """Return what the form that asks for the confirmation sends besides the boxes."""
    return dict(re.findall(r'type="hidden" name="([\w-]+)" value="([^"]*)"', text))


def states(*chosen: Draft) -> list[str]:
    found = dict(Draft.objects.values_list("pk", "state"))
    return [found[one.pk] for one in chosen]


# --- the list -------------------------------------------------------------------------------


def test_the_list_says_what_each_draft_would_change(desk: Desk) -> None:
    pledge, author = factories.pledge(), person("curator", "ana")
    published(update(pledge, "announced"), [(evidence(), "supports")])
    drafts.submit(draft(pledge, author, two_good_items()), by=author, at=AT - timedelta(days=3))
    text = desk(person()).get(LIST).content.decode()
    for part in (pledge.code, "status update", "announced (provisional)", "in progress", "in review", "3 days", "ana"):
        assert part in text


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ({"state__exact": "in_review"}, [0]),
        ({"subject__exact": "status"}, [0, 1]),
        ({"subject__exact": "reply"}, []),
        ({"whose": "mine"}, [0]),
        ({"whose": "others"}, [1]),
    ],
)
def test_each_filter_keeps_what_it_says(desk: Desk, question: dict[str, str], found: list[int]) -> None:
    curator = person()
    both = [waiting(curator), draft(factories.pledge(n=1), person())]
    shown = desk(curator).get(LIST, question).context["cl"].result_list
    assert {one.pk for one in shown} == {both[n].pk for n in found}


def test_the_drafts_of_one_pledge(desk: Desk) -> None:
    one, _ = waiting(), waiting(n=1)
    shown = desk(person()).get(LIST, {"pledge": one.about.code}).context["cl"].result_list
    assert [found.pk for found in shown] == [one.pk]


def test_a_long_list_costs_as_many_queries_as_a_short_one(desk: Desk) -> None:
    client = desk(person())

    def asked() -> int:
        client.get(LIST)
        with CaptureQueriesContext(connection) as queries:
            client.get(LIST)
        return len(queries)

    waiting()
    short = asked()
    for n in range(1, 6):
        waiting(n=n)
    assert asked() == short


def test_the_lists_of_single_subjects_lead_here(desk: Desk) -> None:
    answer = desk(person()).get("/admin/commitments/statusdraft/")
    assert answer.headers["Location"] == f"{LIST}?subject__exact=status"


# --- one's own ------------------------------------------------------------------------------


def test_submitting_several_submits_ones_own_and_says_why_not_the_others(desk: Desk) -> None:
    curator = person()
    ready, empty = draft(factories.pledge(), curator, two_good_items()), draft(factories.pledge(n=1), curator)
    foreign = draft(factories.pledge(n=2), person(), two_good_items())
    text = do(desk(curator), "submit", [ready, empty, foreign])
    assert states(ready, empty, foreign) == [DraftState.IN_REVIEW, DraftState.DRAFT, DraftState.DRAFT]
    for said in ("1 draft submitted.", "needs at least one item of evidence", "Only its author submits a draft."):
        assert said in text


def test_a_curator_withdraws_their_own_and_nobody_elses(desk: Desk) -> None:
    curator = person()
    own, foreign = waiting(curator), waiting(n=1)
    text = do(desk(curator), "withdraw", [own, foreign])
    assert states(own, foreign) == [DraftState.WITHDRAWN, DraftState.IN_REVIEW]
    assert "Your role does not let you withdraw the drafts of others" in text


# --- returning ------------------------------------------------------------------------------


def test_several_are_returned_with_one_comment_that_is_asked_for_first(desk: Desk) -> None:
    both, client = [waiting(), waiting(n=1)], desk(person("reviewer"))
    assert "What has to change" in do(client, "return_", both)
    assert "Say what has to change." in do(client, "return_", both, confirmed="1", text="  ")
    assert states(*both) == [DraftState.IN_REVIEW] * 2
    assert "2 drafts returned." in do(client, "return_", both, confirmed="1", text="Give the source.")
    assert states(*both) == [DraftState.RETURNED] * 2
    assert set(Review.objects.values_list("text", flat=True)) == {"Give the source."}


# --- approving ------------------------------------------------------------------------------


def test_every_draft_is_shown_in_full_before_several_are_approved(desk: Desk) -> None:
    one, other = waiting(summary=words("A port was built.")), waiting(n=1, summary=words("A school was opened."))
    text = do(desk(person("reviewer")), "approve", [one, other])
    for part in ("A port was built.", "A school was opened.", "Evidence that it would cite (2)", "Grade A"):
        assert part in text
    assert text.count("In its own words") == 2
    assert len(shown_fingerprints(text)) == 2
    assert states(one, other) == [DraftState.IN_REVIEW] * 2


def test_those_that_were_shown_are_approved_each_by_itself(desk: Desk) -> None:
    one, other, third = waiting(), waiting(n=1), waiting(n=2)
    client = desk(person("reviewer"))
    read = shown_fingerprints(do(client, "approve", [one, other, third]))
    content = StatusDraft.objects.get(pk=other.pk)
    drafts.open_edit(content, by=content.author, revision=1, at=AT)
    content.save()
    drafts.submit(content, by=content.author, at=AT)
    text = do(client, "approve", [one, other, third], confirmed="1", **read)
    assert states(one, other, third) == [DraftState.PUBLISHED, DraftState.IN_REVIEW, DraftState.PUBLISHED]
    assert "2 drafts approved and published." in text
    assert f"tatus update for {other.pledge} (draft {other.pk}): This is no longer what you read" in text


def test_of_two_drafts_on_one_pledge_the_second_is_read_again(desk: Desk) -> None:
    one, other = waiting(), waiting()
    client = desk(person("reviewer"))
    read = shown_fingerprints(do(client, "approve", [one, other]))
    text = do(client, "approve", [one, other], confirmed="1", **read)
    assert sorted(states(one, other)) == [DraftState.IN_REVIEW, DraftState.PUBLISHED]
    assert "no longer what you read" in text


def test_where_nothing_is_ticked_the_page_says_so(desk: Desk) -> None:
    one, client = waiting(), desk(person("reviewer"))
    sent = sent_with(do(client, "approve", [one]))
    for form in (sent, {"action": "approve", "select_across": "0", "index": "0"}):
        answer = client.post(LIST, form, follow=True)
        assert "Items must be selected in order to perform actions on them." in answer.content.decode()
    client.post(LIST, sent | {"_selected_action": [one.pk]})
    assert states(one) == [DraftState.PUBLISHED]


def test_what_nobody_was_shown_is_not_approved(desk: Desk) -> None:
    one, before = waiting(), LedgerEntry.objects.count()
    client = desk(person("reviewer"))
    for forged in ({}, {f"read-{one.pk}": "0" * 64}):
        assert "no longer what you read" in do(client, "approve", [one], confirmed="1", **forged)
    assert (states(one), LedgerEntry.objects.count()) == ([DraftState.IN_REVIEW], before)


def test_ones_own_are_named_and_left_out(desk: Desk) -> None:
    reviewer = person("reviewer")
    own, foreign = waiting(reviewer), waiting(n=1)
    client = desk(reviewer)
    text = do(client, "approve", [own, foreign])
    assert "Nobody publishes what they wrote" in text
    read = shown_fingerprints(text)
    assert set(read) == {f"read-{foreign.pk}"}
    do(client, "approve", [own, foreign], confirmed="1", **read, **{f"read-{own.pk}": "0" * 64})
    assert states(own, foreign) == [DraftState.IN_REVIEW, DraftState.PUBLISHED]


@pytest.mark.parametrize("role", ["viewer", "curator", "administrator"])
@pytest.mark.parametrize("action", ["approve", "return_"])
def test_who_is_no_reviewer_has_no_such_action(desk: Desk, role: str, action: str) -> None:
    one, before = waiting(), LedgerEntry.objects.count()
    text = do(desk(person(role)), action, [one], confirmed="1", text="x")
    assert f'value="{action}"' not in text
    assert (states(one), LedgerEntry.objects.count()) == ([DraftState.IN_REVIEW], before)


def test_a_viewer_has_no_action_at_all(desk: Desk) -> None:
    one = waiting()
    for action in ("submit", "withdraw"):
        do(desk(person("viewer")), action, [one])
    assert states(one) == [DraftState.IN_REVIEW]


def test_more_than_anybody_reads_is_refused(desk: Desk) -> None:
    curator = person()
    many = [waiting(curator) for _ in range(MOST + 1)]
    assert f"Choose {MOST} drafts at most" in do(desk(person("reviewer")), "approve", many)
