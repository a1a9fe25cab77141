"""What readers and robots mistype: named with status 400 or 404 on a page of ours, never a crash."""

from urllib.parse import quote

import pytest
from django.test import Client

from .test_overview import Node, fetch

pytestmark = pytest.mark.django_db

LANGUAGES = {"en": "en", "zh-hans": "zh-Hans", "es": "es", "pt-br": "pt-BR"}
FILTERS = ("document", "project", "section", "trackability", "actor", "theme", "right", "ordering")

#: What has crashed someone's site: NUL, lone surrogates as bytes, other planes, marks, controls, bulk.
ODD = ["%00", "a%00b", "%F0%9F%98%80", "%EF%BF%BE", "e" + "%CC%81" * 60, "%1B[31m", "%25", "_", "%5C"]
ODD += ["%ED%A0%80", "%FF%FE", "%C0%AF", "%E6%89", "%", "A" * 5000]


def problem(page: Node) -> str:
    return page.one("div", "problem", role="alert").text()


@pytest.mark.parametrize("name", FILTERS)
def test_an_unknown_value_is_named_at_its_field_with_status_400(client: Client, name: str) -> None:
    page = fetch(client, f"/en/pledges/?right=work&{name}=no-such-value", status=400)
    assert page.one("div", "problem").one("code").text() == name
    assert problem(page)
    assert page.all("li", "pledge") == []
    assert page.one("div", "problem").one("a")["href"] == "/en/pledges/"
    assert page.one("form", "filters").all("p", "problem") or page.one("p", "order").all("span", "problem")


@pytest.mark.parametrize(
    "query", ["theme=digital&theme=nope", "theme=%00", "section=1'+OR+'1'='1", "q=%00", "ordering=%00", "page=%00"]
)
def test_a_bad_value_is_refused_also_beside_a_good_one_and_with_nul(client: Client, query: str) -> None:
    page = fetch(client, f"/pt-br/pledges/?{query}", status=400)
    assert page.one("div", "problem").one("code").text() == query.partition("=")[0]


@pytest.mark.parametrize("number", ["0", "-1", "abc", "9999", "1.5", "١", "9" * 30])
def test_a_page_that_is_not_there_is_named_with_status_400(client: Client, number: str) -> None:
    said = problem(fetch(client, f"/en/pledges/?page={quote(number)}", status=400))
    assert said.startswith("This list was asked for")
    assert "page" in said


def test_a_page_number_behind_zeros_is_no_way_past_the_last_page(client: Client) -> None:
    fetch(client, "/en/pledges/?page=0000000019", status=400)


def test_a_query_may_be_200_characters_long_and_not_one_more(client: Client) -> None:
    fetch(client, "/en/pledges/?q=" + "扶" * 200)
    page = fetch(client, "/en/pledges/?q=" + "a" * 201, status=400)
    assert page.one("input", id="q")["aria-invalid"] == "true"
    assert page.one("span", "problem", id="problem-q").text()
    fetch(client, "/en/pledges/?q=" + "a" * 50_000, status=400)


def test_odd_characters_in_the_search_do_not_crash_it(client: Client) -> None:
    for text in ODD[::2]:  # many more in record/test_search.py
        assert client.get(f"/en/pledges/?q=SPC-3.1{text}&{text}={text}").status_code in (200, 400)


@pytest.mark.parametrize("text", ODD)
def test_odd_characters_in_a_code_are_not_found(client: Client, text: str) -> None:
    for code in (text, f"SPC-3.{text}"):
        fetch(client, f"/es/pledges/{code}/", status=404)


def test_markup_in_an_address_is_shown_as_text(client: Client) -> None:
    nasty = '"><script>alert(1)</script>'
    for address in (f"/en/pledges/?q={quote(nasty)}", f"/en/pledges/{quote(nasty, safe='')}/", f"/en/{quote(nasty)}/"):
        body = client.get(address).content.decode()
        assert "<script>" not in body
        assert "&lt;script&gt;" in body


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize(("language", "tag"), LANGUAGES.items())
def test_a_nonsense_address_gets_our_page_in_the_readers_language(
    client: Client, settings: object, language: str, tag: str, debug: bool
) -> None:
    settings.DEBUG = debug
    for rest in ("nope", "a/b/c", "wp-login.php", "pledges/SPC-99.9", "pledges/x/y", "documents/magna-carta", "..%2f"):
        page = fetch(client, f"/{language}/{rest}/", status=404)
        assert page.one("html")["lang"] == tag
        assert page.one("h1").text()
        assert page.one("main").all("a", href=f"/{language}/pledges/")
        assert "urls" not in page.text()
        assert "Traceback" not in page.text()


def test_a_nonsense_address_without_a_language_or_a_slash_leads_to_our_page(client: Client) -> None:
    for address in ("/nope", "/nope/", "/en/nope", "/fr/"):
        response = client.get(address, follow=True)
        assert response.status_code == 404
        assert "Nothing stands at this address" in response.content.decode()


@pytest.mark.parametrize("rest", ["api/", "healthz/", "admin/x/", "static/x/", "a%0Ab/"])
def test_no_address_under_a_language_shows_the_servers_own_page(client: Client, rest: str) -> None:
    page = fetch(client, f"/zh-hans/{rest}", status=404)
    assert page.one("html").attrs.get("lang") == "zh-Hans"


def test_the_language_links_of_a_page_not_found_keep_its_address(client: Client) -> None:
    links = fetch(client, "/en/nope/?a=b", status=404).one("nav", "tongues").all("a")
    assert [link["href"] for link in links] == [f"/{language}/nope/?a=b" for language in LANGUAGES]
