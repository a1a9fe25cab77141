"""Sources on their pages: kept files, what supersedes what, and items that have a file and no address."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.test import Client

from commitments.models import Attachment, Evidence
from tests.beside import day, superseded
from tests.factories import AT, evidence, pledge

from .test_overview import Node, fetch

pytestmark = pytest.mark.django_db

CONTENT = b"%PDF-1.7\n" + b"0" * 1_300_000 + b"\nstartxref\n9\n%%EOF"


@pytest.fixture(autouse=True)
def _two_days_later() -> Iterator[None]:
    """Read the pages after everything here was published."""
    with time_machine.travel(day("2026-11-24"), tick=False):
        yield


@pytest.fixture(autouse=True)
def _files_of_the_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage: Any = Evidence._meta.get_field("file").storage  # type: ignore[union-attr]
    monkeypatch.setattr(storage, "location", str(tmp_path))
    monkeypatch.setattr(storage, "base_location", str(tmp_path))


def with_file(**fields: Any) -> Evidence:
    """Return a public item that has a file and no address."""
    values = {"file_name": "act.pdf", "media_type": "application/pdf", "sha256": hashlib.sha256(CONTENT).hexdigest()}
    item = evidence(source_url="", file="none", **values | fields)
    item.file.save("aa/act.pdf", ContentFile(CONTENT))
    return item


def meaning(page: Node, term: str) -> Node | None:
    found = page.one("section", **{"aria-labelledby": "source"}).one("dl")
    names = [dt.text() for dt in found.all("dt")]
    return found.all("dd")[names.index(term)] if term in names else None


def test_a_kept_file_is_named_with_kind_size_and_hash_and_can_be_had(client: Client) -> None:
    item = with_file()
    page = fetch(client, f"/en/evidence/{item.public_id}/")
    copy = meaning(page, "Stored copy")
    assert copy is not None
    assert "act.pdf (PDF, 1.2" in copy.text().replace("\xa0", " ")
    assert item.sha256 in copy.text()
    link = copy.one("a")["href"]
    assert link.endswith(f"/files/evidence/{item.public_id}/")
    given = client.get(urlsplit(link).path, headers={"host": urlsplit(link).netloc})
    assert given.status_code == 200
    assert (b"".join(given.streaming_content) if given.streaming else given.content) == CONTENT
    assert meaning(page, "Address") is None


def test_an_item_without_a_file_speaks_of_none(client: Client) -> None:
    item = evidence()
    page = fetch(client, f"/en/evidence/{item.public_id}/")
    assert meaning(page, "Stored copy") is None
    address = meaning(page, "Address")
    assert address is not None
    assert address.one("a")["href"] == item.source_url


def test_a_file_that_is_not_at_its_place_does_not_take_the_page_with_it(client: Client) -> None:
    item = with_file()
    item.file.storage.delete(item.file.name)
    copy = meaning(fetch(client, f"/en/evidence/{item.public_id}/"), "Stored copy")
    assert copy is not None
    assert copy.all("a") == []
    assert "act.pdf (PDF)" in copy.text()


def test_an_item_with_a_file_alone_breaks_no_list(client: Client) -> None:
    item, row = with_file(title="Only a file"), pledge()
    Attachment.objects.create(evidence=item, pledge=row, bearing="context", public_at=AT)
    for address in ("/en/evidence/?q=Only", f"/en/pledges/{row.code}/", f"/en/evidence/?pledge={row.code}"):
        assert "Only a file" in fetch(client, address).text()


def test_what_supersedes_what_is_said_on_both_and_in_the_lists(client: Client) -> None:
    old, new = superseded()
    row = pledge()
    Attachment.objects.create(evidence=old, pledge=row, bearing="context", public_at=AT)
    before, after = (fetch(client, f"/en/evidence/{item.public_id}/").one("main").one("header") for item in (old, new))
    assert f"Superseded by {new.public_id}" in before.text()
    assert f"Supersedes {old.public_id}" in after.text()
    assert "upersede" not in after.text().replace(f"Supersedes {old.public_id}", "")
    for address in (f"/en/pledges/{row.code}/", f"/en/evidence/?q={old.public_id}"):
        assert f"superseded by {new.public_id}" in fetch(client, address).one("main").text()


def test_a_successor_that_readers_cannot_see_yet_is_not_named(client: Client) -> None:
    old, new = superseded(day("2027-01-10"))
    hidden, never = superseded(None)
    with time_machine.travel(day("2027-01-09"), tick=False):
        for item, successor in ((old, new), (hidden, never)):
            for address in (f"/en/evidence/{item.public_id}/", f"/en/evidence/?q={item.public_id}"):
                page = fetch(client, address).one("main").text()
                assert successor.public_id not in page
                assert "uperseded" not in page
            fetch(client, f"/en/evidence/{successor.public_id}/", status=404)
    with time_machine.travel(day("2027-01-10"), tick=False):
        assert f"Superseded by {new.public_id}" in fetch(client, f"/en/evidence/{old.public_id}/").text()
        assert never.public_id not in fetch(client, f"/en/evidence/{hidden.public_id}/").text()


def test_an_item_that_supersedes_nothing_public_names_nothing(client: Client) -> None:
    old, new = superseded()
    Evidence.objects.filter(pk=old.pk).update(public_at=None)
    assert old.public_id not in fetch(client, f"/en/evidence/{new.public_id}/").text()


def test_an_error_can_be_reported_from_the_page_of_an_item(client: Client) -> None:
    links = [a["href"] for a in fetch(client, f"/es/evidence/{evidence().public_id}/").one("main").all("a")]
    assert "/es/corrections/#report" in links
