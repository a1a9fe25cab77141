"""The second, blind reading: its sample can be drawn again, its words are the record's, its figures are counted."""

import random
from pathlib import Path

import pytest
from pydantic import ValidationError

from commitments.agreement import krippendorff_alpha
from commitments.catalogue.files import RECORD, CatalogueError, read_as
from commitments.catalogue.schema import Catalogue, RowEntry
from commitments.catalogue.second_reading import Agreement, SecondReading, agreement, shipped

FILE = RECORD / "second-reading.yaml"


@pytest.fixture(scope="module")
def reading() -> SecondReading:
    """Return the reading that ships."""
    return read_as(FILE, SecondReading)


@pytest.fixture(scope="module")
def numbered(catalogue: Catalogue) -> dict[tuple[str, str, int], RowEntry]:
    """Return every row inside a numbered section, by document, section and place in it."""
    rows: dict[tuple[str, str, int], RowEntry] = {}
    for folder in catalogue.documents:
        for row in folder.rows:
            if row.section:
                place = sum(key[:2] == (folder.document.slug, row.section) for key in rows) + 1
                rows[folder.document.slug, row.section, place] = row
    return rows


def read(*sentences: list[tuple[str | None, str | None]]) -> SecondReading:
    """Return a reading of sentences, each with what both readers said of the pledges in it."""
    found = [[{"words": "…", "first": a, "second": b} for a, b in pledges] for pledges in sentences]
    listed = [{"document": "d", "section": "1", "row": n, "pledges": pledges} for n, pledges in enumerate(found, 1)]
    return SecondReading.model_validate({"read_on": "2026-11-21", "drawn": "by hand", "sentences": listed})


def test_the_sample_is_the_one_that_its_seed_draws(
    reading: SecondReading, numbered: dict[tuple[str, str, int], RowEntry]
) -> None:
    assert len(numbered) == 175
    drawn = random.Random(20251210).sample(list(numbered), 40)
    assert sorted((s.document, s.section, s.row) for s in reading.sentences) == sorted(drawn)


def test_every_word_that_a_reader_took_for_a_pledge_is_the_sentences(
    reading: SecondReading, numbered: dict[tuple[str, str, int], RowEntry], catalogue: Catalogue
) -> None:
    keys = {f.document.slug: f.document.renditions[0].key for f in catalogue.documents}
    for sentence in reading.sentences:
        passages = numbered[sentence.document, sentence.section, sentence.row].passages
        text = " ".join(p.exact for p in passages if p.rendition == keys[sentence.document])
        for pledge in sentence.pledges:
            for part in pledge.words.split("…"):
                assert " ".join(part.split()) in " ".join(text.split()), pledge.words


def test_the_figures_that_ship_are_those_of_the_file(reading: SecondReading) -> None:
    pairs = [(p.first, p.second) for s in reading.sentences for p in s.pledges]
    both = [(a, b) for a, b in pairs if a and b]
    assert len([s for s in reading.sentences if all(p.first and p.second for p in s.pledges)]) == 35
    assert shipped() == Agreement(
        sentences=40,
        alike=35,
        found=len(pairs),
        by_both=len(both),
        same_trackability=sum(a == b for a, b in both),
        alpha=krippendorff_alpha(both),
    )
    assert (len(pairs), len(both)) == (82, 77)
    assert shipped().alpha == pytest.approx(0.976, abs=0.0005)


def test_a_sentence_without_a_pledge_is_split_alike() -> None:
    assert agreement(read([], [])) == Agreement(2, 2, 0, 0, 0, None)


def test_a_pledge_that_one_reader_alone_found_counts_against_the_split_and_not_in_alpha() -> None:
    found = agreement(
        read(
            [("verifiable", "verifiable"), ("directional", None)],
            [("directional", "continuing"), ("directional", "directional")],
            [(None, "declaratory")],
        )
    )
    assert (found.sentences, found.alike, found.found, found.by_both, found.same_trackability) == (3, 1, 5, 3, 2)
    # Coincidences of vv, dc, dd: totals v 2, d 3, c 1; n = 6; expected 36 − 4 − 9 − 1 = 22; observed 2.
    assert found.alpha == pytest.approx(1 - 5 * 2 / 22)


def test_a_value_outside_the_axis_is_refused() -> None:
    with pytest.raises(ValidationError):
        read([("delivered", "verifiable")])


def test_a_wrong_file_is_named_with_its_line(tmp_path: Path) -> None:
    source = FILE.read_text(encoding="utf-8")
    line = source[: source.index("second: directional")].count("\n") + 1
    path = tmp_path / "record" / FILE.name
    path.parent.mkdir()
    path.write_text(source.replace("second: directional", "second: direct", 1), encoding="utf-8")
    with pytest.raises(CatalogueError, match=rf"^second-reading\.yaml:{line}: sentences\.pledges\.second: "):
        read_as(path, SecondReading)
