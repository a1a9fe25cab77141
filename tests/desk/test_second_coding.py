"""The second coding: drawn, not chosen; blind; recorded once."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.core import signing
from django.db import transaction
from django.test import Client

from commitments.editorial import drafts, people
from commitments.editorial.coding import code_blind
from commitments.editorial.fingerprint import fingerprint
from commitments.editorial.policies import RefusedError
from commitments.models import Attachment, Audit, BlindCoding, Coding, StatusUpdate, UpdateKind
from tests import factories
from tests.factories import AT, draft, evidence, person, published, refused, submitted, two_good_items, update

pytestmark = pytest.mark.django_db

Desk = Callable[[Any], Client]
PAGE = "/admin/second-coding/"


def coding_of(pledge: Any) -> Coding:
    return Coding.objects.filter(pledge=pledge).latest("version")


def drawn(client: Client, axis: str) -> str:
    """Return the sealed name of what the page asks to code."""
    page = client.get(PAGE, {"axis": axis}).content.decode()
    found = re.search(r'name="drawn" value="([^"]+)"', page)
    assert found, page
    return found[1]


def pk_of(seal: str) -> int:
    return int(signing.loads(seal, salt="second-coding")[2])


def without_tokens(page: str) -> str:
    return re.sub(r'name="(csrfmiddlewaretoken|drawn)" value="[^"]+"', "", page)


def a_status(status: str = "in_progress") -> StatusUpdate:
    """Return a published status, the only one in the record."""
    return published(update(factories.pledge(), status), two_good_items())


# --- drawing --------------------------------------------------------------------------------


def test_a_reload_shows_the_same_judgement(desk: Desk) -> None:
    client = desk(person())
    assert pk_of(drawn(client, "trackability")) == pk_of(drawn(client, "trackability"))


def test_different_people_are_drawn_different_judgements(desk: Desk) -> None:
    assert len({pk_of(drawn(desk(person()), "trackability")) for _ in range(6)}) > 1


def test_skipping_leads_to_another_and_is_remembered(desk: Desk) -> None:
    client = desk(person())
    first = drawn(client, "trackability")
    client.post(f"{PAGE}?axis=trackability", {"drawn": first, "_skip": "1"})
    assert pk_of(drawn(client, "trackability")) != pk_of(first)
    assert not BlindCoding.objects.exists()


def test_what_was_skipped_can_be_asked_for_again(desk: Desk) -> None:
    a_status()
    client = desk(person())
    client.post(f"{PAGE}?axis=status", {"drawn": drawn(client, "status"), "_skip": "1"})
    assert "the 1 that you skipped" in client.get(PAGE, {"axis": "status"}).content.decode()
    client.post(f"{PAGE}?axis=status", {"_again": "1"})
    assert drawn(client, "status")


def test_those_that_nobody_has_coded_again_come_first(desk: Desk) -> None:
    other, me = person(), person()
    client = desk(me)
    first = pk_of(drawn(client, "trackability"))
    code_blind(Coding.objects.get(pk=first), by=other, value="verifiable", why="So.", at=AT)
    assert pk_of(drawn(client, "trackability")) != first


def test_nobody_is_drawn_what_they_wrote_approved_or_reviewed(desk: Desk) -> None:
    curator, reviewer, reader = person(), person("reviewer"), person()
    waiting = submitted(draft(factories.pledge(), curator, two_good_items()))
    drafts.comment(waiting, by=reader, text="A word.", at=AT)
    drafts.approve(waiting, by=reviewer, read=fingerprint(waiting), at=AT)
    for hand in (curator, reviewer, reader):
        assert "Nothing is left" in desk(hand).get(PAGE, {"axis": "status"}).content.decode()
    assert drawn(desk(person()), "status")


def test_nobody_is_drawn_a_pledge_on_which_they_declared_a_conflict(desk: Desk) -> None:
    me, judged = person(), a_status()
    people.declare_conflict(judged.pledge, by=me, reason="My employer.", at=AT)
    assert "Nothing is left" in desk(me).get(PAGE, {"axis": "status"}).content.decode()


def test_who_settles_differences_is_drawn_nothing_that_was_coded_again(desk: Desk) -> None:
    """Reviewers see the codes of others in the list."""
    code_blind(a_status(), by=person(), value="stalled", why="So.", at=AT)
    assert "Nothing is left" in desk(person("reviewer")).get(PAGE, {"axis": "status"}).content.decode()


def test_only_what_stands_is_drawn(desk: Desk) -> None:
    first = a_status()
    later = published(
        update(first.pledge, "stalled", kind="correction", corrects=first), two_good_items("contradicts")
    )
    assert pk_of(drawn(desk(person()), "status")) == later.pk


def test_a_viewer_codes_nothing(desk: Desk) -> None:
    assert desk(person("viewer")).get(PAGE).status_code == 403


# --- blind ----------------------------------------------------------------------------------


def page_on(status: str, desk: Desk, me: Any) -> str:
    """Return the page on a pledge that has this status, on items that say the same whatever it is."""
    items = two_good_items("supports" if status == "in_progress" else "contradicts")
    for n, (item, _) in enumerate(items):
        item.public_id, item.origin, item.source_url = f"E{990_000 + n}", f"o-{n}", f"https://example.org/{n}"
        item.save()
    published(update(factories.pledge(), status), items)
    return without_tokens(desk(me).get(PAGE, {"axis": "status"}).content.decode())


@contextmanager
def undone() -> Iterator[None]:
    """Take back what is done inside."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_the_page_on_a_status_is_the_same_whatever_the_status_is(desk: Desk) -> None:
    """Not a sign, not a title, not what an item was taken to do: nothing of the first judgement is in its source."""
    me, seen = person(), set()
    for status in ("in_progress", "stalled"):
        with undone():
            seen.add(page_on(status, desk, me))
    assert len(seen) == 1
    assert "E990000" in seen.pop()


def test_the_page_on_words_is_the_same_whatever_their_trackability_is(desk: Desk) -> None:
    me, two = person(), factories.people()
    pledge = factories.pledge("verifiable")
    seen = set()
    for value in ("verifiable", "directional", "continuing"):
        with undone():
            first = coding_of(pledge)
            code_all_others(pledge, two)
            again = Coding(
                pledge=pledge, version=2, trackability=value, author=two["author"], approver=two["approver"]
            )
            again.title, again.test, again.reason = {"en": f"Title {value}"}, first.test, {"en": f"Because {value}."}
            again.note = {"en": f"Note {value}"}
            again.save()
            Coding.objects.filter(pk=again.pk).update(published_at=AT)
            seen.add(without_tokens(desk(me).get(PAGE, {"axis": "trackability"}).content.decode()))
    assert len(seen) == 1


def code_all_others(pledge: Any, two: dict[str, Any]) -> None:
    """Let somebody code everything else, so that this pledge is drawn first."""
    rest = Coding.objects.exclude(pledge=pledge).select_related("pledge")
    BlindCoding.objects.bulk_create(
        BlindCoding(
            at=AT, axis="trackability", pledge=c.pledge, coding=c, value="verifiable", why="So.", by=two["author"]
        )
        for c in rest
    )


def test_the_coder_sees_the_evidence_as_readers_had_it_then(desk: Desk) -> None:
    judged = a_status()
    next_day = AT + timedelta(days=1)
    later, private, elsewhere = evidence(public_at=next_day), evidence(public_at=None), evidence()
    for item, beside_since in ((later, next_day), (private, None), (elsewhere, next_day)):
        Attachment.objects.create(evidence=item, pledge=judged.pledge, bearing="supports", public_at=beside_since)
    page = desk(person()).get(PAGE, {"axis": "status"}).content.decode()
    cited = judged.citations.get(evidence__record="primary").evidence
    assert cited.public_id in page
    assert later.public_id not in page
    assert private.public_id not in page
    assert elsewhere.public_id not in page


def test_the_coder_sees_the_words_in_every_rendition_and_no_title(desk: Desk) -> None:
    client = desk(person())
    pledge = Coding.objects.get(pk=pk_of(drawn(client, "trackability"))).pledge
    page = client.get(PAGE, {"axis": "trackability"}).content.decode()
    for quote in pledge.quotes.all():
        assert f'lang="{quote.rendition.language}"' in page
    assert coding_of(pledge).title["en"] not in page
    assert pledge.code not in page.replace(f'data-codes="{pledge.code}"', "")


# --- recording ------------------------------------------------------------------------------


def test_a_second_code_is_recorded_with_its_reason_and_says_no_more(desk: Desk) -> None:
    me, judged = person(), a_status()
    client = desk(me)
    data = {"drawn": drawn(client, "status"), "value": "stalled", "why": "Nothing since."}
    said = client.post(f"{PAGE}?axis=status", data, follow=True).content.decode()
    row = BlindCoding.objects.get()
    assert (row.update, row.value, row.why, row.by) == (judged, "stalled", "Nothing since.", me)
    assert "Recorded. You have coded 1 on status." in said
    assert "in progress</b>" not in said
    assert Audit.objects.get(action="coding.second").by == me


def test_a_reason_is_needed_and_what_was_chosen_stays(desk: Desk) -> None:
    a_status()
    client = desk(person())
    seal = drawn(client, "status")
    page = client.post(f"{PAGE}?axis=status", {"drawn": seal, "value": "stalled", "why": " "}).content.decode()
    assert not BlindCoding.objects.exists()
    assert re.search(r'value="stalled"[^>]*checked', page)
    assert pk_of(re.search(r'name="drawn" value="([^"]+)"', page)[1]) == pk_of(seal)  # type: ignore[index]


def test_a_forged_or_foreign_judgement_is_not_recorded(desk: Desk) -> None:
    a_status()
    me, other = person(), person()
    client, foreign = desk(me), drawn(desk(other), "status")
    pk = pk_of(foreign)
    mine = signing.dumps([me.pk, "status", pk], salt="another purpose")
    for seal in (foreign, mine, f"{pk}", ""):
        data = {"drawn": seal, "value": "stalled", "why": "Chosen, not drawn."}
        assert "not drawn for you" in client.post(f"{PAGE}?axis=status", data, follow=True).content.decode()
    assert not BlindCoding.objects.exists()


def test_a_seal_of_one_axis_is_none_of_the_other(desk: Desk) -> None:
    a_status()
    client = desk(person())
    data = {"drawn": drawn(client, "status"), "value": "verifiable", "why": "The other axis."}
    client.post(f"{PAGE}?axis=trackability", data)
    assert not BlindCoding.objects.exists()


def test_nobody_codes_the_same_judgement_twice(desk: Desk) -> None:
    """Whoever went back in the browser, having seen the public page, changes nothing."""
    a_status()
    client = desk(person())
    data = {"drawn": drawn(client, "status"), "value": "stalled", "why": "At first sight."}
    client.post(f"{PAGE}?axis=status", data)
    said = client.post(f"{PAGE}?axis=status", data | {"value": "in_progress", "why": "On second thoughts."})
    assert "You have coded this already" in said.content.decode()
    assert BlindCoding.objects.get().value == "stalled"


def test_nobody_codes_their_own(desk: Desk) -> None:
    two = factories.people()
    judged = published(update(factories.pledge(), "in_progress", **two), two_good_items())
    for hand in (two["author"], two["approver"]):
        hand.user_permissions.set([])
        hand.groups.set(person().groups.all())
        with pytest.raises(RefusedError, match="had a hand"):
            code_blind(judged, by=hand, value="stalled", why="So.", at=AT)
        with refused("had no hand"):
            BlindCoding.objects.create(
                at=AT, axis="status", pledge=judged.pledge, update=judged, value="stalled", why="So.", by=hand
            )


def test_a_value_of_another_axis_is_refused() -> None:
    with pytest.raises(RefusedError, match="is no status"):
        code_blind(a_status(), by=person(), value="verifiable", why="So.", at=AT)


def test_what_was_coded_stays() -> None:
    row = code_blind(a_status(), by=person(), value="stalled", why="So.", at=AT)
    with refused("what was written here stays"):
        BlindCoding.objects.filter(pk=row.pk).update(value="in_progress")


def test_a_withdrawn_status_is_no_judgement_to_code(desk: Desk) -> None:
    first = a_status()
    published(update(first.pledge, "in_progress", kind=UpdateKind.WITHDRAWAL, corrects=first))
    assert "Nothing is left" in desk(person()).get(PAGE, {"axis": "status"}).content.decode()
