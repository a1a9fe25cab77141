"""Logged searches: what a statement that nothing was found rests on."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from commitments.editorial import drafts, people
from commitments.editorial.fingerprint import fingerprint
from commitments.models import Audit, SearchLog
from tests import factories
from tests.factories import AT, draft, person, search, submitted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

LIST = "/admin/commitments/searchlog/"
ADD = f"{LIST}add/"


@pytest.fixture
def curator(desk: Callable[[Any], Client]) -> Client:
    return desk(person("curator", "cora"))


def filled(**fields: str) -> dict[str, str]:
    values = {
        "pledge": "SPC-3.1",
        "searched_on": "2026-11-20",
        "languages": "es\nPT, zh-hans",
        "places": "A catalogue\n\n A search engine ",
        "queries": "foro derechos humanos\n人权论坛",
    }
    return values | fields


def errors(answer: Any) -> dict[str, list[str]]:
    return {name: list(texts) for name, texts in answer.context["adminform"].form.errors.items()}


def page(log: SearchLog) -> str:
    return f"{LIST}{log.pk}/change/"


def test_a_search_is_logged_with_who_made_it_and_leads_back_to_the_pledge(curator: Client) -> None:
    answer = curator.post(ADD, filled(found_en="A plan of 2019."))
    log = SearchLog.objects.get()
    assert answer.url == f"/admin/commitments/pledge/{log.pledge_id}/change/"  # type: ignore[attr-defined]
    assert (log.pledge.code, f"{log.searched_on}", log.by.username) == ("SPC-3.1", "2026-11-20", "cora")  # type: ignore[union-attr]
    assert log.languages == ["es", "pt", "zh-Hans"]
    assert log.places == ["A catalogue", "A search engine"]
    assert log.queries == ["foro derechos humanos", "人权论坛"]
    assert log.found == {"en": "A plan of 2019."}
    assert Audit.objects.get().action == "search.record"


def test_the_form_begins_with_the_pledge_of_the_address_and_today(curator: Client) -> None:
    body = curator.get(f"{ADD}?pledge=spc-3.1").content.decode()
    assert 'value="SPC-3.1"' in body
    assert 'value="2026-11-22"' in body


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("pledge", "", "required"),
        ("pledge", "SPC-99.9", "There is no pledge"),
        ("searched_on", "2026-11-23", "not come yet"),
        ("searched_on", "", "required"),
        ("languages", "", "required"),
        ("languages", "\n \n", "required"),
        ("languages", "Spanish", "no language tags"),
        ("places", "", "required"),
        ("queries", "  ", "required"),
        ("queries", "\n".join("abcdefgh" for _ in range(61)), "At most 60 lines"),
        ("queries", "q" * 301, "up to 300"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(curator: Client, field: str, value: str, words: str) -> None:
    answer = curator.post(ADD, filled(**{field: value}))
    assert list(errors(answer)) == [field]
    assert words in errors(answer)[field][0]
    assert not SearchLog.objects.exists()


def test_a_search_can_be_mended_and_stays_its_makers(curator: Client, desk: Callable[[Any], Client]) -> None:
    curator.post(ADD, filled())
    log = SearchLog.objects.get()
    desk(person("curator")).post(page(log), filled(places="Another"))
    log.refresh_from_db()
    assert (log.places, log.by.username) == (["Another"], "cora")  # type: ignore[union-attr]
    assert list(Audit.objects.order_by("pk").values_list("action", flat=True)) == ["search.record", "search.change"]


def test_a_search_on_which_something_public_rests_is_shown_and_not_changed(curator: Client) -> None:
    pledge = factories.pledge()
    log = search(pledge)
    waiting = submitted(draft(pledge, person(), status="no_evidence", search=log))
    drafts.approve(waiting, by=person("reviewer"), read=fingerprint(waiting), at=AT)
    body = curator.get(page(log)).content.decode()
    assert "a catalogue" in body
    assert 'name="places"' not in body
    assert curator.post(page(log), filled(pledge=pledge.code)).status_code == 403
    log.refresh_from_db()
    assert log.places == ["a catalogue"]


def test_somebody_with_a_conflict_of_interest_logs_no_search_on_the_pledge(desk: Callable[[Any], Client]) -> None:
    by, pledge = person(), factories.pledge()
    people.declare_conflict(pledge, by=by, reason="A friend.", at=AT)
    answer = desk(by).post(ADD, filled(pledge=pledge.code))
    assert "conflict of interest" in errors(answer)["pledge"][0]


def test_a_viewer_reads_and_writes_nothing(desk: Callable[[Any], Client]) -> None:
    viewer, log = desk(person("viewer")), search(factories.pledge())
    assert "a catalogue" in viewer.get(page(log)).content.decode()
    assert viewer.get(ADD).status_code == 403
    assert viewer.post(ADD, filled()).status_code == 403
    assert viewer.post(page(log), filled()).status_code == 403
    assert SearchLog.objects.get().places == ["a catalogue"]


def test_words_that_a_browser_would_act_on_are_shown_as_words(curator: Client) -> None:
    bad = "<script>alert(1)</script>"
    curator.post(ADD, filled(places=bad, queries=f"=cmd() {bad}", found_en=bad))
    log = SearchLog.objects.get()
    assert log.queries == [f"=cmd() {bad}"]
    for address in (LIST, page(log)):
        assert bad not in curator.get(address).content.decode()


@pytest.mark.parametrize(
    ("query", "shown"),
    [("made=me", 1), ("ground=public", 0), ("ground=nothing", 2), ("brought=something", 1), ("brought=nothing", 1)],
)
def test_the_list_is_narrowed(curator: Client, query: str, shown: int) -> None:
    search(factories.pledge())
    curator.post(ADD, filled(found_en="Something."))
    assert curator.get(f"{LIST}?{query}").context["cl"].result_count == shown
