"""What the database holds comes back as the very files it was loaded from, with what curators published since."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model

from commitments.catalogue import export, files
from commitments.catalogue.files import RECORD
from commitments.catalogue.schema import Catalogue, PledgeEntry
from commitments.models import Coding, Document, Publication, Theme, publish_codings

NOW = datetime(2027, 3, 1, tzinfo=UTC)


def draft(code: str, english: str) -> Coding:
    """Write a later coding, with an author and an approver, that is not published yet."""
    now = Coding.objects.filter(pledge__code=code).latest("version")
    ana, bo = (get_user_model().objects.create(username=name) for name in ("ana", "bo"))
    fields = {name: getattr(now, name) for name in ("pledge", "trackability", "reason", "test", "note")}
    title = {**now.title, "en": english}
    coding = Coding.objects.create(**fields, title=title, version=now.version + 1, author=ana, approver=bo)
    for name in Coding.sealed_links:
        getattr(coding, name).set(getattr(now, name).all())
    return coding


def publish(coding: Coding) -> None:
    publish_codings(Publication.begin(NOW), [(coding, {})])


def exported(catalogue: Catalogue) -> Catalogue:
    return export.export(catalogue.release, catalogue.frozen)


def first_pledge() -> PledgeEntry:
    """Return SPC-2.1 as the database has it."""
    return export.folder(Document.objects.get(code="SPC")).pledges[0]


@pytest.mark.django_db
def test_the_files_that_ship_come_back_byte_for_byte(catalogue: Catalogue, tmp_path: Path) -> None:
    written = {path.relative_to(tmp_path) for path in files.write(exported(catalogue), tmp_path)}
    shipped = {path.relative_to(RECORD) for path in RECORD.rglob("*") if path.is_file()}
    assert written == shipped - {Path("second-reading.yaml")}
    for name in sorted(written):
        assert (tmp_path / name).read_bytes() == (RECORD / name).read_bytes(), name


@pytest.mark.django_db
def test_a_coding_by_curators_is_exported_in_place_of_the_releases(catalogue: Catalogue) -> None:
    coding = draft("SPC-2.1", "The curators' title")
    coding.themes.set(Theme.objects.filter(slug__in=["oceans", "climate"]))
    publish(coding)
    after = exported(catalogue)
    entry, *others = after.documents[0].pledges
    assert entry.coding.title["en"] == "The curators' title"
    assert sorted(entry.coding.themes) == ["climate", "oceans"]
    first, *unchanged = catalogue.documents[0].pledges
    assert entry.quotes == first.quotes
    assert others == unchanged
    assert after.documents[1] == catalogue.documents[1]


@pytest.mark.django_db
def test_a_coding_that_is_not_published_is_not_exported(catalogue: Catalogue) -> None:
    draft("SPC-2.1", "Not yet for readers")
    assert first_pledge() == catalogue.documents[0].pledges[0]


@pytest.mark.django_db
def test_every_field_of_a_coding_comes_back() -> None:
    coding = draft("SPC-2.1", "Every field")
    coding.trackability, coding.recurrence, coding.note = "continuing", "yearly", {"es": "Una nota."}
    coding.due_on = datetime(2030, 12, 31, tzinfo=UTC).date()
    coding.reason = {**coding.reason, "pt-br": "Um motivo."}
    coding.test = {**coding.test, "zh-hans": "一项检验。"}
    coding.save()
    publish(coding)
    entry = first_pledge().coding
    assert (entry.trackability, entry.recurrence, entry.note) == ("continuing", "yearly", {"es": "Una nota."})
    assert str(entry.due_on) == "2030-12-31"
    assert (entry.reason["pt-br"], entry.test["zh-hans"]) == ("Um motivo.", "一项检验。")
