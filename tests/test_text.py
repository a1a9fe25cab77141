"""Strings are folded, cut into search tokens, segments and differing words as the pages and the search need it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commitments.catalogue.schema import Catalogue
from commitments.text import Segment, differing_words, fold, placed_runs, plain, segments, tokens

CHINESE = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)
#: What the record is written in, and every variant of it: Latin, Chinese, and both in full and half width.
LETTERS = st.one_of(
    st.characters(max_codepoint=0x24F),
    CHINESE,
    st.characters(min_codepoint=0xF900, max_codepoint=0xFAFF),
    st.characters(min_codepoint=0xFF00, max_codepoint=0xFFEF),
)

#: Spans of a short text as a page labels them; they may overlap, be equal, and stick out on both sides.
SPANS = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 20), st.sampled_from("ABCDE")).map(
        lambda span: (span[0], span[0] + span[1], span[2])
    ),
    max_size=6,
    unique_by=lambda span: span[2],
)


def test_chinese_is_cut_into_overlapping_pairs_and_its_last_character() -> None:
    assert tokens("贫困治理") == ["贫困", "困治", "治理", "理"]
    assert tokens("和") == ["和"]


def test_words_beside_chinese_keep_their_order_and_marks_between_them_say_nothing() -> None:
    assert tokens("2030年议程, BRICS_合作!") == ["2030", "年议", "议程", "程", "brics", "合作", "作"]
    assert tokens(" —,。!? ") == []


def test_case_accents_and_width_make_no_difference() -> None:
    assert fold("EMISSÕES") == fold("emissoes") == "emissoes"
    assert fold("e\u0301nfasis") == fold("énfasis") == "enfasis"
    assert fold("ＡＩ２０３０") == "ai2030"
    assert fold("Straße") == fold("STRASSE")


def test_a_compatibility_character_is_the_character_it_stands_for() -> None:
    assert tokens("\uf9d1國") == tokens("六國")


@given(st.text("aceinouAÑ中9 ", max_size=10), st.sampled_from("\u0301\u0303\u0308\u0327"))
def test_accents_fall_away_however_they_are_written(text: str, accent: str) -> None:
    accented = "".join(letter + accent for letter in text)
    assert fold(unicodedata.normalize("NFC", accented)) == fold(accented) == fold(text)


@given(st.text(LETTERS))
def test_folding_folded_text_changes_nothing(text: str) -> None:
    once = fold(text)
    assert fold(once) == once


def test_folding_folded_text_of_the_record_changes_nothing(catalogue: Catalogue) -> None:
    folded = fold("".join(catalogue.texts.values()))
    assert fold(folded) == folded


@pytest.mark.parametrize("text", ["№", "™", "℃", "ℂ", "ϒ"])
def test_folding_folded_signs_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(LETTERS, max_size=40))
def test_a_run_knows_where_its_letters_stand_in_the_text_as_written(text: str) -> None:
    found = list(placed_runs(text))
    assert [token for placed in found for token in tokens(placed.run)] == tokens(text)
    for placed in found:
        start, end = placed.span(0, len(placed.run))
        assert 0 <= start < end <= len(text)
        assert placed.run in fold(text[start:end])


def test_accents_written_apart_belong_to_their_letter() -> None:
    (placed,) = placed_runs("(e\u0301nfasis)")
    assert placed.run == "enfasis"
    assert placed.span(0, 1) == (1, 3)
    assert placed.span(0, 7) == (1, 9)


@given(st.integers(0, 20), st.integers(1, 20), SPANS)
def test_segments_tile_the_span_and_say_what_holds_where(start: int, size: int, spans: list[tuple]) -> None:
    end = start + size
    cut = segments(start, end, spans)
    assert [cut[0].start, *(s.end for s in cut)] == [*(s.start for s in cut), end]
    assert cut[0].start == start
    assert all(s.start < s.end for s in cut)
    for segment in cut:
        for at in range(segment.start, segment.end):
            assert segment.labels == tuple(name for a, b, name in spans if a <= at < b)
        here = tuple(name for a, b, name in spans if b == segment.end and start < b and a < end)
        assert segment.closing == here
    edges = {edge for a, b, _ in spans for edge in (a, b)}
    assert {s.end for s in cut[:-1]} <= edges, "cut only where something begins or ends"


def test_overlapping_spans_are_cut_where_they_cross() -> None:
    assert segments(0, 10, [(2, 6, "A"), (4, 8, "B")]) == [
        Segment(0, 2, (), ()),
        Segment(2, 4, ("A",), ()),
        Segment(4, 6, ("A", "B"), ("A",)),
        Segment(6, 8, ("B",), ("B",)),
        Segment(8, 10, (), ()),
    ]


def test_a_span_that_goes_on_in_the_next_sentence_closes_there_only() -> None:
    across = [(5, 15, "A")]
    assert segments(0, 10, across)[-1] == Segment(5, 10, ("A",), ())
    assert segments(10, 20, across)[0] == Segment(10, 15, ("A",), ("A",))


def test_a_span_elsewhere_leaves_the_sentence_whole() -> None:
    assert segments(10, 20, [(0, 10, "A"), (20, 30, "B")]) == [Segment(10, 20, (), ())]


def differing(ours: str, theirs: str) -> tuple[list[str], list[str]]:
    """Return the words that differ, of ours and of theirs."""
    here, there = differing_words(ours, theirs)
    return [ours[a:b] for a, b in here], [theirs[a:b] for a, b in there]


def test_words_that_the_other_text_has_otherwise_are_named_on_both_sides() -> None:
    ours = "We uphold the integrated promotion of rights"
    theirs = "We advocate the simultaneous promotion of rights"
    assert differing(ours, theirs) == (["uphold", "integrated"], ["advocate", "simultaneous"])


def test_what_one_text_alone_says_marks_nothing_in_the_other() -> None:
    assert differing("rights of all", "rights, at last, of all") == ([], ["at last"])
    assert differing("We uphold the integrated promotion", "We uphold promotion") == (["the integrated"], [])


def test_case_accents_and_marks_between_words_are_no_difference() -> None:
    assert differing("São Paulo: Consensus", "sao paulo — CONSENSUS") == ([], [])
    assert differing("people’s co-operation", "people's cooperation")[0] == ["people’s co-operation"]


def test_a_text_against_nothing_differs_from_its_first_word_to_its_last() -> None:
    assert differing("«two words»", "") == (["two words"], [])
    assert differing("", "two words") == ([], ["two words"])


SAYINGS = st.lists(st.sampled_from(["Ação", "acao", "of", "OF", "peace", "we"]), max_size=8).map(" — ".join)


@given(SAYINGS, SAYINGS)
def test_what_is_not_marked_is_the_same_on_both_sides(ours: str, theirs: str) -> None:
    def unmarked(text: str, spans: list[tuple[int, int]]) -> list[str]:
        left = "".join(" " if any(a <= i < b for a, b in spans) else c for i, c in enumerate(text))
        return tokens(left)

    here, there = differing_words(ours, theirs)
    assert unmarked(ours, here) == unmarked(theirs, there)
    if not here and not there:
        assert fold(ours) == fold(theirs)


def test_plain_text_is_one_line_with_single_blanks() -> None:
    assert plain(" A page\n\nbreak,\u00a0and  two\tblanks\r\n") == "A page break, and two blanks"
