"""The search page: four kinds of what was found, words marked, the day kept; every odd question answered plainly."""

import re
from urllib.parse import quote

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commitments.evidence import load as evidence
from tests import factories
from tests.factories import AT, two_good_items, update, words

pytestmark = pytest.mark.django_db


def page(client: Client, query: str, language: str = "en", more: str = "") -> str:
    response = client.get(f"/{language}/search/?q={quote(query)}{more}")
    assert response.status_code == 200
    return response.content.decode()


def test_each_kind_stands_with_its_count_and_leads_to_all_of_it(client: Client) -> None:
    evidence.load(evidence.read(), at=AT)
    body = page(client, "poverty")
    counts = [int(n) for n in re.findall(r'<span class="count">(\d+)</span>', body)]
    assert re.findall(r'<h2 id="(\w+)"', body) == ["pledges", "sentences", "evidence", "updates"]
    assert len(counts) == 4
    assert min(counts) > 0
    assert '/en/pledges/?q=poverty"' in body
    listed = client.get("/en/pledges/?q=poverty").content.decode()
    assert f"<b>{counts[0]}</b> of 362 pledges" in listed
    assert client.get("/api/v1/pledges/?q=poverty").json()["count"] == counts[0]
    assert client.get("/api/v1/passages/?q=poverty").json()["count"] == counts[1]
    assert client.get("/api/v1/evidence/?q=poverty").json()["count"] == counts[2]
    assert client.get("/api/v1/updates/?q=poverty").json()["count"] == counts[3]


def test_page_and_api_have_one_order(client: Client) -> None:
    listed = re.findall(r'class="code">([A-Z]+-[\d.]+)<', client.get("/en/pledges/?q=forum").content.decode())
    answered = [row["code"] for row in client.get("/api/v1/pledges/?q=forum").json()["results"]]
    assert listed[:20] == answered[:20] != sorted(answered[:20])


def test_the_words_found_are_marked_as_they_are_written(client: Client) -> None:
    assert '<mark class="found">Antarctic</mark>' in page(client, "antarctic")
    assert '<mark class="found">扶贫</mark>' in page(client, "扶贫", "zh-hans")
    assert '<mark class="found">emisiones</mark>' in page(client, "emision", "es")
    assert '<mark class="found">CELAC</mark>' in page(client, "拉共体")
    assert '<mark class="found">Antarctic</mark>' in client.get("/en/pledges/?q=antarctic").content.decode()


def test_what_is_written_in_another_language_is_shown_where_it_holds_the_words(client: Client) -> None:
    assert '<mark class="found">南极</mark>' in page(client, "南极", "en")


def test_nothing_that_was_typed_is_taken_for_markup(client: Client) -> None:
    factories.published(
        update(factories.pledge(), "in_progress", summary=words("<i>walnuts</i> & nets")), two_good_items()
    )
    body = page(client, "<script>alert(1)</script> walnuts")
    assert "<script>alert" not in body
    assert '&lt;i&gt;<mark class="found">walnuts</mark>&lt;/i&gt; &amp; nets' in body


def test_a_sentence_leads_to_its_place_in_the_reading_view(client: Client) -> None:
    body = page(client, "南极")
    address, row = re.search(r'href="(/en/documents/policy-paper-2025/\?text=zh)#(r\d+)"', body).groups()  # type: ignore[union-attr]
    assert f'id="{row}"' in client.get(address).content.decode()


def test_the_day_is_kept(client: Client) -> None:
    past = page(client, "forum", more="&as_of=2026-01-01")
    assert "FMP-" not in past
    assert client.get("/en/search/?q=forum&as_of=tomorrow").status_code == 400


def test_it_says_where_nothing_holds_every_word(client: Client) -> None:
    told = "No pledge holds all of these words; these hold most of them."
    assert told in page(client, "Antarctic zzqx")
    assert told in client.get("/en/pledges/?q=Antarctic+zzqx").content.decode()
    assert told not in page(client, "Antarctic")


def test_a_code_finds_what_it_names(client: Client) -> None:
    evidence.load(evidence.read(), at=AT)
    assert "/en/pledges/FMP-2.11.3/" in page(client, "fmp-2.11.3")
    assert "/en/evidence/E0294/" in page(client, "E0294")
    assert re.search(r'href="/en/pledges/[^"]+#U\d+"', page(client, "SPC-5.4"))


def test_an_empty_box_says_what_can_be_found(client: Client) -> None:
    body = client.get("/en/search/").content.decode()
    assert "Names that mean the same find each other" in body
    assert 'class="list"' not in body


@pytest.mark.parametrize("query", ["***", '""', "🙂", "%", "。"])
def test_a_query_without_a_word_is_told(client: Client, query: str) -> None:
    assert "This holds no word" in page(client, query)


def test_a_query_that_finds_nothing_is_told(client: Client) -> None:
    assert "Nothing was found" in page(client, "zzqx")


def test_ten_thousand_characters_are_refused_in_plain_words(client: Client) -> None:
    response = client.get(f"/en/search/?q={'a' * 10_000}")
    assert response.status_code == 400
    assert "At most 200 characters" in response.content.decode()
    assert client.get(f"/api/v1/passages/?q={'a' * 10_000}").status_code == 400


HOSTILE = st.text(st.one_of(st.sampled_from("\"'“”&|!*():<>-_\\ \t\x00%^中贫é9"), st.characters()), max_size=40)


@given(HOSTILE)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_query_breaks_the_page(client: Client, query: str) -> None:
    address = f"/en/search/?q={quote(query.encode('utf-8', 'replace'))}"
    assert client.get(address).status_code in (200, 400)


def test_every_page_has_the_box(client: Client) -> None:
    assert 'action="/en/search/"' in client.get("/en/about/").content.decode()


def test_the_script_is_the_sites_own_and_evaluates_nothing(client: Client) -> None:
    body = client.get("/en/search/").content.decode()
    assert '"allowEval":false' in body
    assert '"includeIndicatorStyles":false' in body
    assert re.findall(r'<script[^>]*src="([^"]+)"', body) == [
        "/static/django_htmx/htmx-2.min.js",
        "/static/js/filters.js",
    ]
