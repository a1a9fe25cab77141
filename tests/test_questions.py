"""A reader's words become terms, each with the ways in which a text may hold it; and are found again in the text."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commitments import names
from commitments.models.search import tokens_of
from commitments.questions import MOST_TERMS, Question, Way, ask, spans
from commitments.text import fold, tokens

CHINESE = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)
RUNS = st.text(CHINESE, min_size=1, max_size=12)
AROUND = st.text(st.sampled_from("aé7 ,。—《》中国\n"), max_size=6)


def holds(text: str, way: Way) -> bool:
    """Tell what the databases answer: the tokens stand in a row, the last of them perhaps only begun."""
    row = tokens_of([(text, "")]).split()
    for at in range(len(row) - len(way.tokens) + 1):
        inside = row[at : at + len(way.tokens)]
        if way.beginning:
            inside[-1] = inside[-1][: len(way.tokens[-1])]
        if tuple(inside) == way.tokens:
            return True
    return False


def finds(text: str, query: str) -> bool:
    asked = ask(query)
    return bool(asked) and all(any(holds(text, way) for way in term.any) for term in asked.terms)


def found(text: str, query: str) -> list[str]:
    return [text[start:end] for start, end in spans(ask(query), text)]


@given(AROUND, RUNS, AROUND)
def test_every_part_of_a_chinese_run_is_found_and_marked(before: str, run: str, after: str) -> None:
    text = f"{before} {run} {after}"
    for size in (1, 2, 4):
        for at in range(len(run) - size + 1):
            part = run[at : at + size]
            assert finds(text, part) or ask(part).terms[0].filler, part
            assert any(fold(part) in fold(mark) for mark in found(text, part)), part


def test_characters_that_do_not_stand_together_are_not_found() -> None:
    assert finds("中国南方", "国南")
    assert not finds("中国南方", "中方")
    assert not finds("中国。南方", "国南")
    assert not finds("中国南方", "北")


def test_a_long_word_finds_what_begins_with_it_and_a_short_one_only_itself() -> None:
    assert finds("several forums", "forum")
    assert not finds("several forums", "rums")
    assert not finds("foreign aid", "AI")


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("scholarships were given", "scholarship"),
        ("a scholarship", "scholarships"),
        ("poverty", "poverties"),
        ("las becas", "beca"),
        ("cooperación", "cooperaciones"),
        ("reducción de emisiones", "emision"),
        ("as ações", "ação"),
        ("a ação", "acoes"),
        ("universidades", "universidad"),
    ],
)
def test_other_forms_of_a_word_find_it(text: str, query: str) -> None:
    assert finds(text, query)
    assert found(text, query)


def test_names_that_mean_the_same_find_each_other() -> None:
    for group in names.groups():
        for one in group:
            assert all(finds(f"… {other} …", one) for other in group), one


def test_a_name_is_found_inside_a_longer_chinese_run() -> None:
    assert finds("中国—CELAC 峰会", "拉共体峰会")
    assert not finds("峰会", "拉共体峰会")


@pytest.mark.parametrize("quotes", ['"{}"', "“{}”", "「{}」", "«{}»"])
def test_a_phrase_in_quotation_marks_is_found_only_as_it_stands(quotes: str) -> None:
    asked = quotes.format("green industries")
    assert finds("deepen green industries to", asked)
    assert not finds("industries that are green", asked)
    assert not finds("a green industry", asked)
    assert finds("绿色产业的拓展", quotes.format("绿色产业"))


def test_words_that_only_ask_do_not_count_but_where_they_are_all_there_is() -> None:
    assert [term.ways[0].tokens for term in ask("what did they say about the Antarctic?").terms] == [
        ("say",),
        ("antarctic",),
    ]
    assert ask("what is it").terms


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("WHO vaccine", ["who", "vaccine"]),
        ("who promised vaccine", ["vaccine"]),
        ("WHO PROMISED VACCINE", ["vaccine"]),
        ("IT parks", ["it", "parks"]),
        ("forum AND youth", ["forum", "youth"]),
        ("hacen un puente", ["hacen", "puente"]),
        ("QUE HACE UN PUENTE", ["puente"]),
    ],
)
def test_a_word_in_capitals_among_others_is_a_name(query: str, words: list[str]) -> None:
    assert [term.ways[0].tokens[0] for term in ask(query).terms] == words


def test_the_united_nations_are_known_by_their_capitals() -> None:
    name = ask("United Nations").terms[0]
    assert ask("UN reform").terms[0] == ask("UN").terms[0] == ask("UN 改革").terms[0] == name
    assert name not in ask("un puente").terms
    assert not finds("un puente", "United Nations")
    assert found("Un puente de la ONU, the UN", "UN") == ["ONU", "UN"]


def test_a_question_of_many_words_is_asked_by_so_many_terms() -> None:
    assert len(ask(" ".join(f"word{n}" for n in range(100))).terms) == MOST_TERMS
    assert len(ask("扶贫 " * 5000).terms) == 1


@pytest.mark.parametrize(
    ("text", "query", "marks"),
    [
        ("Contra a Emissão e as EMISSÕES.", "emissoes", ["Emissão", "EMISSÕES"]),
        ("e\u0301nfasis, énfasis", "enfasis", ["e\u0301nfasis", "énfasis"]),
        ("精准扶贫经验", "扶贫", ["扶贫"]),
        ("税收和税务", "税", ["税", "税"]),
        ("ＣＥＬＡＣ members", "拉共体", ["ＣＥＬＡＣ"]),
        ("<b>forum</b>", "forum", ["forum"]),
        ("green industries and green industry", '"green industries"', ["green industries"]),
        ("减贫、绿色发展", "在减贫方面绿色发展", ["减贫", "绿色发展"]),
    ],
)
def test_what_was_found_is_marked_as_it_was_written(text: str, query: str, marks: list[str]) -> None:
    assert found(text, query) == marks


HOSTILE = st.text(st.one_of(st.sampled_from("\"'“”&|!*():<>-_\\ \t\x00%中贫é"), st.characters()), max_size=60)


@given(HOSTILE, HOSTILE)
def test_marks_lie_in_the_text_in_order_and_apart(text: str, query: str) -> None:
    marks = spans(ask(query), text)
    assert all(0 <= start < end <= len(text) for start, end in marks)
    assert all(one[1] < other[0] for one, other in pairwise(marks))


@given(HOSTILE)
def test_no_token_carries_a_sign_of_a_query_language(query: str) -> None:
    ways = [way for term in ask(query).terms for one in (term, *term.pieces) for way in one.any]
    asked = "".join(token.removeprefix(token[:2] if token[1:2] == "_" else "") for way in ways for token in way.tokens)
    assert not set(asked) & set("\"'&|!*():<>-_\\ \t\x00%")
    assert all(tokens(asked) for asked in [asked] if asked)


def test_nothing_is_asked_by_signs_alone() -> None:
    assert not ask("…?")
    assert ask("…?") == Question("…?")
