"""Differences between two codes: a third person settles them, with a reason, and nothing public changes by it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from commitments.editorial import people
from commitments.editorial.coding import code_blind, settle
from commitments.editorial.policies import RefusedError
from commitments.models import Adjudication, Audit, BlindCoding, Coding, LedgerEntry, StatusUpdate
from tests import factories
from tests.factories import AT, person, published, refused, two_good_items, update

pytestmark = pytest.mark.django_db

Desk = Callable[[Any], Client]
SAID = {"value": "stalled", "why": "Rule: nothing for 18 months."}


def difference(value: str = "stalled", first: StatusUpdate | None = None) -> BlindCoding:
    """Return a second code of a status "in progress"."""
    first = first or published(update(factories.pledge(), "in_progress"), two_good_items())
    return code_blind(first, by=person(), value=value, why="Nothing since.", at=AT)


def page_of(second: BlindCoding) -> str:
    return reverse("admin:commitments_blindcoding_change", args=[second.pk])


def test_a_difference_waits_on_the_front_page_and_in_its_list(desk: Desk) -> None:
    second = difference()
    client = desk(person("reviewer"))
    assert "Codings that differ" in client.get("/admin/").content.decode()
    listed = client.get(reverse("admin:commitments_blindcoding_changelist"), {"queue": "differences"})
    assert page_of(second) in listed.content.decode()


def test_what_both_coded_alike_does_not_wait(desk: Desk) -> None:
    second = difference("in_progress")
    listed = desk(person("reviewer")).get(
        reverse("admin:commitments_blindcoding_changelist"), {"queue": "differences"}
    )
    assert page_of(second) not in listed.content.decode()
    with pytest.raises(RefusedError, match="nothing to settle"):
        settle(second, by=person("reviewer"), at=AT, **SAID)


def test_the_page_shows_the_words_and_both_codes_with_their_reasons(desk: Desk) -> None:
    second = difference()
    page = desk(person("reviewer")).get(page_of(second)).content.decode()
    for shown in ("in progress", "Because.", "stalled", "Nothing since.", "Settle it"):
        assert shown in page
    for quote in second.pledge.quotes.all():
        assert f'lang="{quote.rendition.language}"' in page


def test_a_third_person_settles_it_with_a_reason(desk: Desk) -> None:
    second, reviewer = difference(), person("reviewer")
    before = LedgerEntry.objects.count()
    page = desk(reviewer).post(page_of(second), SAID, follow=True).content.decode()
    settled = Adjudication.objects.get()
    assert (settled.blind_coding, settled.value, settled.by) == (second, "stalled", reviewer)
    assert "Settled. Nothing public has changed" in page
    assert LedgerEntry.objects.count() == before
    assert Audit.objects.get(action="coding.settle").by == reviewer


def test_without_a_reason_nothing_is_settled_and_the_choice_stays(desk: Desk) -> None:
    page = desk(person("reviewer")).post(page_of(difference()), {"value": "stalled", "why": " "}).content.decode()
    assert not Adjudication.objects.exists()
    assert re.search(r'value="stalled"[^>]*checked', page)
    assert "This field is required" in page


@pytest.mark.parametrize("whose", ["second coder", "first author"])
def test_nobody_settles_between_themselves_and_another(whose: str, desk: Desk) -> None:
    two = factories.people()
    first = published(update(factories.pledge(), "in_progress", **two), two_good_items())
    second = difference(first=first)
    who = second.by if whose == "second coder" else two["author"]
    who.is_staff = True
    who.groups.set(person("reviewer").groups.all())
    who.save()
    client = desk(type(who).objects.get(pk=who.pk))
    assert "Settle it as" not in client.get(page_of(second)).content.decode()
    assert "a third person settles" in client.post(page_of(second), SAID).content.decode()
    with refused("a third person settles"):
        Adjudication.objects.create(at=AT, blind_coding=second, by=who, **SAID)
    assert not Adjudication.objects.exists()


def test_a_curator_settles_nothing(desk: Desk) -> None:
    second = difference()
    client = desk(second.by)
    assert "Settle it as" not in client.get(page_of(second)).content.decode()
    with pytest.raises(RefusedError, match="role"):
        settle(second, by=person(), at=AT, **SAID)


def test_a_curator_sees_their_own_second_codes_only(desk: Desk) -> None:
    """Those of others may still be drawn for them."""
    second = difference()
    listed = reverse("admin:commitments_blindcoding_changelist")
    assert page_of(second) in desk(second.by).get(listed).content.decode()
    other = desk(person())
    assert page_of(second) not in other.get(listed).content.decode()
    assert other.get(page_of(second)).status_code == 404


def test_how_a_difference_was_settled_is_hidden_from_those_who_may_still_be_drawn_it(desk: Desk) -> None:
    second = difference()
    settled = settle(second, by=person("reviewer"), at=AT, **SAID)
    listed = reverse("admin:commitments_adjudication_changelist")
    page = reverse("admin:commitments_adjudication_change", args=[settled.pk])
    blind = desk(person())
    for address in (listed, f"{listed}?q={second.pledge.code}", f"{listed}?blind_coding__axis__exact=status"):
        assert page not in blind.get(address).content.decode()
    for address in (page, page.replace("change", "history")):
        assert SAID["why"] not in blind.get(address, follow=True).content.decode()
        assert blind.get(address).status_code == 302  # to the front page, where it says that there is none
    for sees in (second.by, person("reviewer"), person("viewer"), person("administrator")):
        client = desk(sees)
        assert page in client.get(listed).content.decode()
        assert SAID["why"] in client.get(page).content.decode()


def test_a_conflict_of_interest_keeps_a_reviewer_from_it() -> None:
    second, reviewer = difference(), person("reviewer")
    people.declare_conflict(second.pledge, by=reviewer, reason="My employer.", at=AT)
    with pytest.raises(RefusedError, match="conflict of interest"):
        settle(second, by=reviewer, at=AT, **SAID)


def test_a_difference_is_settled_once() -> None:
    second = difference()
    settle(second, by=person("reviewer"), at=AT, **SAID)
    with pytest.raises(RefusedError, match="settled already"):
        settle(BlindCoding.objects.get(pk=second.pk), by=person("reviewer"), at=AT, **SAID)


def test_who_settled_a_difference_is_not_drawn_the_same_judgement() -> None:
    second, reviewer = difference(), person("reviewer")
    settle(second, by=reviewer, at=AT, **SAID)
    with pytest.raises(RefusedError, match="you know the first code"):
        code_blind(second.judged, by=reviewer, value="stalled", why="So.", at=AT)


def test_a_value_that_differs_from_the_published_one_can_be_proposed(desk: Desk) -> None:
    second = difference()
    reviewer = person("reviewer")
    settle(second, by=reviewer, at=AT, **SAID)
    client, query = desk(reviewer), f"?pledge={second.pledge.code}&correct={second.update}&status=stalled"
    assert query.replace("&", "&amp;") in client.get(page_of(second)).content.decode()
    form = client.get(reverse("admin:commitments_statusdraft_add") + query).context["adminform"].form
    assert (form["status"].value(), form.instance.corrects) == ("stalled", second.update)


def test_the_published_value_is_not_proposed_again(desk: Desk) -> None:
    second, reviewer = difference(), person("reviewer")
    settle(second, by=reviewer, at=AT, value="in_progress", why="There was an act.")
    assert "Propose “" not in desk(reviewer).get(page_of(second)).content.decode()


def test_a_settled_trackability_begins_a_coding_with_its_value_and_leaves_the_reason_to_its_author(desk: Desk) -> None:
    coding = Coding.objects.filter(trackability="verifiable").select_related("pledge").first()
    assert coding
    second = code_blind(coding, by=person(), value="continuing", why="It says “continue”.", at=AT)
    reviewer = person("reviewer")
    settled = settle(second, by=reviewer, at=AT, value="continuing", why="The practice exists.")
    client = desk(reviewer)
    address = f"{reverse('admin:commitments_codingdraft_add')}?pledge={coding.pledge.code}&settled={settled.pk}"
    assert address.replace("&", "&amp;") in client.get(page_of(second)).content.decode()
    form = client.get(address).context["adminform"].form
    assert form["trackability"].value() == "continuing"
    assert form.initial["reason"] == {}
    assert "was settled: The practice exists." in form.initial["to_reviewer"]
    blind = desk(person("curator", "blind")).get(address).context["adminform"].form  # who may still be drawn it
    assert (blind["trackability"].value(), blind.initial["to_reviewer"]) == ("verifiable", "")
