"""A catalogue file of the wrong shape is refused with its name, the line and the code."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from commitments.catalogue import files
from commitments.catalogue.files import RECORD, CatalogueError
from commitments.catalogue.schema import Catalogue

SPC = "sao-paulo-consensus"
PLEDGES = f"{SPC}/pledges.yaml"


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """Return a copy of the real record without the policy paper, to be broken."""
    root = tmp_path / "record"
    return Path(shutil.copytree(RECORD, root, ignore=shutil.ignore_patterns("policy-paper-2025")))


@pytest.fixture
def alter(record: Path) -> Callable[..., int]:
    """Return what replaces the one place where `old` stands in a file, and says on which line that is."""

    def replace(name: str, old: str, new: str, *, after: str = "") -> int:
        path = record / name
        source = path.read_text(encoding="utf-8")
        at = source.index(old, source.index(after))
        path.write_text(source[:at] + new + source[at + len(old) :], encoding="utf-8")
        return source[:at].count("\n") + 1

    return replace


def problems(root: Path) -> list[str]:
    """Return what reading the catalogue complains about."""
    with pytest.raises(CatalogueError) as caught:
        files.read(root)
    assert str(caught.value) == "\n".join(caught.value.problems)
    return caught.value.problems


def test_the_record_that_ships_is_read_in_the_order_of_issue(catalogue: Catalogue) -> None:
    assert [folder.document.slug for folder in catalogue.documents] == [SPC, "policy-paper-2025"]
    assert catalogue.release.release == "record-1"
    assert set(catalogue.texts) == {
        (SPC, "en"),
        (SPC, "en-chen"),
        ("policy-paper-2025", "zh"),
        ("policy-paper-2025", "en"),
    }


def test_a_title_that_lacks_a_language_is_named(record: Path, alter: Callable[..., int]) -> None:
    line = alter(PLEDGES, "      es: Derechos humanos a la vez universales y particulares\n", "")
    assert problems(record) == [f"{PLEDGES}:{line - 2}: SPC-2.1: coding.title: Value error, no text in es"]


def test_an_empty_text_is_named_with_its_own_line(record: Path, alter: Callable[..., int]) -> None:
    line = alter(PLEDGES, "es: Derechos humanos a la vez universales y particulares", "es: ''")
    (problem,) = problems(record)
    assert problem.startswith(f"{PLEDGES}:{line}: SPC-2.1: coding.title.es: ")


def test_an_unknown_language_is_named_with_the_known_ones(record: Path, alter: Callable[..., int]) -> None:
    alter(PLEDGES, "    note:\n      en: ", "    note:\n      fr: ")
    (problem,) = problems(record)
    assert "SPC-2.1: coding.note: Value error, unknown language fr; use en, zh-hans, es, pt-br" in problem


def test_an_unknown_key_is_named(record: Path, alter: Callable[..., int]) -> None:
    line = alter(PLEDGES, "    trackability: ", "    tractability: 1\n    trackability: ", after="- code: SPC-2.2")
    (problem,) = problems(record)
    assert problem == f"{PLEDGES}:{line}: SPC-2.2: coding.tractability: Extra inputs are not permitted"


def test_a_trackability_outside_the_axis_is_refused(record: Path, alter: Callable[..., int]) -> None:
    line = alter(PLEDGES, "trackability: declaratory", "trackability: delivered", after="- code: SPC-2.2")
    (problem,) = problems(record)
    assert problem.startswith(f"{PLEDGES}:{line}: SPC-2.2: coding.trackability: Input should be 'verifiable'")


def test_a_role_outside_the_list_is_refused(record: Path, alter: Callable[..., int]) -> None:
    line = alter(f"{SPC}/passages.yaml", "role: context", "role: noise")
    (problem,) = problems(record)
    assert problem.startswith(f"{SPC}/passages.yaml:{line}: passages.role: ")


def test_a_code_that_is_none_is_refused(record: Path, alter: Callable[..., int]) -> None:
    line = alter(PLEDGES, "- code: SPC-2.1\n", "- code: SPC-two\n")
    (problem,) = problems(record)
    assert problem.startswith(f"{PLEDGES}:{line}: SPC-two: code: ")


def test_all_that_is_wrong_in_a_file_is_listed_at_once(record: Path, alter: Callable[..., int]) -> None:
    first = alter(PLEDGES, "start: 830", "start: nowhere")
    second = alter(PLEDGES, "start: 1149", "start: -1")
    found = problems(record)
    assert len(found) == 2
    assert found[0].startswith(f"{PLEDGES}:{first}: SPC-2.1: quotes.start: ")
    assert found[1].startswith(f"{PLEDGES}:{second}: SPC-2.2: quotes.start: ")


def test_a_term_of_the_vocabulary_is_named_by_its_slug(record: Path, alter: Callable[..., int]) -> None:
    line = alter("vocabulary.yaml", "    en: Global governance\n", "")
    (problem,) = problems(record)
    assert problem == f"vocabulary.yaml:{line}: global-governance: themes.name: Value error, no text in en"


def test_a_section_of_the_document_is_named_by_its_number(record: Path, alter: Callable[..., int]) -> None:
    line = alter(f"{SPC}/document.yaml", "kind: paragraph", "kind: chapter", after="- number: '3'")
    (problem,) = problems(record)
    assert problem.startswith(f"{SPC}/document.yaml:{line}: 3: sections.kind: ")


def test_broken_yaml_is_named_with_its_line(record: Path, alter: Callable[..., int]) -> None:
    line = alter(PLEDGES, "- code: SPC-2.2\n", "- code: [SPC-2.2\n")
    (problem,) = problems(record)
    assert problem.startswith(f"{PLEDGES}:{line + 1}: not YAML: ")


def test_an_empty_file_is_refused(record: Path) -> None:
    (record / PLEDGES).write_text("", encoding="utf-8")
    (problem,) = problems(record)
    assert problem.startswith(f"{PLEDGES}:1: ")


@pytest.mark.parametrize(
    "name", ["release.yaml", "vocabulary.yaml", f"{SPC}/passages.yaml", f"{SPC}/en.txt", f"{SPC}/en-chen.txt"]
)
def test_a_missing_file_is_named(record: Path, name: str) -> None:
    (record / name).unlink()
    assert problems(record) == [f"{name}: the file is missing"]


def test_a_document_that_lost_its_first_file_is_not_skipped(record: Path) -> None:
    (record / SPC / "document.yaml").unlink()
    assert problems(record) == [f"{SPC}/document.yaml: the file is missing"]


@pytest.mark.parametrize("name", [PLEDGES, f"{SPC}/en.txt"])
def test_a_file_that_is_not_utf8_is_named(record: Path, name: str) -> None:
    with (record / name).open("ab") as stream:
        stream.write(b"\n# \xe9\n")
    (problem,) = problems(record)
    assert name in problem


def test_the_folder_one_stands_in_can_be_read(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(record)
    assert files.read(Path()) == files.read(record)


def test_the_folder_may_have_any_name(record: Path, alter: Callable[..., int]) -> None:
    line = alter("release.yaml", "released_on: ", "released: ")
    other = record.rename(record.with_name("trial"))
    assert [problem.rpartition("/")[2].split(" ")[0] for problem in problems(other)] == [
        "release.yaml:1:",
        f"release.yaml:{line}:",
    ]


def test_the_text_keeps_every_character_that_its_offsets_count(record: Path) -> None:
    (record / SPC / "en.txt").write_bytes(b"a\r\nb\rc\n")
    assert files.read(record).texts[SPC, "en"] == "a\r\nb\rc\n"


def test_what_is_written_is_read_back_the_same(catalogue: Catalogue, tmp_path: Path) -> None:
    texts = {**catalogue.texts, (SPC, "en"): "one\r\ntwo: 'three'\n"}
    wanted = catalogue.model_copy(update={"texts": texts})
    written = files.write(wanted, tmp_path / "copy")
    assert files.read(tmp_path / "copy") == wanted
    assert all(path.is_file() for path in written)


def test_writing_what_was_read_changes_no_byte(catalogue: Catalogue, tmp_path: Path) -> None:
    for path in files.write(catalogue, tmp_path):
        assert path.read_bytes() == (RECORD / path.relative_to(tmp_path)).read_bytes(), path.name
