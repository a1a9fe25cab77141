"""The commands say what they did in numbers, and name file, line and code of what they refuse."""

import shutil
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command, execute_from_command_line
from django.db import connection

from commitments.catalogue import files
from commitments.catalogue.files import RECORD
from commitments.models import Coding, Document, Publication, publish_codings, triggers
from tests.catalogue.changes import everything

PLEDGES = "sao-paulo-consensus/pledges.yaml"


@pytest.fixture
def consensus(tmp_path: Path) -> Path:
    """Return a copy of the record with the Consensus alone, to be changed."""
    ignored = shutil.ignore_patterns("policy-paper-2025", "targets.yaml", "frozen.yaml")
    return Path(shutil.copytree(RECORD, tmp_path / "record", ignore=ignored))


def replace(path: Path, old: str, new: str) -> int:
    """Replace the first `old` in a file; return its line."""
    source = path.read_text(encoding="utf-8")
    assert old in source
    path.write_text(source.replace(old, new, 1), encoding="utf-8")
    return source[: source.index(old)].count("\n") + 1


def run(*command: object) -> list[str]:
    """Return the lines that a command prints."""
    out = StringIO()
    call_command(*command, stdout=out)
    return out.getvalue().splitlines()


def empty() -> None:
    with triggers.lifted(connection):
        call_command("flush", verbosity=0, interactive=False)


def test_check_says_in_numbers_what_it_proved() -> None:
    assert run("check_catalogue") == [
        "51 sections (7 + 44)",
        "28 + 151 sentences, every character accounted for",
        "362 pledges (27 + 335)",
        "837 quotes, 0 off by a character",
        "131 differences of renditions (51 + 80)",
    ]


def test_check_lists_every_problem_of_a_catalogue(consensus: Path) -> None:
    replace(consensus / PLEDGES, "start: 830", "start: 831")
    replace(consensus / PLEDGES, "- human-rights-governance", "- astrology")
    with pytest.raises(CommandError) as caught:
        run("check_catalogue", "--from", str(consensus))
    first, *problems = str(caught.value).splitlines()
    assert first == "2 problems:"
    assert problems[0].startswith(f"{PLEDGES}: SPC-2.1: at en 831–945 the text reads 'e reaffirm")
    assert problems[1] == f"{PLEDGES}: SPC-2.1: themes: 'astrology' is not in vocabulary.yaml"


def test_check_names_file_line_and_code_of_a_wrong_shape(consensus: Path) -> None:
    line = replace(consensus / PLEDGES, "trackability: declaratory", "trackability: perhaps")
    with pytest.raises(CommandError, match=rf"^1 problems:\n{PLEDGES}:{line}: SPC-2\.1: coding\.trackability: "):
        run("check_catalogue", "--from", consensus)


def test_a_folder_that_holds_no_catalogue_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"release\.yaml: the file is missing"):
        run("check_catalogue", "--from", tmp_path / "nowhere")


@pytest.mark.parametrize("command", ["check_catalogue", "load_catalogue"])
def test_a_wrong_catalogue_ends_a_command_with_1_and_says_why(
    consensus: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    line = replace(consensus / PLEDGES, "trackability: declaratory", "trackability: perhaps")
    with pytest.raises(SystemExit) as ended:
        execute_from_command_line(["manage.py", command, "--from", str(consensus)])
    assert ended.value.code == 1
    assert f"{PLEDGES}:{line}: SPC-2.1: coding.trackability: " in capsys.readouterr().err


@pytest.mark.django_db
def test_load_says_what_was_new_and_a_second_time_that_nothing_was(consensus: Path) -> None:
    empty()
    assert run("load_catalogue", "--from", consensus) == [
        "record: release record-1, 27 codings new, 0 recoded, 0 unchanged, 0 left to curators"
    ]
    assert run("load_catalogue", "--from", consensus) == [
        "record: release record-1, 0 codings new, 0 recoded, 27 unchanged, 0 left to curators"
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("trackability: declaratory", "trackability: perhaps", ":{line}: SPC-2.1: coding.trackability: "),
        ("start: 830", "start: 831", ": SPC-2.1: at en 831–945 the text reads "),
    ],
    ids=["shape", "proof"],
)
def test_load_refuses_a_wrong_catalogue_before_a_row_is_written(
    consensus: Path, old: str, new: str, complaint: str
) -> None:
    replace(consensus / "vocabulary.yaml", "Global governance", "Another name")
    line = replace(consensus / PLEDGES, old, new)
    before = everything()
    with pytest.raises(CommandError) as caught:
        run("load_catalogue", "--from", consensus)
    first, problem = str(caught.value).splitlines()
    assert first == "Nothing was loaded. The catalogue is wrong:"
    assert problem.startswith(PLEDGES + complaint.format(line=line))
    assert everything() == before


@pytest.mark.django_db
def test_load_names_a_pledge_that_vanished_and_changes_nothing(consensus: Path) -> None:
    before = everything()
    source = (consensus / PLEDGES).read_text(encoding="utf-8")
    at = source.index("- code: SPC-7.3")
    (consensus / PLEDGES).write_text(source[:at], encoding="utf-8")
    rows = (consensus / PLEDGES).with_name("passages.yaml")
    for start in (5737, 6011):
        words = rows.read_text(encoding="utf-8").partition(f"start: {start}\n")
        rows.write_text(words[0] + words[1] + words[2].replace("role: pledge", "role: position", 1), encoding="utf-8")
    with pytest.raises(CommandError, match=r"SPC-7\.3: in the database, but no longer in the catalogue"):
        run("load_catalogue", "--from", consensus)
    assert everything() == before


@pytest.mark.django_db
def test_load_names_the_codings_it_left_to_curators(consensus: Path) -> None:
    now = Coding.objects.get(pledge__code="SPC-2.1")
    ana, bo = (get_user_model().objects.create(username=name) for name in ("ana", "bo"))
    fields = {name: getattr(now, name) for name in ("pledge", "title", "reason", "test")}
    coding = Coding.objects.create(**fields, trackability="directional", version=2, author=ana, approver=bo)
    for name in ("actors", "themes"):
        getattr(coding, name).set(getattr(now, name).all())
    publish_codings(Publication.begin(datetime(2027, 1, 1, tzinfo=UTC)), [(coding, {})])
    assert run("load_catalogue", "--from", consensus) == [
        "record: release record-1, 0 codings new, 0 recoded, 26 unchanged, 1 left to curators",
        "  SPC-2.1: curators have published a later coding; it stands",
    ]


@pytest.mark.django_db
def test_export_writes_what_check_and_load_take_back(tmp_path: Path) -> None:
    root = tmp_path / "record"
    (line,) = run("export_catalogue", root)
    shipped = [path for path in RECORD.rglob("*") if path.is_file() and path.name != "second-reading.yaml"]
    assert line == f"{len(shipped)} files written to {root}"
    assert sorted(p.relative_to(root) for p in root.rglob("*.*")) == sorted(p.relative_to(RECORD) for p in shipped)
    assert "362 unchanged" in run("load_catalogue", "--from", root)[0]


@pytest.mark.django_db
def test_export_of_an_empty_database_says_what_to_do_and_writes_nothing(tmp_path: Path) -> None:
    empty()
    assert not Document.objects.exists()
    with pytest.raises(CommandError, match=r"no record yet\. Run `manage\.py load_catalogue` first"):
        run("export_catalogue", tmp_path / "record")
    assert not (tmp_path / "record").exists()


def test_freezing_the_record_that_ships_writes_the_codes_that_ship(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "RECORD", tmp_path)  # where to write; what is read is the record that ships
    assert run("freeze_catalogue") == ["362 codes frozen with release record-1"]
    assert (tmp_path / "frozen.yaml").read_bytes() == (RECORD / "frozen.yaml").read_bytes()
