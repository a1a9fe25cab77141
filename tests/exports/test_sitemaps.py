"""The sitemap has every page in every language, and robots find it."""

from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.test import Client
from django.urls import resolve

from commitments.models import LANGUAGES, Evidence, Pledge
from commitments.web import urls
from tests import unpublished

pytestmark = pytest.mark.django_db
NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}


def parts(client: Client) -> dict[str, ElementTree.Element]:
    index = ElementTree.fromstring(client.get("/sitemap.xml").content)
    places = [place.text or "" for place in index.findall("s:sitemap/s:loc", NAMES)]
    assert all(place.startswith(settings.SITE_URL) for place in places)
    return {
        place: ElementTree.fromstring(client.get(place.removeprefix(settings.SITE_URL)).content) for place in places
    }


def test_every_public_page_is_there_in_every_language(client: Client) -> None:
    seen = unpublished.public()
    found = {
        place.text.removeprefix(settings.SITE_URL)
        for part in parts(client).values()
        for place in part.findall("s:url/s:loc", NAMES)
        if place.text
    }
    own = {"", "pledges/", "data/", "methodology/", "documents/sao-paulo-consensus/"}
    own |= {f"pledges/{pledge.code}/" for pledge in Pledge.objects.all()}
    own |= {f"evidence/{item.public_id}/" for item in Evidence.objects.filter(public_at__isnull=False)}
    own |= {f"targets/{seen.target.code}/", f"indicators/{seen.points[0].indicator.slug}/"}
    assert {f"/{language}/{path}" for language in LANGUAGES for path in own} <= found
    for path in sorted(found)[::60]:
        assert client.get(path).status_code == 200, path


#: Pages that are not for search engines: their names, and why.
LEFT_OUT = {
    "search": "a form, and whatever people type into it",
    "chart": "a picture on the page of progress",
    "chart-indicator": "a picture on the page of the series",
    "chart-target": "a picture on the page of the number",
    "thanks": "after a form",
    "subscribe-sent": "after a form",
    "subscription": "for one reader",
    "digest": "in one language only; the list of digests leads to it",
    "not-found": "no page",
}


def test_no_page_of_the_site_is_forgotten(client: Client) -> None:
    unpublished.public()
    names = {pattern.name for pattern in urls.urlpatterns}
    places = [place.text or "" for part in parts(client).values() for place in part.findall("s:url/s:loc", NAMES)]
    paths = {place.removeprefix(settings.SITE_URL).split("/", 2)[2] for place in places}
    found = {resolve(f"/{path}", urlconf=urls.__name__).url_name for path in paths}
    assert found == names - LEFT_OUT.keys()
    assert len(places) == len(set(places))


def test_the_page_of_search_is_not_to_be_listed(client: Client) -> None:
    for address in ("/en/search/", "/en/search/?q=forum"):
        assert client.get(address)["X-Robots-Tag"] == "noindex"


def test_every_address_leads_to_itself_in_the_other_languages_and_to_a_default(client: Client) -> None:
    assert not any("evidence" in place for place in parts(client))  # a part without an address would not be valid
    unpublished.public()
    for part in parts(client).values():
        urls = part.findall("s:url", NAMES)
        assert 0 < len(urls) <= 50_000
        for url in urls[:40]:
            links = {link.get("hreflang"): link.get("href") for link in url.findall("x:link", NAMES)}
            assert set(links) == {*LANGUAGES, "x-default"}
            assert url.findtext("s:loc", namespaces=NAMES) in links.values()


def test_a_pledge_bears_the_day_of_its_newest_change(client: Client) -> None:
    seen = unpublished.public()
    pledges = next(part for place, part in parts(client).items() if "pledges" in place)
    dates = {url.findtext("s:loc", "", NAMES): url.findtext("s:lastmod", "", NAMES) for url in pledges}
    newest = seen.updates[0].published_at
    assert newest is not None
    assert dates[f"{settings.SITE_URL}/en/pledges/{seen.places[0].code}/"] >= newest.date().isoformat()


@pytest.mark.parametrize("address", ["/sitemap-drafts.xml", "/sitemap-pledges.xml?p=9", "/sitemap-pledges.xml?p=x"])
def test_there_is_no_other_part(client: Client, address: str) -> None:
    assert client.get(address).status_code == 404


def test_robots_are_shown_the_sitemap_and_kept_from_the_desk(client: Client) -> None:
    text = client.get("/robots.txt").content.decode()
    assert f"Sitemap: {settings.SITE_URL}/sitemap.xml" in text
    assert "Disallow: /admin/" in text
    assert "Disallow: /\n" not in text
