"""Four languages: chosen by the browser at `/`, by the address everywhere else, one click apart on every page."""

import pytest
from django.conf import settings
from django.test import Client

from .test_overview import fetch

pytestmark = pytest.mark.django_db

TAGS = {"en": "en", "zh-hans": "zh-Hans", "es": "es", "pt-br": "pt-BR"}
PATHS = ["", "documents/", "pledges/SPC-3.1/", "methodology/", "about/", "documents/sao-paulo-consensus/"]
PATHS += ["indicators/", "targets/target-2025-3/", "corrections/", "corrections/thanks/", "subscribe/", "digests/"]


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.5", "zh-hans"),
        ("zh", "zh-hans"),
        ("zh-TW", "zh-hans"),
        ("pt-BR", "pt-br"),
        ("pt-PT,pt;q=0.8", "pt-br"),
        ("es-MX,es;q=0.9", "es"),
        ("fr,es;q=0.5", "es"),
        ("en-GB", "en"),
        ("de,sw", "en"),
        ("*", "en"),
        ("", "en"),
        (";;;\x00", "en"),
    ],
)
def test_the_bare_address_leads_to_the_readers_language_and_keeps_the_query(
    client: Client, accepted: str, language: str
) -> None:
    response = client.get("/?from=mail", headers={"accept-language": accepted})
    assert (response.status_code, response["Location"]) == (302, f"/{language}/?from=mail")
    assert "Accept-Language" in response["Vary"]  # no cache may give one reader's language to another


def test_an_address_without_a_language_leads_to_the_same_page_in_the_readers(client: Client) -> None:
    response = client.get("/pledges/SPC-3.1/?x=1", headers={"accept-language": "pt"})
    assert response["Location"] == "/pt-br/pledges/SPC-3.1/?x=1"


@pytest.mark.parametrize(
    ("language", "path"), [*(("pt-br", path) for path in PATHS), *((language, "privacy/") for language in TAGS)]
)
def test_a_page_says_its_language_and_links_to_itself_in_all_of_them(client: Client, language: str, path: str) -> None:
    page = fetch(client, f"/{language}/{path}?utm=1")
    assert page.one("html")["lang"] == TAGS[language]
    alternates = {
        link["hreflang"]: link["href"] for link in page.all("link", rel="alternate") if "hreflang" in link.attrs
    }
    assert alternates == {tag: f"{settings.SITE_URL}/{code}/{path}?utm=1" for code, tag in TAGS.items()}
    links = page.one("nav", "tongues").all("a")
    assert [(link["href"], link["lang"], link["hreflang"]) for link in links] == [
        (f"/{code}/{path}?utm=1", tag, tag) for code, tag in TAGS.items()
    ]
    current = page.one("nav", "tongues").one("a", **{"aria-current": "true"})
    assert current["lang"] == TAGS[language]


def test_the_language_links_keep_the_filters_of_a_list(client: Client) -> None:
    query = "q=%E6%89%B6%E8%B4%AB&theme=poverty&theme=digital&page=1"
    links = fetch(client, f"/es/pledges/?{query}").one("nav", "tongues").all("a")
    assert [link["href"] for link in links] == [f"/{code}/pledges/?{query}" for code in TAGS]


def test_the_address_decides_whatever_the_browser_would_like(client: Client) -> None:
    response = client.get("/zh-hans/about/", headers={"accept-language": "es"})
    assert '<html lang="zh-Hans">' in response.content.decode()
    client.cookies["django_language"] = "es"
    assert '<html lang="zh-Hans">' in client.get("/zh-hans/about/").content.decode()


def test_no_two_languages_share_the_words_of_a_page(client: Client) -> None:
    for path in ("methodology/", "privacy/", "pledges/SPC-3.1/"):
        headings = [fetch(client, f"/{code}/{path}").one("h1").text() for code in TAGS]
        assert len(set(headings)) == len(TAGS), headings


@pytest.mark.parametrize(
    ("language", "day"),
    [
        ("en", "25 July 2025"),
        ("zh-hans", "2025年7月25日"),
        ("es", "25 de julio de 2025"),
        ("pt-br", "25 de julho de 2025"),
    ],
)
def test_dates_are_written_as_in_the_language(client: Client, language: str, day: str) -> None:
    about = fetch(client, f"/{language}/documents/sao-paulo-consensus/").all("p", "about")[0]
    assert day.casefold() in about.text().casefold()


def test_addresses_of_machines_have_no_language(client: Client) -> None:
    for address in ("/healthz", "/readyz", "/api/v1/"):
        assert client.get(address, headers={"accept-language": "zh"}).status_code == 200
    assert client.get("/api/v1/nope/", headers={"accept-language": "zh"}).status_code == 404
