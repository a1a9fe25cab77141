"""What two versions of a text have in common is marked, as long as that can be told in no time."""

from commitments.templatetags.comparing import MOST_PAIRS, marked


def test_what_goes_and_what_comes_is_marked() -> None:
    before, after = marked("They met in Lima in May.", "They met in Quito in May.")
    assert (before, after) == ("They met in <del>Lima</del> in May.", "They met in <ins>Quito</ins> in May.")


def test_texts_that_are_too_long_to_compare_are_shown_whole() -> None:
    long = "a b " * (int(MOST_PAIRS**0.5) // 4 + 1)
    assert marked(long, long + "c") == (f"<del>{long}</del>", f"<ins>{long}c</ins>")
