"""A frozen release: written whole, never written again, served as it was published, and proved by its checksums."""

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
import yaml
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client

from commitments.exports import freezing, publishing
from commitments.exports.freezing import FrozenError
from commitments.exports.sheets import EXPORTED
from commitments.models import Release
from commitments.record import ledger
from tests import factories, unpublished
from tests.exports.files import body, table
from tests.factories import AT, people, published, two_good_items, update

pytestmark = pytest.mark.django_db
DAY = AT.date()
TABLES = {f"{name}.{form}" for name in EXPORTED for form in ("csv", "xlsx", "json")}
WORDS = {"CODEBOOK.md", "CITATION.cff", "CHANGES.md", "checkpoint.json", "release.json", "SHA256SUMS"}


@pytest.fixture(autouse=True)
def _the_day_after(tmp_path: Path, settings: Any) -> Iterator[None]:
    settings.RELEASES_DIR = tmp_path / "served"
    with time_machine.travel(AT + timedelta(days=1, hours=9), tick=False):
        yield


def export(root: Path, *options: str) -> str:
    out = StringIO()
    call_command("export_release", str(root), *options, stdout=out)
    return out.getvalue()


def facts(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "release.json").read_text())
    return found


def test_a_release_is_a_folder_with_everything_and_its_checksums(tmp_path: Path) -> None:
    unpublished.public()
    export(tmp_path)
    folder = tmp_path / DAY.isoformat()
    assert {path.name for path in folder.iterdir()} == {"datapackage.zip", *TABLES, *WORDS}
    sums = dict(reversed(line.split("  ")) for line in (folder / "SHA256SUMS").read_text().splitlines())
    assert sums == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.name != "SHA256SUMS"
    }
    assert (folder / "pledges.csv").read_bytes() == body(f"/export/pledges.csv?as_of={DAY}")


def test_its_package_names_the_version_and_is_else_that_of_the_day(tmp_path: Path) -> None:
    export(tmp_path, "--version", "2026.1")
    cff = yaml.safe_load((tmp_path / "2026.1" / "CITATION.cff").read_text())
    assert (cff["version"], cff["date-released"], cff["license"]) == ("2026.1", "2026-11-22", "CC-BY-4.0")
    assert facts(tmp_path / "2026.1")["as_of"] == "2026-11-22"


def test_its_checkpoint_vouches_for_the_log_of_that_day(tmp_path: Path) -> None:
    published(update(factories.pledge(), "in_progress"), two_good_items(), at=AT + timedelta(days=1))
    export(tmp_path)
    said = json.loads((tmp_path / DAY.isoformat() / "checkpoint.json").read_text())
    assert said["size"] == ledger.size(on=DAY) < ledger.size(on=DAY + timedelta(days=1))
    assert said["root"] == ledger.merkle_root(ledger.entries(on=DAY).values_list("leaf", flat=True))


def test_a_version_is_written_once(tmp_path: Path) -> None:
    export(tmp_path)
    before = (tmp_path / DAY.isoformat() / "SHA256SUMS").read_bytes()
    with pytest.raises(CommandError, match="there already"):
        export(tmp_path)
    assert (tmp_path / DAY.isoformat() / "SHA256SUMS").read_bytes() == before


def test_a_release_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: Any, **options: Any) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("commitments.exports.freezing.write_workbook", full)
    with pytest.raises(CommandError, match="No space"):
        export(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("version", ["../x", "a b", ".hidden", "x" * 33, "a/b"])
def test_a_version_is_a_plain_word(tmp_path: Path, version: str) -> None:
    with pytest.raises(CommandError, match="made of letters"):
        export(tmp_path, "--version", version)


def test_a_day_that_is_not_over_is_frozen_only_by_force_and_no_day_to_come_ever(tmp_path: Path) -> None:
    today = DAY + timedelta(days=1)
    with pytest.raises(CommandError, match="not over"):
        export(tmp_path, "--as-of", today.isoformat())
    export(tmp_path, "--as-of", today.isoformat(), "--force")
    assert (tmp_path / today.isoformat()).is_dir()
    with pytest.raises(CommandError, match="not come yet"):
        export(tmp_path, "--as-of", "2999-01-01", "--force")
    with pytest.raises(CommandError, match="Nothing was public"):
        export(tmp_path, "--as-of", "2020-01-01")


def test_the_changes_are_those_since_the_release_before(tmp_path: Path) -> None:
    export(tmp_path, "--as-of", "2026-11-21")
    seen = unpublished.public()
    said = export(tmp_path)
    assert "new since 2026-11-21" in said
    folder = tmp_path / DAY.isoformat()
    assert facts(folder)["previous"] == "2026-11-21"
    counted = facts(folder)["changes"]
    assert counted["new_pledges"] == 0
    assert (counted["statuses"], counted["provisional_statuses"], counted["corrections"]) == (1, 1, 2)
    assert (counted["replies"], counted["figures"], counted["evidence"]) == (1, 1, len(seen.items))
    text = (folder / "CHANGES.md").read_text()
    assert f"{seen.places[0].code} in_progress since" in text
    assert f"({seen.updates[2].public_id}), in place of {seen.updates[1].public_id}" in text
    assert all(item.public_id in text for item in seen.items)


# --- published ------------------------------------------------------------------------------


def test_a_release_is_listed_only_if_asked_for(tmp_path: Path, client: Client) -> None:
    export(tmp_path, "--as-of", "2026-11-21")
    assert not Release.objects.exists()
    export(tmp_path, "--publish")
    release = Release.objects.get()
    page = client.get("/en/data/").content.decode()
    assert release.sha256 in page
    assert f"/releases/{DAY}/datapackage.zip" in page
    assert "/releases/2026-11-21/" not in page


def test_its_files_are_served_as_they_were_published_for_good(tmp_path: Path, client: Client) -> None:
    export(tmp_path, "--publish")
    for file in Release.objects.get().files:
        content = body(f"/releases/{DAY}/{file['name']}")
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file["size"], file["sha256"])
    answer = client.get(f"/releases/{DAY}/datapackage.zip")
    assert "immutable" in answer["Cache-Control"]
    again = client.get(f"/releases/{DAY}/datapackage.zip", headers={"if-none-match": answer["ETag"]})
    assert again.status_code == 304
    answer.close()


def test_nothing_else_is_served(tmp_path: Path, client: Client) -> None:
    export(tmp_path, "--publish")
    (tmp_path / "served" / DAY.isoformat() / "secret").write_text("x")
    for path in ("2026-11-22/secret", "2026-11-22/..", "v9/datapackage.zip", "..%2F/release.json"):
        assert client.get(f"/releases/{path}").status_code == 404, path


def test_a_listed_release_is_neither_changed_nor_deleted_nor_listed_twice(tmp_path: Path) -> None:
    export(tmp_path, "--publish")
    folder = tmp_path / DAY.isoformat()
    with pytest.raises(FrozenError, match="listed already"):
        publishing.publish(folder, freezing.read(folder), at=AT)
    for change in (lambda: Release.objects.update(sha256="0" * 64), lambda: Release.objects.all().delete()):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_what_was_published_can_be_verified(tmp_path: Path) -> None:
    export(tmp_path, "--publish")
    call_command("verify_release", DAY.isoformat(), stdout=StringIO())
    call_command("verify_release", DAY.isoformat(), "--dir", str(tmp_path), stdout=StringIO())
    served = tmp_path / "served" / DAY.isoformat()
    (served / "pledges.csv").write_bytes(b"code\r\n")
    (served / "updates.csv").unlink()
    (served / "more.csv").touch()
    wrong = publishing.wrong_with(DAY.isoformat())
    assert wrong == ["updates.csv is not there", "more.csv came later", "pledges.csv was changed"]
    with pytest.raises(CommandError, match="was changed"):
        call_command("verify_release", DAY.isoformat())
    with pytest.raises(CommandError, match="no release v9"):
        call_command("verify_release", "v9")
    with pytest.raises(CommandError, match="is not there"):
        call_command("verify_release", "v9", "--dir", str(tmp_path))


def test_new_checksums_do_not_hide_what_was_changed(tmp_path: Path) -> None:
    export(tmp_path, "--publish")
    served = tmp_path / "served" / DAY.isoformat()
    (served / "pledges.csv").write_bytes(b"code\r\n")
    digest = hashlib.sha256(b"code\r\n").hexdigest()
    lines = [line for line in (served / "SHA256SUMS").read_text().splitlines() if not line.endswith("pledges.csv")]
    (served / "SHA256SUMS").write_text("\n".join([*lines, f"{digest}  pledges.csv", ""]))
    assert publishing.wrong_with(DAY.isoformat()) == ["SHA256SUMS was changed", "pledges.csv was changed"]


def test_what_is_published_later_is_not_in_a_frozen_release(tmp_path: Path) -> None:
    export(tmp_path, "--publish")
    before = body(f"/releases/{DAY}/updates.csv")
    fix = published(update(factories.pledge(), "in_progress", **people()), two_good_items(), at=AT)
    assert body(f"/releases/{DAY}/updates.csv") == before
    assert fix.public_id not in [row["id"] for row in table(before)]
