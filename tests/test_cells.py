"""What begins like a formula is marked on the way out and unmarked on the way in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commitments.cells import guarded, unguarded

LEADS = ["=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n"]


@pytest.mark.parametrize("lead", LEADS)
def test_a_text_that_a_spreadsheet_would_run_is_marked(lead: str) -> None:
    assert guarded(f'{lead}HYPERLINK("https://example.org")').startswith("'")


@pytest.mark.parametrize("text", ["", "plain", "a=b", "'quoted'", "扶贫"])
def test_other_text_stays(text: str) -> None:
    assert guarded(text) == text


@given(st.text(alphabet=st.sampled_from("'=+-@＝＠\t\r\nab "), max_size=8))
def test_what_comes_back_is_what_went_out(text: str) -> None:
    assert unguarded(guarded(text)) == text


@given(st.text(alphabet=st.sampled_from("'=+-@＝＠\t\r\nab "), max_size=8))
def test_nothing_marked_begins_like_a_formula(text: str) -> None:
    assert guarded(text)[:1] not in LEADS
