"""What is not published is nowhere to be seen in public.

The strongest form: everything that the site answers to readers is the same, byte for byte, whether the desk is full or
empty. And so that this can fail: what is approved is there.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib.admin import site
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver

from commitments.editorial import drafts
from commitments.editorial import evidence as desk
from commitments.evidence.files import keyed_address
from commitments.models import Attachment, Draft, Evidence
from tests import factories, public_addresses, unpublished
from tests.editorial import proposals
from tests.factories import AT
from tests.public_addresses import Answer, Ids, answer, answers
from tests.unpublished import FIGURE, Hidden, Public, Words

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
#: What is public of second codings, by design: how many there are, and how far they agree.
AGREEMENT = "/methodology/"


@pytest.fixture(autouse=True)
def _at_noon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Freeze the day, and keep files in a folder of the test."""
    storage = Evidence._meta.get_field("file").storage  # type: ignore[union-attr]
    monkeypatch.setattr(storage, "location", str(tmp_path))
    monkeypatch.setattr(storage, "base_location", str(tmp_path))
    with time_machine.travel(NOON, tick=False):
        yield


@contextmanager
def undone() -> Iterator[None]:
    """Take back what is written inside."""
    with transaction.atomic():
        before = transaction.savepoint()
        yield
        transaction.savepoint_rollback(before)


def ids(seen: Public, hidden: Hidden) -> Ids:
    newest = seen.updates[-1].seq or 0
    return Ids(
        pledges=[place.code for place in seen.places],
        evidence=[item.public_id for item in (*seen.items, *hidden.items)],
        updates=[*(update.public_id for update in seen.updates), f"U{newest + 50}"],
        indicators=[seen.points[0].indicator.slug, hidden.series.slug],
        targets=[seen.target.code],
    )


def leaks(found: dict[str, Answer], words: list[str]) -> list[tuple[str, str]]:
    """Return (address, word) of every word in an answer to somebody who did not say it."""
    texts = {address: given.text() for address, given in found.items()}
    return [
        (address, word)
        for address, text in texts.items()
        for word in (*words, FIGURE)
        if word in text and word not in address
    ]


# --- the addresses --------------------------------------------------------------------------


def test_every_public_route_has_an_example() -> None:
    nobody = Ids(*(["x"] for _ in range(5)))
    assert set(public_addresses.examples(nobody)) == set(public_addresses.routes())


def test_the_examples_are_addresses_of_their_routes() -> None:
    nobody = Ids(["SPC-3.1"], ["E10001"], ["U1"], ["trade"], ["trade"])
    speaks = public_addresses.routes()
    for name, found in public_addresses.examples(nobody).items():
        way = "/en/" if speaks[name] else "/"
        led = {at: public_addresses.route_of(f"{way}{at}") for at in found if "nothing" not in at}
        assert set(led.values()) == {name}, led


# --- nothing is there -----------------------------------------------------------------------


def test_everything_public_is_the_same_whether_the_desk_is_full_or_empty(request: pytest.FixtureRequest) -> None:
    seen = unpublished.public()
    with undone():
        hidden = unpublished.everything(seen)
        unpublished.second_codings(hidden.words, seen)
        named = ids(seen, hidden)
        filtered = list(public_addresses.filtered(named))
        asked = [*public_addresses.addresses(named), *filtered[:: 1 if request.config.getoption("--full") else 5]]
        assert {draft.state for draft in Draft.objects.exclude(state="published")} == set(unpublished.STATES)
        full = answers(asked)
    empty = answers(asked)
    assert not Draft.objects.exclude(state="published").exists()
    assert sorted(full) == sorted(empty)
    assert leaks(full, hidden.words.given) == []
    assert [at for at in full if full[at] != empty[at] and AGREEMENT not in at] == []
    assert {given.status for given in full.values()} == {200, 301, 400, 404}


def test_no_search_finds_what_is_not_public(request: pytest.FixtureRequest) -> None:
    hidden = unpublished.everything(unpublished.public())
    client = Client()
    words = [*hidden.words.one_of_each(), FIGURE, *(item.public_id for item in hidden.items)]
    for word in words[:: 1 if request.config.getoption("--full") else 3]:
        for address in public_addresses.searches(word):
            if address.startswith("/api/"):
                found = json.loads(answer(client, address).body)
                assert found.get("count", found.get("total", {}).get("pledges")) == 0, address
    word, nowhere = hidden.words.given[0], "zqnowhere".ljust(len(hidden.words.given[0]), "z")
    for address in public_addresses.searches(word):
        shown = answer(client, address).text().replace(word, "?")
        assert shown == answer(client, address.replace(word, nowhere)).text().replace(nowhere, "?")


def test_an_unpublished_item_answers_as_an_unknown_number_does() -> None:
    hidden = unpublished.everything(unpublished.public())
    client = Client()
    for way in ("/en/evidence/{}/", "/zh-hans/evidence/{}/", "/api/v1/evidence/{}/", "/files/evidence/{}/"):
        for item in hidden.items:
            nothing = "E".ljust(len(item.public_id), "9")
            theirs, unknown = (answer(client, way.format(number)) for number in (item.public_id, nothing))
            assert theirs.status == unknown.status == 404
            assert theirs.text().replace(item.public_id.casefold(), nothing.casefold()) == unknown.text()


def test_the_name_of_a_kept_file_leads_nowhere() -> None:
    hidden = unpublished.everything(unpublished.public())
    client, name = Client(), hidden.items[0].file.name
    for folder in ("media", "files", "files/evidence", "static", "var/evidence", "evidence", "en/files", "uploads"):
        given = answer(client, f"/{folder}/{name}")
        assert given.status in (301, 302, 404), folder
        assert leaks({f"/{folder}/{name}": given}, hidden.words.given) == []


# --- the door -------------------------------------------------------------------------------


def _behind(patterns: list[Any], at: str = "/admin/") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every address of the desk, with the key of a draft wherever one is asked for."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _behind(pattern.url_patterns, f"{at}{pattern.pattern}")
        elif isinstance(pattern, URLPattern):
            yield f"{at}{pattern.pattern}", pattern.pattern.converters


def test_whoever_is_not_signed_in_sees_none_of_it_at_the_desk() -> None:
    hidden = unpublished.everything(unpublished.public())
    client, draft = Client(), hidden.drafts[0]
    found, shut = {}, 0
    for pattern, converters in _behind(site.get_urls()):
        address = pattern
        for name in converters:
            for kind in ("path:", "int:", "str:", "slug:", ""):
                address = address.replace(f"<{kind}{name}>", str(draft.pk))
        found[address] = answer(client, address)
        shut += found[address].status == 302
    assert shut > 60
    assert leaks(found, hidden.words.given) == []
    assert {at: given.status for at, given in found.items() if given.status == 200} == {}


# --- and what is approved is there ----------------------------------------------------------


def shown(addresses: list[str], word: str) -> list[str]:
    """Return the addresses whose answer holds the word."""
    return [address for address, given in answers(addresses).items() if word in given.text()]


def _status(words: Words, by: Any) -> tuple[Any, list[str], list[str]]:
    place, item = factories.pledge(), unpublished.item(words, by)
    Attachment.objects.create(evidence=item, pledge=place, bearing="supports", why=words.text("why"))
    content = factories.draft(
        place, by, [(item, "supports")], summary=words.text("summary"), to_reviewer=words("note")
    )
    number = item.public_id
    pages = [
        f"/en/pledges/{place.code}/",
        "/api/v1/updates/",
        f"/en/evidence/{number}/",
        f"/api/v1/evidence/{number}/",
    ]
    return content, [*pages, f"/files/evidence/{number}/"], ["summaryen", "summaryen", "title", "title", "bytes"]


def _coding(words: Words, by: Any) -> tuple[Any, list[str], list[str]]:
    place = factories.pledge()
    content = proposals.coding_draft(place, by, title=words.text("title"), to_reviewer=words("note"))
    addresses = [f"/en/pledges/{place.code}/", "/en/pledges/", f"/api/v1/pledges/{place.code}/"]
    return content, addresses, ["titleen"] * 3


def _reply(words: Words, by: Any) -> tuple[Any, list[str], list[str]]:
    place = factories.pledge()
    content = proposals.reply_draft(place, by, speaker=words("speaker"), to_reviewer=words("note"))
    return content, [f"/en/pledges/{place.code}/", f"/api/v1/pledges/{place.code}/"], ["speaker"] * 2


def _point(words: Words, by: Any) -> tuple[Any, list[str], list[str]]:
    series = proposals.indicator()
    content = proposals.point_draft(by, indicator=series, publisher=words("publisher"), to_reviewer=words("note"))
    addresses = [f"/en/indicators/{series.slug}/", f"/api/v1/indicators/{series.slug}/"]
    return content, addresses, ["publisher"] * 2


@pytest.mark.parametrize("make", [_status, _coding, _reply, _point])
def test_what_is_approved_is_there_and_what_was_said_over_it_is_not(make: Callable[..., Any]) -> None:
    words = Words()
    by, reviewer = words.somebody("curator"), words.somebody("reviewer")
    content, addresses, places = make(words, by)
    public = [next(word for word in words.given if word.startswith(f"zq{place}")) for place in places]
    assert shown(addresses, "zq") == []
    waiting = proposals.submitted(content)
    drafts.comment(waiting, by=reviewer, text=words("comment"), at=AT)
    proposals.approve(waiting, reviewer)
    for address, word in zip(addresses, public, strict=True):
        assert shown([address], word) == [address]
    private = [word for word in words.given if word.startswith(("zqnote", "zqcomment", "zqcur", "zqrev", "zqmail"))]
    everywhere = [*addresses, "/en/", "/en/evidence/", "/en/corrections/", "/api/v1/updates/", "/api/v1/evidence/"]
    assert len(private) > 4
    assert leaks(answers(everywhere), private) == []


def test_what_an_item_said_before_it_was_mended_is_never_shown() -> None:
    words = Words()
    by = words.somebody("curator")
    item = unpublished.item(words, by)
    before = list(words.given)
    desk.open_edit(item, by=by, at=AT)
    item.title, item.publisher, item.origin, item.fact = "New", "New", "new", words.text("newfact")
    item.source_url = "https://example.org/new"
    item.save()
    proposals.approved(factories.draft(factories.pledge(), by, [(item, "supports")]))
    addresses = [f"/en/evidence/{item.public_id}/", f"/api/v1/evidence/{item.public_id}/", "/api/v1/evidence/"]
    assert shown(addresses, "zqnewfact") == addresses
    gone = [word for word in before if not word.startswith("zqfilename")]
    assert leaks(answers(addresses), gone) == []


def test_a_file_that_is_not_public_opens_to_a_key_of_the_desk_alone() -> None:
    words = Words()
    item = unpublished.item(words, words.somebody("curator"))
    address = keyed_address(item).partition("/files/")[2]
    assert shown([f"/files/{address}"], "zqbytes") == [f"/files/{address}"]
    assert shown([f"/files/{address}x", f"/files/evidence/{item.public_id}/"], "zqbytes") == []
