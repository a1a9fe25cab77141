"""Digests on the site: the page that each mail leads to, and a list that tells nobody who reads what."""

from datetime import timedelta

import pytest
from django.test import Client

from commitments.digests.compose import compose
from commitments.models import Digest
from tests import factories
from tests.digests.rows import subscribed
from tests.factories import AT, people, published, two_good_items, update

from .test_overview import fetch

pytestmark = pytest.mark.django_db

NASTY = "<script>alert(1)</script>"


def happens(**fields: object) -> None:
    published(update(factories.pledge(), "in_progress", **people() | fields), two_good_items())


def composed() -> list[Digest]:
    compose(at=AT + timedelta(days=9))
    return list(Digest.objects.order_by("pk"))


def test_the_page_says_what_the_mail_said_and_nothing_of_its_reader(client: Client) -> None:
    subscribed(language="en")
    happens(summary={"en": f"Ferries run. {NASTY}"})
    (digest,) = composed()
    response = client.get(f"/zh-hans/digests/{digest.key[:20]}/")
    page = response.content.decode()
    assert digest.subject in page
    assert "Ferries run." in page
    assert NASTY not in page
    assert "in progress" in page
    assert 'lang="en"' in page
    assert "reader@" not in page
    assert "/subscriptions/" not in page


def test_only_digests_of_one_thing_are_listed_and_each_in_its_language(client: Client) -> None:
    place = factories.pledge()
    subscribed("everything", language="en")
    subscribed(f"section:{place.section}", address="b@example.org", language="en")
    subscribed("everything", f"pledge:{place.code}", address="c@example.org", language="en")
    subscribed("everything", address="d@example.org", language="es")
    subscribed("everything", kinds=["status"], address="e@example.org", language="en")
    subscribed(f"search:section={place.section.number}", address="f@example.org", language="en")
    happens()
    assert len(composed()) == 6
    listed = [a["href"] for a in fetch(client, "/en/digests/").one("ol", "corrections").all("a")]
    assert len(listed) == 2
    assert len(fetch(client, "/es/digests/").one("ol", "corrections").all("a")) == 1
    for address in listed:
        assert client.get(address).headers.get("X-Robots-Tag") is None
    hidden = Digest.objects.filter(listed=False)[0]
    assert client.get(f"/en/digests/{hidden.key[:20]}/")["X-Robots-Tag"] == "noindex"


def test_an_empty_archive_and_a_page_too_far_say_so(client: Client) -> None:
    assert "No digest has been sent" in fetch(client, "/en/digests/").text()
    assert client.get("/en/digests/?page=9").status_code == 400


@pytest.mark.parametrize("key", ["0" * 20, "abc", "%25", "0" * 80])
def test_a_key_of_nothing_is_not_found(client: Client, key: str) -> None:
    subscribed()
    happens()
    composed()
    assert client.get(f"/en/digests/{key}/").status_code == 404
