"""What stands beside a status: flags computed for the day, and replies, which change nothing."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.test import Client

from commitments.models import Pledge
from tests.beside import day, reply
from tests.factories import evidence, pledge, published, update

from .test_overview import Node, fetch

pytestmark = pytest.mark.django_db

LATE = datetime(2028, 6, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _two_days_later() -> Iterator[None]:
    """Read the pages after everything here was published."""
    with time_machine.travel(day("2026-11-24"), tick=False):
        yield


@pytest.fixture
def stale() -> Pledge:
    """A pledge that was sustained in 2026, and of which nothing was heard since."""
    row = pledge()
    published(
        update(row, "sustained", effective_on=date(2026, 2, 1)), [(evidence(event_on=date(2026, 2, 1)), "supports")]
    )
    return row


def flags(node: Node) -> list[str]:
    return [a.text() for a in node.all("a", "flag")]


def test_flags_stand_beside_the_status_everywhere_and_the_status_stays(client: Client, stale: Pledge) -> None:
    both = ["review due", "nothing new for 12 months"]
    with time_machine.travel(LATE, tick=False):
        page = fetch(client, f"/en/pledges/{stale.code}/").one("main").one("header")
        assert flags(page) == both
        assert page.one("p", "standing").all("b")[0].text() == "sustained"
        [row] = fetch(client, f"/en/pledges/?q={stale.code}").all("li", "pledge")
        assert flags(row) == both
        text = fetch(client, f"/en/documents/{stale.document.slug}/")
        assert flags(text.one("li", id=stale.code)) == both
        front = fetch(client, "/en/")
        assert front.one("a", href=f"/en/pledges/{stale.code}/")["aria-label"].endswith(
            f"(provisional), {', '.join(both)}"
        )
        assert "review due 1 · nothing new for 12 months 1" in front.one("p", "asof").text()


def test_where_there_is_no_flag_nothing_speaks_of_them(client: Client, stale: Pledge) -> None:
    with time_machine.travel(day("2026-11-23"), tick=False):
        assert flags(fetch(client, f"/en/pledges/{stale.code}/").one("main").one("header")) == []
        assert "Flags of the day" not in fetch(client, "/en/").text()


def test_reported_delivered_is_shown_and_explained(client: Client) -> None:
    row = pledge()
    published(update(row, "in_progress", reported_delivered=True), [(evidence(), "supports")])
    header = fetch(client, f"/en/pledges/{row.code}/").one("main").one("header")
    assert flags(header) == ["reported delivered"]
    assert "below grade B" in header.text()


@pytest.mark.parametrize("address", ["flags", "people", "corrections", "replies", "indicators"])
def test_the_methodology_explains_it(client: Client, address: str) -> None:
    page = fetch(client, "/en/methodology/")
    assert page.one("h2", id=address).text()
    assert page.one("section", **{"aria-labelledby": address}).all("p")


def test_a_flag_cannot_be_asked_for_in_the_list(client: Client) -> None:
    everything = fetch(client, "/en/pledges/").one("p", "tally").text()
    assert fetch(client, "/en/pledges/?flag=overdue").one("p", "tally").text() == everything


def replies(client: Client, row: Pledge, language: str = "en") -> list[Node]:
    return fetch(client, f"/{language}/pledges/{row.code}/").all("article", "reply")


def test_a_reply_says_who_when_what_in_its_language_and_where_it_stands(client: Client) -> None:
    row = pledge()
    made = reply(
        row,
        side="lac",
        speaker="Ministry of Examples",
        language="es",
        stated_on=date(2026, 10, 1),
        text={"es": "Lo hicimos.\nEn enero.", "en": "We did it.\nIn January."},
    )
    [shown] = replies(client, row)
    assert shown.all("p")[0].text() == "Ministry of Examples · Latin America and the Caribbean · 1 October 2026"
    assert (shown.one("blockquote")["lang"], shown.one("blockquote").text()) == ("es", "Lo hicimos.En enero.")
    assert shown.one("p", "editor").text() == "Our translation: We did it.In January."
    assert made.public_id in shown.text()
    assert shown.one("a")["href"] == "https://example.org/statement"
    section = fetch(client, f"/en/pledges/{row.code}/").one("section", **{"aria-labelledby": "replies"})
    assert "A reply changes no status." in section.text()


def test_a_reply_in_the_readers_language_needs_no_translation(client: Client) -> None:
    row = pledge()
    reply(row, language="pt", text={"pt-br": "Fizemos.", "en": "We did."})
    assert replies(client, row, "pt-br")[0].all("p", "editor") == []
    assert replies(client, row, "pt-br")[0].one("blockquote")["lang"] == "pt"
    assert "We did." in replies(client, row, "en")[0].text()
    assert replies(client, row, "zh-hans")[0].all("p", "editor") == []


def test_a_reply_that_was_not_published_elsewhere_says_how_it_came(client: Client) -> None:
    row = pledge()
    reply(row, source_url="", received="By letter of 3 October 2026")
    [shown] = replies(client, row)
    assert "By letter of 3 October 2026" in shown.text()
    assert shown.all("a") == []


def test_a_later_reply_takes_the_place_of_the_earlier_from_its_day_on(client: Client) -> None:
    row = pledge()
    first = reply(row, "We will.", at=day("2027-01-01"))
    reply(row, "We did.", at=day("2027-02-01"), replaces=first)
    for at, words in (("2026-12-31", []), ("2027-01-01", ["We will."]), ("2027-02-01", ["We did."])):
        with time_machine.travel(day(at), tick=False):
            assert [shown.one("blockquote").text() for shown in replies(client, row)] == words


def test_a_reply_changes_no_status_and_markup_in_it_is_text(client: Client) -> None:
    row = pledge()
    before = fetch(client, f"/en/pledges/{row.code}/").one("p", "standing").text()
    reply(row, "<script>alert(1)</script>", speaker="<b>Office</b>")
    body = client.get(f"/en/pledges/{row.code}/").content.decode()
    assert "<script>alert" not in body
    assert "<b>Office" not in body
    assert fetch(client, f"/en/pledges/{row.code}/").one("p", "standing").text() == before


def test_a_pledge_without_replies_has_no_place_for_them(client: Client) -> None:
    page = fetch(client, f"/en/pledges/{pledge(n=1).code}/")
    assert page.all("h2", id="replies") == []
