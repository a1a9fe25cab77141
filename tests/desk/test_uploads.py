"""Uploaded sources: what is kept is what it is by its content, under names that play no tricks, or nothing at all."""

import hashlib
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import IntegrityError
from django.test import Client

from commitments.editorial import evidence as editorial
from commitments.editorial.policies import RefusedError
from commitments.evidence.uploads import MAX_BYTES, examine, shown_name
from commitments.models import Evidence
from tests.desk.sources import ADD, PDF, POLYGLOT, change, chunk, claiming, errors, filled, picture, recorded, upload
from tests.factories import AT, evidence, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def curator(desk: Callable[[Any], Client], kept: Path) -> Client:
    return desk(person("curator"))


def files(kept: Path) -> list[bytes]:
    return sorted(path.read_bytes() for path in kept.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("content", "media_type", "end"),
    [
        (PDF, "application/pdf", "pdf"),
        (POLYGLOT, "application/pdf", "pdf"),
        (picture("PNG"), "image/png", "png"),
        (picture("JPEG"), "image/jpeg", "jpg"),
        (picture("WEBP"), "image/webp", "webp"),
    ],
)
def test_a_file_is_kept_as_it_is_with_its_type_by_its_content_and_its_hash(
    curator: Client, kept: Path, content: bytes, media_type: str, end: str
) -> None:
    item = recorded(curator, source_url="", file=upload(content, "Acta firmada.HTML", "text/html"))
    assert (item.media_type, item.file_name) == (media_type, f"Acta firmada.HTML.{end}")
    assert item.sha256 == hashlib.sha256(content).hexdigest()
    assert files(kept) == [content]
    assert "Acta" not in item.file.name
    assert Path(item.file.name).suffix == f".{end}"


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"<html><script>alert(1)</script></html>", "decree.pdf", "no PDF and no PNG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "map.png", "no PDF and no PNG"),
        (b"<?xml version='1.0'?><svg/>", "map.svg", "no PDF and no PNG"),
        (b"GIF89a" + b"\0" * 50, "a.gif", "no PDF and no PNG"),
        (b"PK\x03\x04" + b"\0" * 50, "a.pdf", "no PDF and no PNG"),
        (b"MZ" + b"\0" * 50, "a.pdf", "no PDF and no PNG"),
        (b"<html>" + PDF, "a.pdf", "no PDF and no PNG"),
        (PDF[:20], "a.pdf", "cut off or damaged"),
        (PDF + b" " * 4000, "a.pdf", "cut off or damaged"),
        (picture("PNG")[:60], "a.png", "cut off or damaged"),
        (b"\x89PNG\r\n\x1a\n" + b"<script>" * 20, "a.png", "cut off or damaged"),
        (b"\xff\xd8\xff" + b"<script>" * 20, "a.jpg", "cut off or damaged"),
        (b"RIFF\x10\0\0\0WEBPVP8 " + b"<script>" * 20, "a.webp", "cut off or damaged"),
        (claiming(20_000, 20_000), "bomb.png", "million pixels"),
        (claiming(8_000, 8_000), "bomb.png", "million pixels"),
        (picture("JPEG", located=True), "photo.jpg", "where it was taken"),
        (picture("PNG", located=True), "photo.png", "where it was taken"),
        (picture("WEBP", located=True), "photo.webp", "where it was taken"),
        (PDF + b"%" * MAX_BYTES, "long.pdf", "larger than 20 MB"),
        (b"", "empty.pdf", "empty"),
    ],
)
def test_what_is_not_kept_is_refused_at_its_field_and_leaves_nothing(
    curator: Client, kept: Path, content: bytes, name: str, words: str
) -> None:
    answer = curator.post(ADD, filled(source_url="", file=upload(content, name)))
    assert words in errors(answer)["file"][0]
    assert list(errors(answer)) == ["file"]
    assert not Evidence.objects.exists()
    assert files(kept) == []


def test_a_file_of_just_the_limit_is_kept(curator: Client) -> None:
    full = PDF.replace(b"1 0 obj", b"%" + b"x" * (MAX_BYTES - len(PDF) - 2) + b"\n1 0 obj")
    assert len(full) == MAX_BYTES
    assert recorded(curator, source_url="", file=upload(full)).file.size == MAX_BYTES


def test_a_text_chunk_that_unfolds_into_gigabytes_is_not_unfolded() -> None:
    bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"\0" * 200_000_000, 9))
    whole = picture("PNG")
    with pytest.raises(Exception, match="damaged"):
        examine(whole[:33] + bomb + whole[33:])


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("decree.pdf", "decree.pdf"),
        ("../../../etc/passwd", "passwd.pdf"),
        ("..\\..\\windows\\system.pdf", "system.pdf"),
        ("/tmp/evil.PDF", "evil.pdf"),
        ("page.html", "page.html.pdf"),
        ("abc\u202efdp.exe", "abcfdp.exe.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie x.pdf"),
        ('na"me<b>.pdf', "nameb.pdf"),
        ("政策文件.pdf", "政策文件.pdf"),
        ("  .pdf", "source.pdf"),
        ("....", "source.pdf"),
        ("", "source.pdf"),
        ("\x00", "source.pdf"),
        ("n" * 300 + ".pdf", "n" * 120 + ".pdf"),
    ],
)
def test_a_name_is_shown_without_folders_and_tricks(given: str, shown: str) -> None:
    assert shown_name(given, "application/pdf") == shown


def test_no_name_leads_out_of_the_folder(curator: Client, kept: Path) -> None:
    item = recorded(curator, source_url="", file=upload(PDF, "../../../../tmp/owned.pdf"))
    assert kept.resolve() in Path(item.file.path).resolve().parents
    assert item.file_name == "owned.pdf"


# --- the same bytes again ---


def test_a_file_that_is_there_needs_a_tick_and_says_where_it_is(curator: Client, kept: Path) -> None:
    item = recorded(curator, source_url="", file=upload())
    again = {"source_url": "", "origin": "another", "title": ""}
    answer = curator.post(ADD, filled(file=upload(name="other.pdf"), **again))
    assert item.public_id in errors(answer)["file"][0]
    assert "choose the file again" in answer.content.decode()
    assert len(files(kept)) == 1
    curator.post(ADD, filled(file=upload(name="other.pdf"), again="on", **again))
    assert Evidence.objects.count() == 2
    assert files(kept) == [PDF, PDF]


# --- changed and taken away ---


def test_a_file_that_is_replaced_is_deleted(
    curator: Client, kept: Path, django_capture_on_commit_callbacks: Any
) -> None:
    item = recorded(curator, source_url="", file=upload())
    with django_capture_on_commit_callbacks(execute=True):
        curator.post(change(item), filled(source_url="", file=upload(POLYGLOT, "new.pdf")))
    item.refresh_from_db()
    assert (item.file_name, item.sha256) == ("new.pdf", hashlib.sha256(POLYGLOT).hexdigest())
    assert files(kept) == [POLYGLOT]


def test_an_edit_of_other_fields_keeps_the_file(
    curator: Client, kept: Path, django_capture_on_commit_callbacks: Any
) -> None:
    item = recorded(curator, source_url="", file=upload())
    with django_capture_on_commit_callbacks(execute=True):
        curator.post(change(item), filled(source_url="", publisher="Mended"))
    item.refresh_from_db()
    assert (item.publisher, item.file_name, files(kept)) == ("Mended", "decree.pdf", [PDF])


def test_a_file_can_be_taken_away_where_an_address_remains(
    curator: Client, kept: Path, django_capture_on_commit_callbacks: Any
) -> None:
    item = recorded(curator, file=upload())
    nothing_left = curator.post(change(item), filled(source_url="", drop_file="on"))
    assert "source_url" in errors(nothing_left)
    with django_capture_on_commit_callbacks(execute=True):
        curator.post(change(item), filled(drop_file="on"))
    item.refresh_from_db()
    assert (bool(item.file), item.file_name, item.media_type, item.sha256) == (False, "", "", "")
    assert files(kept) == []


def test_the_file_of_a_public_item_stays_when_its_successor_takes_another(
    curator: Client, kept: Path, django_capture_on_commit_callbacks: Any
) -> None:
    item = recorded(curator, source_url="", file=upload())
    Evidence.objects.filter(pk=item.pk).update(public_at=AT)
    item.refresh_from_db()
    new = editorial.supersede(item, by=person(), at=AT).successor
    with django_capture_on_commit_callbacks(execute=True):
        curator.post(change(new), filled(source_url="", file=upload(POLYGLOT, "new.pdf")))
    item.refresh_from_db()
    assert item.file.open("rb").read() == PDF
    assert files(kept) == sorted([PDF, POLYGLOT])


# --- when saving fails ---


@pytest.mark.parametrize("refusal", [RefusedError("Not now."), IntegrityError("no")])
def test_a_file_whose_item_was_not_saved_is_deleted_and_what_was_typed_comes_back(
    curator: Client, kept: Path, monkeypatch: pytest.MonkeyPatch, refusal: Exception
) -> None:
    """The last step of saving fails, after the file is written."""
    written: list[list[bytes]] = []

    def fail(*args: Any, **kwargs: Any) -> None:
        written.append(files(kept))
        raise refusal

    monkeypatch.setattr("commitments.editorial.evidence.Audit.write", fail)
    answer = curator.post(ADD, filled(source_url="", file=upload(), publisher="Typed by hand"))
    assert written == [[PDF]]
    assert answer.status_code == 200
    assert "Typed by hand" in answer.content.decode()
    assert not Evidence.objects.exists()
    assert files(kept) == []


def test_a_file_that_could_only_be_written_in_part_is_deleted(
    curator: Client, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = FileSystemStorage._save

    def full_disk(self: FileSystemStorage, name: str, content: Any) -> str:
        whole(self, name, content)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(FileSystemStorage, "_save", full_disk)
    with pytest.raises(OSError, match="No space"):
        curator.post(ADD, filled(source_url="", file=upload()))
    assert files(kept) == []
    assert not Evidence.objects.exists()


def test_files_never_lie_where_the_server_serves_by_itself(settings: Any) -> None:
    kept = Path(Evidence._meta.get_field("file").storage.base_location).resolve()  # type: ignore[union-attr]
    assert kept == settings.VAR_DIR / "evidence"
    served = [Path(settings.STATIC_ROOT), *map(Path, settings.STATICFILES_DIRS)]
    assert not any(folder == kept or folder in kept.parents or kept in folder.parents for folder in served)
    assert evidence(file="x.pdf").file.storage is Evidence._meta.get_field("file").storage  # type: ignore[union-attr]
