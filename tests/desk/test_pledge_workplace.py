"""The list of pledges, and all about one of them on a page."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from commitments.editorial import people
from commitments.models import Assignment, Attachment, Audit, Coding, Conflict, Pledge, ReaderReport, SearchLog
from tests import factories
from tests.factories import AT, draft, evidence, person, published, two_good_items, update, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

Desk = Callable[[Any], Client]
LIST = "/admin/commitments/pledge/"


def room(pledge: Pledge) -> str:
    return f"{LIST}{pledge.pk}/change/"


def page(client: Client, address: str, **query: str) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200, answer
    return answer.content.decode()


def codes(client: Client, **query: str) -> list[str]:
    """Return the codes that the list shows, in its order."""
    answer = client.get(LIST, query)
    assert answer.status_code == 200, answer
    return [pledge.code for pledge in answer.context["cl"].result_list]


def beside(pledge: Pledge, bearing: str = "supports", **fields: Any) -> Attachment:
    item = evidence(**fields)
    return Attachment.objects.create(evidence=item, pledge=pledge, bearing=bearing, why=words("For this reason."))


def asked(client: Client, address: str) -> int:
    client.get(address)  # the first request of a session also writes that it was seen
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


# --- the list -------------------------------------------------------------------------------


def test_the_list_says_where_each_pledge_stands(desk: Desk) -> None:
    pledge = factories.pledge()
    published(update(pledge, "in_progress"), two_good_items())
    text = page(desk(person()), LIST, q=pledge.code)
    title = Coding.objects.get(pledge=pledge).title["en"]
    for shown in (pledge.code, title, "in progress · provisional · grade A", "verifiable", "2026-11-22"):
        assert shown in text


def test_a_pledge_is_found_by_words_also_chinese_ones(desk: Desk) -> None:
    client = desk(person())
    assert "FMP-2.11.3" in codes(client, q="南极")
    assert "FMP-2.11.3" in codes(client, q="Antarctic supply base")
    assert codes(client, q="FMP-2.11.3") == ["FMP-2.11.3"]
    assert codes(client, q="nothing has these wordsxyz") == []


def narrowed() -> dict[str, Pledge]:
    """Return pledges, each of which one question alone finds."""
    kept = {name: factories.pledge(n=n) for n, name in enumerate(("status", "mine", "hidden", "drafted"))}
    published(update(kept["status"], "announced"), [(evidence(side="china"), "supports")])
    beside(kept["hidden"], public_at=None)
    draft(kept["drafted"], person())
    return kept


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ({"status": "announced"}, "status"),
        ({"provisional": "yes"}, "status"),
        ({"grade": "C"}, "status"),
        ({"assigned": "me"}, "mine"),
        ({"work": "evidence"}, "hidden"),
        ({"work": "drafts"}, "drafted"),
    ],
)
def test_each_filter_keeps_what_it_says(desk: Desk, question: dict[str, str], name: str) -> None:
    curator, kept = person(), narrowed()
    Assignment.objects.create(pledge=kept["mine"], person=curator)
    shown = set(codes(desk(curator), **question))
    assert shown & {pledge.code for pledge in kept.values()} == {kept[name].code}


@pytest.mark.parametrize(
    ("question", "whole"),
    [
        ({"document": "sao-paulo-consensus"}, {"document__slug": "sao-paulo-consensus"}),
        ({"project": "3"}, {"section__parent__number": "3"}),
        ({"section": "FMP-2.11"}, {"section__number": "2.11"}),
        ({"trackability": "declaratory"}, {"codings__trackability": "declaratory"}),
        ({"theme": "oceans"}, {"codings__themes__slug": "oceans"}),
        ({"actor": "china"}, {"codings__actors__slug": "china"}),
        ({"due": "dated"}, {"codings__due_on__isnull": False}),
    ],
)
def test_the_record_is_narrowed_as_it_is_coded(desk: Desk, question: dict[str, str], whole: dict[str, Any]) -> None:
    found = desk(person()).get(LIST, question | {"all": ""}).context["cl"].result_count
    assert found == Pledge.objects.filter(**whole).count()


def test_those_that_nobody_looks_after_are_all_others(desk: Desk) -> None:
    Assignment.objects.create(pledge=factories.pledge(), person=person())
    counted = desk(person()).get(LIST, {"assigned": "nobody"}).context["cl"].result_count
    assert counted == Pledge.objects.count() - 1


@pytest.mark.parametrize("name", ["section", "status", "assigned", "due", "work"])
def test_a_value_that_no_filter_has_hides_nothing(desk: Desk, name: str) -> None:
    assert desk(person()).get(LIST, {name: "' OR 1=1"}).context["cl"].result_count == Pledge.objects.count()


def test_a_long_list_costs_as_many_queries_as_a_short_one(desk: Desk) -> None:
    client = desk(person())
    Assignment.objects.create(pledge=Pledge.objects.get(code="FMP-2.11.3"), person=person())
    short = asked(client, f"{LIST}?q=FMP-2.11.3")
    for n in range(4):
        published(update(factories.pledge(n=n), "announced"), [(evidence(), "supports")])
        draft(factories.pledge(n=n), person())
        Assignment.objects.create(pledge=factories.pledge(n=n), person=person())
    assert asked(client, LIST) <= short < 40


# --- one pledge -----------------------------------------------------------------------------


def test_the_workplace_shows_the_words_of_every_rendition_in_their_context(desk: Desk) -> None:
    pledge = Pledge.objects.get(code="FMP-2.11.3")
    text = page(desk(person()), room(pledge))
    assert '<mark data-codes="FMP-2.11.3">' in text
    assert 'lang="zh-Hans"' in text
    assert "打击非法捕捞" in text  # the sentence before it
    assert "fisheries resource conservation" in text


def test_the_workplace_opens_by_the_code_too(desk: Desk) -> None:
    client, pledge = desk(person()), factories.pledge()
    assert f"<h1>{Coding.objects.get(pledge=pledge).title['en']}</h1>" in page(client, f"{LIST}{pledge.code}/change/")
    assert client.get(f"{LIST}NO-1.1/change/").status_code == 404


def test_evidence_that_is_not_public_is_shown_and_marked(desk: Desk) -> None:
    pledge = factories.pledge()
    item = beside(pledge, "contradicts", public_at=None).evidence
    text = page(desk(person()), room(pledge))
    assert item.public_id in text
    assert "not yet public" in text
    assert "Contradicts (1)" in text


def test_what_happened_before_the_baseline_is_pointed_out(desk: Desk) -> None:
    pledge = factories.pledge()
    beside(pledge, event_on=date(2020, 1, 1))
    assert "or undated: rather context" in page(desk(person()), room(pledge))


def test_everything_about_the_pledge_stands_on_its_page(desk: Desk) -> None:
    pledge, curator = factories.pledge(), person("curator", "ana")
    provisional = published(update(pledge, "in_progress"), two_good_items())
    open_ = draft(pledge, curator, status="announced")
    SearchLog.objects.create(
        pledge=pledge, searched_on=AT.date(), languages=["es"], places=["A library"], queries=["puerto"]
    )
    ReaderReport.objects.create(pledge=pledge, kind="error", text="A reader's words", received_at=AT, sender="x")
    people.declare_conflict(pledge, by=person("curator", "carla"), reason="Works there.", at=AT)
    Assignment.objects.create(pledge=pledge, person=curator)
    text = page(desk(curator), room(pledge))
    shown = [provisional.public_id, f"/draft/{open_.pk}/review/", "A library", "puerto", "A reader&#x27;s words"]
    for part in [*shown, "Works there.", "Looked after by ana", "Confirm it", "Correct it", "Withdraw it"]:
        assert part in text


def test_a_full_workplace_costs_as_many_queries_as_a_bare_one(desk: Desk) -> None:
    client, pledge = desk(person()), factories.pledge()
    published(update(pledge, "announced"), [(evidence(), "supports")])
    draft(pledge, person())
    bare = asked(client, room(pledge))
    for _ in range(5):
        item = beside(pledge).evidence
        draft(pledge, person(), [(item, "supports")])
        published(update(pledge, "announced"), [(evidence(), "supports")])
        SearchLog.objects.create(pledge=pledge, searched_on=AT.date(), by=person())
        Assignment.objects.create(pledge=pledge, person=person())
    assert asked(client, room(pledge)) == bare < 60


# --- buttons and doors ----------------------------------------------------------------------


def test_taking_a_pledge_on_and_giving_it_up(desk: Desk) -> None:
    curator, pledge = person(), factories.pledge()
    client = desk(curator)
    assert "Take it on" in page(client, room(pledge))
    client.post(f"{LIST}{pledge.pk}/take/")
    assert Assignment.objects.get().person == curator
    assert "Give it up" in page(client, room(pledge))
    client.post(f"{LIST}{pledge.pk}/give-up/")
    assert not Assignment.objects.exists()


def test_searched_again_repeats_the_last_search(desk: Desk) -> None:
    curator, pledge = person(), factories.pledge()
    client = desk(curator)
    assert "Searched again" not in page(client, room(pledge))
    first = SearchLog.objects.create(
        pledge=pledge, searched_on=AT.date() - timedelta(days=400), languages=["zh"], places=["A site"], queries=["港"]
    )
    assert "Searched again" in page(client, room(pledge))
    client.post(f"{LIST}{pledge.pk}/search-again/")
    again = SearchLog.objects.exclude(pk=first.pk).get()
    assert (again.by, again.searched_on, again.places) == (curator, AT.date(), ["A site"])


def test_a_declared_conflict_takes_the_buttons_away(desk: Desk) -> None:
    pledge, client = factories.pledge(), desk(person())
    assert "Propose an update" in page(client, room(pledge))
    client.post(f"{LIST}{pledge.pk}/conflict/", {"reason": "A cousin works there."})
    assert Conflict.objects.get().reason == "A cousin works there."
    text = page(client, room(pledge))
    assert "Propose an update" not in text
    assert "you neither write nor approve here" in text


def test_a_conflict_is_not_declared_without_a_word(desk: Desk) -> None:
    answer = desk(person()).post(f"{LIST}{factories.pledge().pk}/conflict/", {"reason": "  "}, follow=True)
    assert "Say in a few words what the conflict is." in answer.content.decode()
    assert not Conflict.objects.exists()


def test_a_viewer_sees_everything_and_has_no_buttons(desk: Desk) -> None:
    pledge = factories.pledge()
    published(update(pledge, "announced"), [(evidence(), "supports")])
    text = page(desk(person("viewer")), room(pledge))
    for button in ("Propose", "Record evidence", "Log a search", "Take it on", "Declare", "Confirm it", "Correct it"):
        assert button not in text


@pytest.mark.parametrize("act", ["take", "search-again", "conflict"])
def test_a_viewer_who_posts_changes_nothing(desk: Desk, act: str) -> None:
    pledge = factories.pledge()
    factories.search(pledge)
    answer = desk(person("viewer")).post(f"{LIST}{pledge.pk}/{act}/", {"reason": "x"}, follow=True)
    assert "Your role does not let you" in answer.content.decode()
    assert (Assignment.objects.count(), SearchLog.objects.count(), Conflict.objects.count()) == (0, 1, 0)
    assert not Audit.objects.exists()


@pytest.mark.parametrize("act", ["take", "give-up", "search-again", "conflict"])
def test_an_address_alone_does_nothing(desk: Desk, act: str) -> None:
    pledge = factories.pledge()
    factories.search(pledge)
    assert desk(person()).get(f"{LIST}{pledge.pk}/{act}/", {"reason": "x"}).status_code == 405
    assert not Audit.objects.exists()


def test_somebody_without_a_role_sees_no_pledge(desk: Desk) -> None:
    nobody = person()
    nobody.groups.clear()
    assert desk(nobody).get(room(factories.pledge())).status_code == 403


def test_a_post_without_a_token_is_refused(desk: Desk) -> None:
    curator, pledge = person(), factories.pledge()
    client = desk(curator)
    client.handler.enforce_csrf_checks = True
    assert client.post(f"{LIST}{pledge.pk}/take/").status_code == 403
    assert not Assignment.objects.exists()
