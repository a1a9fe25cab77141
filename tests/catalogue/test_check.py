"""The record that ships is proved, and every kind of mistake in a catalogue is found and named."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from commitments.catalogue.check import check, freeze
from commitments.catalogue.schema import Catalogue, Counted, Frozen, PledgeEntry, RowEntry

SPC, FMP = "sao-paulo-consensus", "policy-paper-2025"
PLEDGES, ROWS, DOCUMENT = f"{SPC}/pledges.yaml", f"{SPC}/passages.yaml", f"{SPC}/document.yaml"
#: The row of the sentences that hold SPC-2.1.
ROW_OF_FIRST = 4


def changed(entry: Any, **update: Any) -> Any:
    return entry.model_copy(update=update)


def with_spc(catalogue: Catalogue, **update: Any) -> Catalogue:
    """Return the catalogue with other parts of the Consensus."""
    spc, *others = catalogue.documents
    return changed(catalogue, documents=[changed(spc, **update), *others])


def with_document(catalogue: Catalogue, **update: Any) -> Catalogue:
    return with_spc(catalogue, document=changed(catalogue.documents[0].document, **update))


def with_row(catalogue: Catalogue, number: int, *instead: RowEntry) -> Catalogue:
    rows = catalogue.documents[0].rows
    return with_spc(catalogue, rows=[*rows[: number - 1], *instead, *rows[number:]])


def with_pledge(catalogue: Catalogue, which: str, **update: Any) -> Catalogue:
    pledges = catalogue.documents[0].pledges
    return with_spc(catalogue, pledges=[changed(p, **update) if p.code == which else p for p in pledges])


def with_coding(catalogue: Catalogue, code: str, **update: Any) -> Catalogue:
    return with_pledge(catalogue, code, coding=changed(pledge(catalogue, code).coding, **update))


def without_pledge(catalogue: Catalogue, code: str) -> Catalogue:
    return with_spc(catalogue, pledges=[p for p in catalogue.documents[0].pledges if p.code != code])


def pledge(catalogue: Catalogue, code: str) -> PledgeEntry:
    return next(p for folder in catalogue.documents for p in folder.pledges if p.code == code)


def row(catalogue: Catalogue, number: int) -> RowEntry:
    return catalogue.documents[0].rows[number - 1]


def problems(catalogue: Catalogue) -> list[str]:
    return check(catalogue).problems


@pytest.fixture(scope="module")
def spc(catalogue: Catalogue) -> Catalogue:
    """Return the Consensus alone, without its differences: quick to prove."""
    consensus = changed(catalogue.documents[0], differences=[])
    return changed(catalogue, documents=[consensus], targets=[], frozen=None)


def test_the_record_that_ships_is_proved_in_numbers(catalogue: Catalogue) -> None:
    proof = check(catalogue)
    assert proof.problems == []
    assert proof.sections == {SPC: 7, FMP: 44}
    assert sum(proof.sections.values()) == 51
    assert proof.sentences == {SPC: 28, FMP: 151}
    assert proof.pledges == {SPC: 27, FMP: 335}
    assert sum(proof.pledges.values()) == 362
    assert proof.quotes == sum(len(p.quotes) for folder in catalogue.documents for p in folder.pledges) > 2 * 362


def test_a_quote_one_character_off_is_refused(spc: Catalogue) -> None:
    ours, theirs = pledge(spc, "SPC-2.1").quotes
    wrong = with_pledge(spc, "SPC-2.1", quotes=[changed(ours, start=ours.start + 1, end=ours.end + 1), theirs])
    assert problems(wrong) == [
        f"{PLEDGES}: SPC-2.1: at en 831–946 the text reads "
        "'e reaffirm our fundamental understanding of human rights: hu', "
        "not 'We reaffirm our fundamental understanding of human rights: h'"
    ]


def test_words_of_a_rendition_that_is_not_there_are_refused(spc: Catalogue) -> None:
    ours, theirs = pledge(spc, "SPC-2.1").quotes
    wrong = with_pledge(spc, "SPC-2.1", quotes=[ours, theirs, changed(theirs, rendition="fr")])
    assert f"{PLEDGES}: SPC-2.1: there is no rendition 'fr'" in problems(wrong)


def test_a_sentence_left_out_is_named_with_its_words(spc: Catalogue) -> None:
    first = row(spc, 1)
    wrong = with_row(spc, 1, changed(first, passages=first.passages[1:]))
    assert problems(wrong) == [
        f"{ROWS}: en 132–198: no sentence or heading holds "
        "'At present, the world is undergoing changes unseen in a cent'",
        f"{ROWS}: 27 sentences, 28 counted",
    ]


def test_the_last_words_of_a_text_are_not_left_out(spc: Catalogue) -> None:
    headings = spc.documents[0].document.headings
    wrong = with_document(spc, headings=[h for h in headings if "Translated by" not in h.exact])
    assert problems(wrong) == [
        f"{ROWS}: en-chen 6247–6277: no sentence or heading holds '(Translated by *CHEN Feng*)'"
    ]


def test_sentences_that_overlap_are_refused(spc: Catalogue) -> None:
    first = row(spc, 1)
    text, longer = spc.texts[SPC, "en"], first.passages[0]
    longer = changed(longer, end=longer.end + 5, exact=text[longer.start : longer.end + 5])
    wrong = with_row(spc, 1, changed(first, passages=[longer, *first.passages[1:]]))
    assert problems(wrong) == [f"{ROWS}: en: 198 lies in the sentence before it"]


@pytest.mark.parametrize(
    ("number", "role", "quoted"), [(ROW_OF_FIRST, "position", "a"), (1, "pledge", "no")], ids=["quoted", "unquoted"]
)
def test_a_role_that_the_quotes_contradict_is_refused(spc: Catalogue, number: int, role: str, quoted: str) -> None:
    sentences = row(spc, number)
    one, *rest = sentences.passages
    wrong = with_row(spc, number, changed(sentences, passages=[changed(one, role=role), *rest]))
    assert problems(wrong) == [f"{ROWS}: row {number}: en is {role}, and {quoted} pledge quotes it"]


def test_a_row_without_the_authoritative_words_is_refused(spc: Catalogue) -> None:
    first = row(spc, 1)
    ours = [passage for passage in first.passages if passage.rendition == "en"]
    theirs = [passage for passage in first.passages if passage.rendition != "en"]
    wrong = with_row(spc, 1, changed(first, passages=ours), changed(first, passages=theirs))
    assert problems(wrong) == [f"{ROWS}: row 2: it lacks the authoritative rendition"]


def test_a_row_in_an_unknown_section_is_refused(spc: Catalogue) -> None:
    wrong = with_row(spc, 1, changed(row(spc, 1), section="8"))
    assert problems(wrong) == [f"{ROWS}: row 1: there is no section '8'"]


def test_sections_counted_otherwise_are_refused(spc: Catalogue) -> None:
    wrong = with_document(spc, counted=Counted(sections=8, sentences=29))
    assert problems(wrong) == [f"{DOCUMENT}: 7 sections, 8 counted", f"{ROWS}: 28 sentences, 29 counted"]


def test_a_section_that_stands_twice_is_refused(spc: Catalogue) -> None:
    sections = spc.documents[0].document.sections
    wrong = with_document(
        spc,
        sections=[*sections, changed(sections[-1], headings=[])],
        counted=Counted(sections=8, sentences=28),
    )
    assert problems(wrong) == [f"{DOCUMENT}: 7: the section stands twice"]


@pytest.mark.parametrize(("number", "kind"), [("7", "section"), ("7.1", "paragraph"), ("9.1", "section")])
def test_a_section_stands_under_a_project_and_nothing_else_does(spc: Catalogue, number: str, kind: str) -> None:
    *sections, last = spc.documents[0].document.sections
    wrong = with_document(spc, sections=[*sections, changed(last, number=number, kind=kind)])
    assert f"{DOCUMENT}: {number}: a section, and only a section, has a project above it" in problems(wrong)


@pytest.mark.parametrize("authorities", [("official-translation", "official-translation"), ("authoritative",) * 2])
def test_exactly_one_rendition_is_authoritative(spc: Catalogue, authorities: tuple[str, str]) -> None:
    renditions = spc.documents[0].document.renditions
    wrong = with_document(
        spc, renditions=[changed(r, authority=a) for r, a in zip(renditions, authorities, strict=True)]
    )
    assert f"{DOCUMENT}: exactly one rendition must be authoritative" in problems(wrong)


def test_a_text_that_is_not_the_one_that_was_hashed_is_refused(spc: Catalogue) -> None:
    text = spc.texts[SPC, "en"] + "\n"
    wrong = changed(spc, texts={**spc.texts, (SPC, "en"): text})
    found = hashlib.sha256(text.encode()).hexdigest()
    assert problems(wrong) == [f"{DOCUMENT}: en: the text's SHA-256 is {found}"]


@pytest.mark.parametrize("field", ["title", "test"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_two_pledges_share_no_title_and_no_test(spc: Catalogue, field: str, language: str) -> None:
    theirs = getattr(pledge(spc, "SPC-2.1").coding, field)[language]
    ours = {**getattr(pledge(spc, "SPC-2.2").coding, field), language: f" {theirs.upper()} "}
    wrong = with_coding(spc, "SPC-2.2", **{field: ours})
    assert problems(wrong) == [f"{PLEDGES}: SPC-2.2: its {field} in {language} is that of SPC-2.1"]


def test_pledges_of_two_documents_share_no_title_either(catalogue: Catalogue) -> None:
    wrong = with_coding(catalogue, "SPC-2.1", title=pledge(catalogue, "FMP-1.1.1").coding.title)
    assert f"{FMP}/pledges-1.yaml: FMP-1.1.1: its title in es is that of SPC-2.1" in problems(wrong)


@pytest.mark.parametrize("field", ["themes", "rights", "actors", "addressees"])
def test_a_word_outside_the_vocabulary_is_refused(spc: Catalogue, field: str) -> None:
    wrong = with_coding(spc, "SPC-2.1", **{field: ["astrology"]})
    assert problems(wrong) == [f"{PLEDGES}: SPC-2.1: {field}: 'astrology' is not in vocabulary.yaml"]


def test_a_gap_in_the_codes_is_refused(spc: Catalogue) -> None:
    assert f"{SPC}: 3: the codes run [1, 3], not from 1 to 2" in problems(without_pledge(spc, "SPC-3.2"))


def test_codes_out_of_their_order_are_refused(spc: Catalogue) -> None:
    first, second, *others = spc.documents[0].pledges
    assert problems(with_spc(spc, pledges=[second, first, *others])) == [
        f"{SPC}: 2: the codes run [2, 1], not from 1 to 2"
    ]


def test_a_code_that_stands_twice_is_refused(spc: Catalogue) -> None:
    wrong = with_pledge(spc, "SPC-3.2", code="SPC-3.1")
    assert f"{SPC}: 3: the codes run [1, 1, 3], not from 1 to 3" in problems(wrong)
    assert "SPC-3.1: the code stands twice" in problems(wrong)


@pytest.mark.parametrize("code", ["ABC-2.1", "SPC-8.1", "SPC-2.1.1"])
def test_a_code_that_names_no_section_is_refused(spc: Catalogue, code: str) -> None:
    wrong = problems(with_pledge(spc, "SPC-2.1", code=code))
    assert any(problem.endswith(f"{code}: the code names no section of SPC") for problem in wrong)


def test_a_quote_from_another_section_is_refused(spc: Catalogue) -> None:
    elsewhere = pledge(spc, "SPC-3.1").quotes[0]
    quotes = [*pledge(spc, "SPC-2.1").quotes, elsewhere]
    place = f"en {elsewhere.start}–{elsewhere.end}"
    assert problems(with_pledge(spc, "SPC-2.1", quotes=quotes)) == [f"{PLEDGES}: SPC-2.1: {place} is not in section 2"]


def test_a_quote_that_runs_on_into_the_next_section_is_refused(spc: Catalogue) -> None:
    ours, theirs = pledge(spc, "SPC-2.2").quotes
    long = changed(ours, end=1600, exact=spc.texts[SPC, "en"][ours.start : 1600])
    wrong = problems(with_pledge(spc, "SPC-2.2", quotes=[long, theirs]))
    assert f"{PLEDGES}: SPC-2.2: en {ours.start}–1600 is not in section 2" in wrong


def test_a_rendition_left_unquoted_needs_a_note(spc: Catalogue) -> None:
    ours, _ = pledge(spc, "SPC-2.1").quotes
    note = {"en": "The other rendition has no such words."}
    sentences = row(spc, ROW_OF_FIRST)
    said, other = sentences.passages
    sentences = changed(sentences, passages=[said, changed(other, role="position")])
    unquoted = with_row(with_pledge(spc, "SPC-2.1", quotes=[ours]), ROW_OF_FIRST, sentences)
    assert problems(with_coding(unquoted, "SPC-2.1", note=note)) == []
    assert problems(with_coding(unquoted, "SPC-2.1", note={})) == [
        f"{PLEDGES}: SPC-2.1: a rendition is not quoted and no note says why"
    ]


def test_a_pledge_without_authoritative_words_is_refused(spc: Catalogue) -> None:
    _, theirs = pledge(spc, "SPC-2.1").quotes
    wrong = with_pledge(spc, "SPC-2.1", quotes=[theirs])
    assert f"{PLEDGES}: SPC-2.1: it quotes nothing of the authoritative rendition" in problems(wrong)


@pytest.fixture(scope="module")
def frozen(spc: Catalogue) -> Catalogue:
    """Return the Consensus with every code frozen to the words it stands for now."""
    return changed(spc, frozen=freeze(spc))


def test_the_codes_of_the_first_release_are_frozen(catalogue: Catalogue) -> None:
    assert catalogue.frozen.release == "record-1"
    assert len(catalogue.frozen.words) == 362
    words = "We reaffirm our fundamental understanding of human rights: human rights possess both universality and "
    assert catalogue.frozen.words["SPC-2.1"] == hashlib.sha256(f"{words}particularity".encode()).hexdigest()


def test_frozen_codes_that_stand_are_proved(frozen: Catalogue) -> None:
    assert problems(frozen) == []


def test_a_new_code_beside_the_frozen_ones_is_proved(frozen: Catalogue) -> None:
    words = {code: words for code, words in frozen.frozen.words.items() if code != "SPC-7.3"}
    assert problems(changed(frozen, frozen=Frozen(release="record-1", words=words))) == []


def test_a_frozen_code_that_is_gone_is_refused(frozen: Catalogue) -> None:
    gone = without_pledge(frozen, "SPC-7.3")
    assert "frozen.yaml: SPC-7.3: the code is gone; a code is never given up" in problems(gone)


def test_a_frozen_code_with_other_words_is_refused(frozen: Catalogue) -> None:
    ours, theirs = pledge(frozen, "SPC-2.1").quotes
    shorter = changed(ours, end=ours.end - 1, exact=ours.exact[:-1])
    wrong = with_pledge(frozen, "SPC-2.1", quotes=[shorter, theirs])
    assert problems(wrong) == ["frozen.yaml: SPC-2.1: the code stands for other words than at record-1"]


def test_the_words_of_a_translation_are_not_frozen(frozen: Catalogue) -> None:
    ours, theirs = pledge(frozen, "SPC-2.1").quotes
    shorter = changed(theirs, end=theirs.end - 1, exact=theirs.exact[:-1])
    assert problems(with_pledge(frozen, "SPC-2.1", quotes=[ours, shorter])) == []


def test_a_target_beside_no_section_is_refused(catalogue: Catalogue) -> None:
    first, *others = catalogue.targets
    wrong = changed(catalogue, targets=[changed(first, section="2"), *others])
    assert problems(wrong) == [f"targets.yaml: {first.code}: there is no section 2 in {FMP}"]


def same_tag_twice(catalogue: Catalogue) -> Catalogue:
    return with_coding(catalogue, "SPC-2.1", themes=pledge(catalogue, "SPC-2.1").coding.themes * 2)


def same_quote_twice(catalogue: Catalogue) -> Catalogue:
    quotes = pledge(catalogue, "SPC-2.1").quotes
    return with_pledge(catalogue, "SPC-2.1", quotes=[*quotes, quotes[0]])


def same_term_twice(catalogue: Catalogue) -> Catalogue:
    themes = catalogue.vocabulary.themes
    return changed(catalogue, vocabulary=changed(catalogue.vocabulary, themes=[*themes, themes[0]]))


def same_target_twice(catalogue: Catalogue) -> Catalogue:
    return changed(catalogue, targets=[*catalogue.targets, catalogue.targets[0]])


def target_of_nothing(catalogue: Catalogue) -> Catalogue:
    first, *others = catalogue.targets
    return changed(catalogue, targets=[changed(first, quantity=Decimal(0)), *others])


def code_with_a_leading_zero(catalogue: Catalogue) -> Catalogue:
    return with_pledge(catalogue, "SPC-2.1", code="SPC-2.01")


@pytest.mark.parametrize(
    "wrong",
    [
        same_tag_twice,
        same_quote_twice,
        same_term_twice,
        same_target_twice,
        target_of_nothing,
        code_with_a_leading_zero,
    ],
)
def test_what_the_database_would_refuse_is_refused_before(
    catalogue: Catalogue, wrong: Callable[[Catalogue], Catalogue]
) -> None:
    with suppress(ValidationError):  # the shape of the files may say it as well
        again = Catalogue.model_validate(wrong(changed(catalogue, frozen=None)).model_dump())
        assert problems(again) != []
