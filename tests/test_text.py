"""Strings are folded, cut into search tokens, segments and differing words as the pages and the search need it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commitments.catalogue.schema import Catalogue
from commitments.text import Segment, differing_words, fold, plain, query_tokens, segments, tokens

CHINESE = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)
#: What the record is written in, and every variant of it: Latin, Chinese, and both in full and half width.
LETTERS = st.one_of(
    st.characters(max_codepoint=0x24F),
    CHINESE,
    st.characters(min_codepoint=0xF900, max_codepoint=0xFAFF),
    st.characters(min_codepoint=0xFF00, max_codepoint=0xFFEF),
)
RUNS = st.text(CHINESE, min_size=2, max_size=12)
AROUND = st.text(st.sampled_from("aé7 ,。—《》中国\n"), max_size=6)

#: Spans of a short text as a page labels them; they may overlap, be equal, and stick out on both sides.
SPANS = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 20), st.sampled_from("ABCDE")).map(
        lambda span: (span[0], span[0] + span[1], span[2])
    ),
    max_size=6,
    unique_by=lambda span: span[2],
)


def finds(text: str, query: str) -> bool:
    """Tell what the search engines answer: every token asked for is there, or begins one that is."""
    there, asked = tokens(text), query_tokens(query)
    return bool(asked) and all(
        any(has.startswith(token) if prefix else has == token for has in there) for token, prefix in asked
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


@given(AROUND, RUNS, AROUND)
def test_every_two_characters_of_a_chinese_run_are_found(before: str, run: str, after: str) -> None:
    text = f"{before} {run} {after}"
    for i in range(len(run) - 1):
        assert finds(text, run[i : i + 2])


@given(RUNS)
def test_every_part_of_a_chinese_run_is_found(run: str) -> None:
    parts = {run[i:j] for i in range(len(run)) for j in range(i + 1, len(run) + 1)}
    assert all(finds(run, part) for part in parts)


def test_characters_that_do_not_stand_together_are_not_found() -> None:
    assert finds("中国南方", "国南")
    assert not finds("中国南方", "中方")
    assert not finds("中国。南方", "国南")
    assert not finds("中国南方", "北")


def test_a_long_word_finds_what_begins_with_it_and_a_short_one_only_itself() -> None:
    assert query_tokens("Foro IA") == [("foro", True), ("ia", False)]
    assert query_tokens("five") == [("five", True)]
    assert query_tokens("aid") == [("aid", True)]
    assert finds("several forums", "forum")
    assert not finds("several forums", "rums")
    assert not finds("foreign aid", "AI")


def test_of_a_chinese_query_only_the_pairs_are_asked_for() -> None:
    assert query_tokens("贫困治理") == [("贫困", False), ("困治", False), ("治理", False)]
    assert query_tokens("贫") == [("贫", True)]
    assert query_tokens("5G合作") == [("5g", False), ("合作", False)]
    assert query_tokens("…?") == []


def test_no_query_can_carry_the_signs_of_a_query_language() -> None:
    asked = query_tokens("\"a* OR b' & c:* | (d) - e")
    assert [token for token, _ in asked] == ["a", "or", "b", "c", "d", "e"]


@given(st.text(st.one_of(st.sampled_from("\"'&|!*():<>-_\\ \t\x00"), st.characters()), max_size=20))
def test_a_query_asks_for_no_blank_and_no_sign(query: str) -> None:
    assert not set("".join(token for token, _ in query_tokens(query))) & set("\"'&|!*():<>-_\\ \t\x00")


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
