"""What begins like a formula is marked on the way out and unmarked on the way in."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commitments.cells import guarded, unguarded

LEADS = ["=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n"]


@pytest.mark.parametrize("lead", LEADS)
def test_a_text_that_a_spreadsheet_would_run_is_marked(lead: str) -> None:
    assert guarded(f'{lead}HYPERLINK("https://example.org")').startswith("'")


@pytest.mark.parametrize("lead", LEADS[:8])
@pytest.mark.parametrize("between", [";", "\t", "\r", "\n", "\r\n", ";'", ";;"])
def test_so_is_what_stands_where_a_program_would_begin_another_cell(between: str, lead: str) -> None:
    text = f"Agreement; see annex{between}{lead}cmd|' /C calc'!A0;end"
    assert guarded(text) == f"Agreement; see annex{between}'{lead}cmd|' /C calc'!A0;end"
    assert unguarded(guarded(text)) == text


@given(st.text(alphabet=st.sampled_from("'=+-@＝＠;\t\r\nab "), max_size=12))
def test_no_cell_begins_like_a_formula_wherever_a_line_is_split(text: str) -> None:
    marked = guarded(text)
    assert [cell for cell in re.split(r"[;\t\r\n]", marked) if cell[:1] in LEADS[:8] and cell[:1]] == []
    assert unguarded(marked) == text


@pytest.mark.parametrize("text", ["", "plain", "a=b", "'quoted'", "扶贫", "a; b", "one\n\ntwo", "a;b", "it's; 'so'"])
def test_other_text_stays(text: str) -> None:
    assert guarded(text) == text


@given(st.text(alphabet=st.sampled_from("'=+-@＝＠\t\r\nab "), max_size=8))
def test_what_comes_back_is_what_went_out(text: str) -> None:
    assert unguarded(guarded(text)) == text


@given(st.text(alphabet=st.sampled_from("'=+-@＝＠\t\r\nab "), max_size=8))
def test_nothing_marked_begins_like_a_formula(text: str) -> None:
    assert guarded(text)[:1] not in LEADS
