"""Atom: what a program reads that fetches the feeds, and what a reader of its entries is told."""

import re
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from commitments.models import LANGUAGES, LedgerEntry, Pledge, Section, StatusUpdate
from commitments.record.changes import head
from tests import factories
from tests.editorial.proposals import approved, coding_draft, indicator, point_draft, reply_draft
from tests.factories import evidence, people, person, published, two_good_items, update, words

from .atom import ATOM, XML, Feed, read
from .test_overview import fetch
from .test_queries import add_long_document

pytestmark = pytest.mark.django_db

ALL = "/feeds/updates.atom"
TAGS = {"en": "en", "zh-hans": "zh-Hans", "es": "es", "pt-br": "pt-BR"}


def happens(n: int = 0, status: str = "in_progress", cited: Any = None, **fields: Any) -> StatusUpdate:
    """Let something become public about the n-th pledge."""
    return published(
        update(factories.pledge(n=n), status, **people() | fields), two_good_items() if cited is None else cited
    )


def problem(client: Client, address: str, status: int) -> dict[str, Any]:
    response = client.get(address)
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json"), address
    assert response.json()["status"] == status
    return response.json()


# --- what is told ---------------------------------------------------------------------------


def test_a_new_status_is_an_entry_that_says_the_news(client: Client) -> None:
    before, place = head(), factories.pledge()
    standing = happens(cited=[*two_good_items(), (evidence(), "contradicts"), (evidence(), "contradicts")])
    (entry,) = read(client, ALL).since(before)
    title = place.codings.latest("version").title["en"]
    assert entry.title == f"{place.code} in progress · {title}"
    assert entry.text.startswith(f"{place.code} {title} ◑ in progress since 15 January 2026 · grade A So it is.")
    assert "2 sources contradict it." in entry.text
    assert entry.link == f"{settings.SITE_URL}/en/pledges/{place.code}/#{standing}"
    assert f'href="{entry.link}"' in entry.content
    assert entry.updated == standing.published_at.isoformat()
    assert (entry.kinds, entry.html) == ({"status", "against"}, True)


@pytest.mark.parametrize(
    ("kind", "news", "said"),
    [
        ("correction", "corrected: announced", "{} is corrected; it now says “announced” since 15 January 2026"),
        ("withdrawal", "withdrawn", "{} is withdrawn"),
    ],
)
def test_what_puts_something_right_is_an_entry_of_its_own(client: Client, kind: str, news: str, said: str) -> None:
    before, first = head(), happens()
    happens(status="announced", kind=kind, corrects=first)
    wrong, right = read(client, ALL).since(before)
    code = first.pledge.code
    assert wrong.title.startswith(f"{code} in progress · ")
    assert right.title.startswith(f"{code} {news} · ")
    assert said.format(first.public_id) in right.text
    assert "Because." in right.text
    assert right.kinds == {"correction"}
    assert wrong.id != right.id


def test_a_coding_a_reply_and_a_figure_are_entries_that_say_which_they_are(client: Client) -> None:
    before, place, series = head(), factories.pledge(), indicator()
    approved(coding_draft(place, person(), title=words("Another title")))
    approved(reply_draft(place, person()))
    approved(point_draft(person(), indicator=series))
    coding, reply, figure = read(client, ALL).since(before)
    assert coding.title == f"{place.code} a new pledge, or how one is read: verifiable · Another title"
    assert reply.title == f"{place.code} a reply by one of the sides: A spokesperson · Another title"
    assert "We see it otherwise." in reply.text
    assert "a new figure: 12.5 · 2026-01-15 · Series" in figure.title
    assert figure.link == f"{settings.SITE_URL}/en/indicators/{series.slug}/#{series.points.get().public_id}"
    assert (coding.link.partition("#")[2], reply.link.partition("#")[2]) == ("reading", "replies")
    assert [entry.kinds for entry in (coding, reply, figure)] == [{"coding"}, {"reply"}, {"figure"}]


def test_the_newest_stands_first_and_of_many_a_hundred_are_told(client: Client) -> None:
    last = [happens(n).seq for n in range(3)]
    found = [entry.seq for entry in read(client, ALL).entries]
    assert found[:3] == last[::-1]
    assert found == sorted(found, reverse=True)
    assert len(found) == 100 < LedgerEntry.objects.count()


def test_what_is_provisional_is_told_nowhere(client: Client) -> None:
    place, before = factories.pledge(), head()
    first = happens(provisional=True, author=None, approver=None)
    happens(status="announced", kind="correction", corrects=first, provisional=True, author=None, approver=None)
    assert head() == before + 2
    for address in (ALL, f"{ALL}?status=announced", f"/feeds/pledges/{place.code}.atom"):
        assert read(client, address).since(before) == []
    confirmed = happens(status="announced")
    assert [entry.seq for entry in read(client, ALL).since(before)] == [confirmed.seq]


# --- what it is about -----------------------------------------------------------------------


def test_the_feed_of_a_pledge_tells_of_it_alone(client: Client) -> None:
    place, before = factories.pledge(n=1), head()
    happens(0)
    own = happens(1)
    approved(reply_draft(place, person()))
    approved(coding_draft(place, person(), title=words("Another title")))
    approved(point_draft(person()))
    feed = read(client, f"/feeds/pledges/{place.code}.atom")
    assert [entry.seq for entry in feed.since(before)] == [own.seq, own.seq + 1, own.seq + 2]
    assert len(feed.entries) == 4  # and the release of the record
    assert feed.text("title") == f"Pledge Tracker · {place.code} Another title"
    assert feed.link("alternate") == f"{settings.SITE_URL}/en/pledges/{place.code}/"
    assert feed.link("self") == f"{settings.SITE_URL}/feeds/pledges/{place.code}.atom"


@pytest.mark.parametrize(
    "question",
    [
        "section=2.11",
        "section=3&section=2.11",
        "theme=oceans",
        "theme=digital&document=policy-paper-2025",
        "project=2",
        "document=sao-paulo-consensus",
        "trackability=verifiable",
        "status=in_progress",
        "status=not_assessed&actor=china",
        "grade=A",
        "updated_after=2026-11-21",
        "right=work",
        "q=forum",
        "q=FMP-2.11",
    ],
)
def test_a_question_finds_the_same_pledges_as_in_the_list(client: Client, question: str) -> None:
    happens(0)
    happens(8)
    codes, page = set(), f"/api/v1/pledges/?page_size=500&{question}"
    codes = {found["code"] for found in client.get(page).json()["results"]}
    assert codes
    told = {entry.title.partition(" ")[0] for entry in read(client, f"{ALL}?{question}").entries}
    assert told <= codes
    if len(codes) <= 90:  # each has at least the entry of the release
        assert told == codes


def test_the_feed_of_a_question_is_called_by_it_and_leads_to_the_list(client: Client) -> None:
    feed = read(client, f"{ALL}?theme=oceans&language=es&section=2.11&status=in_progress&q=")
    question = "section=2.11&status=in_progress&theme=oceans"
    assert feed.link("alternate") == f"{settings.SITE_URL}/es/pledges/?{question}"
    assert feed.link("self") == f"{settings.SITE_URL}{ALL}?{question}&language=es"
    section = Section.objects.get(number="2.11").title["es"]
    assert feed.text("title").endswith(f" · Sección: 2.11 {section}, Estado: en curso y Tema: Océanos")
    assert client.get(feed.link("alternate")).status_code == 200
    assert read(client, feed.link("self")).text("id") == feed.text("id")


def test_a_question_that_nothing_answers_has_a_feed_without_entries(client: Client) -> None:
    feed = read(client, f"{ALL}?q=nothinglikethis")
    assert feed.entries == []
    assert feed.text("updated")


# --- the languages --------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_feed_speaks_one_of_four_languages(client: Client, language: str) -> None:
    place, before = factories.pledge(), head()
    happens(summary={"en": "So.", "zh-hans": "如此。", "es": "Así.", "pt-br": "Assim."})
    feed = read(client, f"{ALL}?language={language}")
    (entry,) = feed.since(before)
    assert feed.root.get(f"{XML}lang") == TAGS[language]
    assert entry.link.startswith(f"{settings.SITE_URL}/{language}/pledges/{place.code}/#U")
    news = {"en": "in progress", "zh-hans": "进行中", "es": "en curso", "pt-br": "em andamento"}[language]
    assert place.codings.latest("version").title[language] in entry.title
    assert {"en": "So.", "zh-hans": "如此。", "es": "Así.", "pt-br": "Assim."}[language] in entry.text
    assert entry.title.startswith(f"{place.code} {news} · ")
    author = feed.root.find(f"{ATOM}author").findtext(f"{ATOM}name")
    assert feed.text("title").startswith(author)
    assert feed.link("alternate") == f"{settings.SITE_URL}/{language}/"


def test_without_a_language_a_feed_speaks_english_whatever_the_program_would_like(client: Client) -> None:
    plain = client.get(ALL)
    client.cookies["django_language"] = "es"
    assert client.get(ALL, headers={"accept-language": "zh"}).content == plain.content
    assert "Accept-Language" not in plain.get("Vary", "")
    assert read(client, f"{ALL}?language=en").link("self") == f"{settings.SITE_URL}{ALL}"


def test_an_entry_has_one_name_in_all_feeds_of_a_language_and_another_in_each_language(client: Client) -> None:
    place, before = factories.pledge(), head()
    happens()
    addresses = (ALL, f"{ALL}?status=in_progress", f"/feeds/pledges/{place.code}.atom")
    assert len({read(client, address).since(before)[0].id for address in addresses}) == 1
    ids = {read(client, f"{ALL}?language={language}").since(before)[0].id for language in LANGUAGES}
    assert len(ids) == 4
    assert all(re.fullmatch(r"tag:[a-z0-9.-]+,2026:/log/\d+/[a-z-]+", name) for name in ids)
    named = [entry.id for entry in read(client, ALL).entries]
    happens(1)
    assert [entry.id for entry in read(client, ALL).entries][1:] == named[:-1]
    assert len(set(named)) == len(named)


# --- hostile words --------------------------------------------------------------------------


def test_no_text_breaks_the_feed_or_becomes_markup(client: Client) -> None:
    before = head()
    nasty = 'a<script>alert(1)</script> ]]> <![CDATA[ &amp; &#0; "\x00\x08\x0b\x1b\x7f\ufffe\uffff </content> b'
    if connection.vendor == "postgresql":
        nasty = nasty.replace("\x00", "")
    happens(summary=words(nasty))
    approved(coding_draft(factories.pledge(), person(), title=words(nasty.replace("\x00", ""))))
    for entry in read(client, ALL).since(before):
        assert set(entry.tags) <= {"p", "a", "b", "span", "br"}
        shown = 'a<script>alert(1)</script> ]]> <![CDATA[ &amp; &#0; " </content> b'
        assert shown in (entry.text + entry.title).replace("\x7f", "")


def test_a_hostile_question_is_told_as_text(client: Client) -> None:
    nasty = quote("<b>]]>\x1b&amp;")
    body = client.get(f"{ALL}?q={nasty}").content
    assert "“<b>]]>&amp;”" in Feed(body).text("title")
    assert b"<b>" not in body


# --- what is wrong --------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ordering", "page", "as_of", "utm_source", "draft"])
def test_a_parameter_that_no_feed_knows_is_named(client: Client, name: str) -> None:
    for address in (ALL, "/feeds/pledges/SPC-3.1.atom"):
        said = problem(client, f"{address}?{name}=position", 400)
        assert list(said["errors"]) == [name]
        assert said["detail"].startswith(f"{name}: Unknown parameter. Known here: ")
        assert "language" in said["detail"]


@pytest.mark.parametrize("query", ["theme=nope", "theme=oceans&theme=%00", "status=nope", "updated_after=x", "q=%00"])
def test_a_bad_value_is_named(client: Client, query: str) -> None:
    assert list(problem(client, f"{ALL}?{query}", 400)["errors"]) == [query.partition("=")[0]]


@pytest.mark.parametrize("language", ["fr", "zh-Hans", "", "%00"])
def test_a_language_that_we_do_not_speak_is_named(client: Client, language: str) -> None:
    for address in (ALL, "/feeds/pledges/SPC-3.1.atom"):
        assert "zh-hans" in problem(client, f"{address}?language={language}", 400)["errors"]["language"][0]


def test_all_that_is_wrong_is_named_at_once(client: Client) -> None:
    said = problem(client, f"{ALL}?language=fr&theme=nope&x=1&section=2.11", 400)
    assert set(said["errors"]) == {"language", "theme", "x"}


@pytest.mark.parametrize("code", ["SPC-99.9", "nope", "SPC-3.1%00", "%FF", "A" * 5000, ".."])
def test_an_unknown_code_is_not_found(client: Client, code: str) -> None:
    problem(client, f"/feeds/pledges/{code}.atom", 404)


def test_other_addresses_are_not_found_and_lead_to_no_page(client: Client) -> None:
    for address in ("/feeds/", "/feeds/updates.rss", "/feeds/pledges/SPC-3.1", "/feeds/pledges/a/b.atom"):
        assert client.get(address, headers={"accept-language": "es"}).status_code == 404


def test_a_code_in_small_letters_leads_to_the_feed(client: Client) -> None:
    response = client.get("/feeds/pledges/spc-3.1.atom?language=pt-br")
    assert (response.status_code, response["Location"]) == (301, "/feeds/pledges/SPC-3.1.atom?language=pt-br")


# --- asking again ---------------------------------------------------------------------------


@pytest.mark.parametrize("address", [ALL, f"{ALL}?theme=oceans", "/feeds/pledges/SPC-3.1.atom?language=es"])
def test_who_has_the_newest_is_told_so_until_something_is_new(client: Client, address: str) -> None:
    first = client.get(address)
    assert first["Cache-Control"] == "public, max-age=300"
    for asked in ({"if-none-match": first["ETag"]}, {"if-modified-since": first["Last-Modified"]}):
        again = client.get(address, headers=asked)
        assert (again.status_code, again.content) == (304, b"")
        assert all(again[name] == first[name] for name in ("ETag", "Last-Modified", "Cache-Control"))
    happens(5)
    assert client.get(address, headers={"if-none-match": first["ETag"]}).status_code == 200


def test_a_feed_asked_for_in_another_language_is_not_the_one_that_is_kept(client: Client) -> None:
    kept = client.get(ALL)["ETag"]
    assert client.get(f"{ALL}?language=es", headers={"if-none-match": kept}).status_code == 200


def test_what_is_wrong_stays_wrong_for_who_asks_again(client: Client) -> None:
    kept = {"if-none-match": client.get(ALL)["ETag"]}
    assert client.get(f"{ALL}?theme=nope", headers=kept).status_code == 400
    assert client.get("/feeds/pledges/SPC-99.9.atom", headers=kept).status_code == 404


def test_asking_again_costs_one_look_at_the_log(client: Client) -> None:
    kept = client.get(ALL)["ETag"]
    with CaptureQueriesContext(connection) as queries:
        client.get(ALL, headers={"if-none-match": kept})
    assert len(queries) == 1


def test_feeds_can_only_be_read(client: Client) -> None:
    for address in (ALL, "/feeds/pledges/SPC-3.1.atom"):
        asked, got = client.head(address), client.get(address)
        assert (asked.status_code, asked.content, asked["ETag"]) == (200, b"", got["ETag"])
        assert asked["Content-Type"] == got["Content-Type"]
        assert client.post(address).status_code == 405
        assert got.cookies == {}


# --- cost -----------------------------------------------------------------------------------


def asked(client: Client, address: str) -> int:
    cache.clear()
    with CaptureQueriesContext(connection) as queries:
        read(client, address)
    return len(queries)


def test_the_number_of_queries_grows_neither_with_what_happens_nor_with_the_record(client: Client) -> None:
    place = factories.pledge()
    addresses = [ALL, f"{ALL}?theme=digital&q=forum", f"{ALL}?status=in_progress", f"/feeds/pledges/{place.code}.atom"]
    approved(point_draft(person()))
    approved(reply_draft(place, person()))
    approved(coding_draft(place, person(), title=words("Another title")))
    happens()
    before = {address: asked(client, address) for address in addresses}
    for n in range(12):
        happens(n)
        approved(reply_draft(factories.pledge(n=n), person()))
        approved(point_draft(person()))
    add_long_document()
    assert Pledge.objects.count() > 3600
    assert {address: asked(client, address) for address in addresses} == before
    assert max(before.values()) < 25


# --- where they are found -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "feed"),
    [
        ("/en/", ALL),
        ("/zh-hans/", f"{ALL}?language=zh-hans"),
        ("/en/pledges/", ALL),
        ("/es/pledges/?theme=oceans&ordering=title&page=1&utm=x&q=", f"{ALL}?theme=oceans&language=es"),
        ("/en/pledges/SPC-3.1/", "/feeds/pledges/SPC-3.1.atom"),
        ("/pt-br/pledges/SPC-3.1/", "/feeds/pledges/SPC-3.1.atom?language=pt-br"),
        ("/en/documents/sao-paulo-consensus/", f"{ALL}?document=sao-paulo-consensus"),
    ],
)
def test_a_page_names_its_feed(client: Client, page: str, feed: str) -> None:
    found = fetch(client, page)
    link = found.one("head").one("link", rel="alternate", type="application/atom+xml")
    assert link["href"] == f"{settings.SITE_URL}{feed}"
    assert link["title"] == read(client, feed).text("title") or "theme=" in page
    shown = [a["href"] for a in found.one("body").all("a", type="application/atom+xml")]
    everything = f"{ALL}?language={page.split('/')[1]}" if not page.startswith("/en/") else ALL
    assert everything in shown
    assert feed in shown or "documents" in page


def test_a_list_that_cannot_be_shown_has_no_feed(client: Client) -> None:
    page = fetch(client, "/en/pledges/?theme=nope", status=400)
    assert page.one("head").all("link", type="application/atom+xml") == []
