"""Where renditions differ: proved like every other quoted word, loaded with the rest, and written back."""

from typing import Any

import pytest

from catalogue.changes import NOW, changed
from commitments.catalogue import export
from commitments.catalogue.check import check
from commitments.catalogue.load import load
from commitments.catalogue.schema import Catalogue, DifferenceEntry
from commitments.models import LANGUAGES, Difference, DifferenceKind, Document, Passage, Wording

SPC = "sao-paulo-consensus"
FILE = f"{SPC}/differences.yaml"


@pytest.fixture(scope="module")
def spc(catalogue: Catalogue) -> Catalogue:
    """Return the Consensus alone: quick to prove."""
    return changed(catalogue, documents=catalogue.documents[:1], targets=[], frozen=None)


def entry(catalogue: Catalogue, code: str) -> DifferenceEntry:
    return next(d for folder in catalogue.documents for d in folder.differences if d.code == code)


def with_differences(catalogue: Catalogue, entries: list[DifferenceEntry]) -> Catalogue:
    return changed(catalogue, documents=[changed(catalogue.documents[0], differences=entries)])


def with_entry(catalogue: Catalogue, code: str, **update: Any) -> Catalogue:
    entries = catalogue.documents[0].differences
    return with_differences(catalogue, [changed(d, **update) if d.code == code else d for d in entries])


def problems(catalogue: Catalogue) -> list[str]:
    return check(catalogue).problems


def reworded(catalogue: Catalogue, code: str, n: int = 0, **update: Any) -> Catalogue:
    words = list(entry(catalogue, code).words)
    words[n] = changed(words[n], **update)
    return with_entry(catalogue, code, words=words)


def relative(catalogue: Catalogue) -> DifferenceEntry:
    """The difference that everybody knows: universality and particularity beside universal and relative."""
    return next(d for d in catalogue.documents[0].differences if "relative" in d.words[-1].exact)


def test_the_differences_that_ship_are_proved_in_numbers(catalogue: Catalogue) -> None:
    proof = check(catalogue)
    assert proof.problems == []
    assert proof.differences == {folder.document.slug: len(folder.differences) for folder in catalogue.documents}
    assert all(count > 40 for count in proof.differences.values())


def test_every_difference_is_told_in_four_languages_and_in_a_sentence_of_its_own(catalogue: Catalogue) -> None:
    told = [d.note for folder in catalogue.documents for d in folder.differences]
    for language in LANGUAGES:
        texts = [note[language] for note in told]
        assert len(set(texts)) == len(texts)
        assert all(text.endswith(("。", "）。") if language == "zh-hans" else ".") for text in texts)


def test_the_known_differences_are_among_them(catalogue: Catalogue) -> None:
    consensus, paper = (
        [{words.exact for words in d.words} for d in folder.differences] for folder in catalogue.documents
    )
    assert {"both universality and particularity", "both universal and relative"} in consensus
    assert {"right to subsistence", "right to survival"} in consensus
    assert any("团结" in words and "unity" in words for words in paper)
    assert any(any(words.endswith("Agreement.") for words in found) for found in paper)


@pytest.mark.parametrize("n", [0, 1])
def test_a_changed_character_is_refused(spc: Catalogue, n: int) -> None:
    one = relative(spc)
    words = one.words[n]
    wrong = problems(reworded(spc, one.code, n, exact=words.exact[:-1] + "?"))
    place = f"{words.rendition} {words.start}–{words.end}"
    assert wrong == [f"{FILE}: {one.code}: at {place} the text reads {words.exact!r}, not {words.exact[:-1] + '?'!r}"]


def test_words_of_a_rendition_that_is_not_there_are_refused(spc: Catalogue) -> None:
    one = relative(spc)
    assert problems(reworded(spc, one.code, 1, rendition="fr")) == [f"{FILE}: {one.code}: there is no rendition 'fr'"]


@pytest.mark.parametrize("side", [0, 1])
def test_words_of_one_rendition_alone_make_no_difference(spc: Catalogue, side: int) -> None:
    one = relative(spc)
    alone = [
        one.words[side],
        changed(one.words[side], start=one.words[side].start + 5, exact=one.words[side].exact[5:]),
    ]
    wrong = problems(with_entry(spc, one.code, words=alone))
    assert wrong == [f"{FILE}: {one.code}: it needs words in the authoritative rendition and in another"]


def test_a_difference_stands_in_the_section_of_its_first_words(spc: Catalogue) -> None:
    one = relative(spc)
    wrong = problems(with_entry(spc, one.code, section="3"))
    assert wrong == [f"{FILE}: {one.code}: its first words are in section 2, not 3"]


def test_a_code_stands_once_and_names_its_document(spc: Catalogue) -> None:
    first, second, *rest = spc.documents[0].differences
    twice = problems(with_differences(spc, [first, changed(second, code=first.code), *rest]))
    assert twice == [f"{FILE}: {first.code}: the code stands twice"]
    foreign = problems(with_differences(spc, [changed(first, code="D-FMP-1"), second, *rest]))
    assert foreign == [f"{FILE}: D-FMP-1: the code is not one of SPC"]


def test_the_same_words_are_not_listed_twice(spc: Catalogue) -> None:
    one = relative(spc)
    wrong = problems(with_entry(spc, one.code, words=[*one.words, one.words[-1]]))
    assert wrong == [f"{FILE}: {one.code}: two of its words begin at the same place"]


def test_files_database_and_page_know_the_same_kinds() -> None:
    kinds = DifferenceEntry.model_fields["kind"].annotation
    assert list(kinds.__args__) == DifferenceKind.values  # type: ignore[union-attr]
    assert all(kind.definition for kind in DifferenceKind)


@pytest.mark.django_db
def test_every_word_lies_in_a_sentence_or_heading_of_the_document() -> None:
    for document in Document.objects.all():
        for wording in Wording.objects.filter(difference__document=document).select_related("rendition"):
            assert wording.rendition.document_id == document.pk
            place = {"rendition": wording.rendition, "start__lt": wording.end, "end__gt": wording.start}
            headed = wording.rendition.headings.filter(start__lt=wording.end, end__gt=wording.start)
            assert Passage.objects.filter(**place).exists() or headed.exists(), wording


def test_what_was_loaded_comes_back(loaded: Catalogue) -> None:
    assert export.folder(Document.objects.get()).differences == loaded.documents[0].differences


def test_loading_a_second_time_changes_nothing(loaded: Catalogue) -> None:
    keys = list(Difference.objects.values_list("pk", "code")), list(Wording.objects.values_list("pk", "exact"))
    load(loaded, at=NOW)
    assert (
        list(Difference.objects.values_list("pk", "code")),
        list(Wording.objects.values_list("pk", "exact")),
    ) == keys


def test_a_later_release_takes_up_what_its_files_say(loaded: Catalogue) -> None:
    first, second, *rest = loaded.documents[0].differences
    note = {**second.note, "en": "Told otherwise."}
    later = [changed(second, note=note), *rest]
    load(with_differences(loaded, later), at=NOW)
    assert export.folder(Document.objects.get()).differences == later
    assert not Difference.objects.filter(code=first.code).exists()
