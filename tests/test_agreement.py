"""Krippendorff's alpha is the number that other people's arithmetic gives, and None where there is none to give."""

from random import Random

import krippendorff
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commitments.agreement import krippendorff_alpha

VALUES = ("verifiable", "directional", "continuing", "declaratory")
READERS = st.integers(2, 5)
UNITS = READERS.flatmap(
    lambda readers: st.lists(
        st.lists(st.one_of(st.none(), st.sampled_from(VALUES)), min_size=readers, max_size=readers),
        min_size=1,
        max_size=25,
    )
)


def pairable(units: list[list[str | None]]) -> set[str]:
    """Return the values of the units that at least two readers read."""
    return {
        value for unit in units if sum(value is not None for value in unit) > 1 for value in unit if value is not None
    }


def reference(units: list[list[str | None]]) -> float:
    """Return alpha as the package by S. Castro computes it: a row per reader, NaN where one gave no value."""
    rows = [[np.nan if value is None else VALUES.index(value) for value in unit] for unit in units]
    return float(krippendorff.alpha(reliability_data=np.array(rows).T, level_of_measurement="nominal"))


@given(UNITS)
def test_alpha_is_that_of_the_reference_implementation(units: list[list[str | None]]) -> None:
    alpha = krippendorff_alpha(units)
    if len(pairable(units)) < 2:
        assert alpha is None
    else:
        assert alpha == pytest.approx(reference(units), abs=1e-9)


@given(UNITS, st.randoms(use_true_random=False))
def test_the_order_of_units_and_of_readers_says_nothing(units: list[list[str | None]], random: Random) -> None:
    shuffled = [list(unit) for unit in units]
    for unit in shuffled:
        random.shuffle(unit)
    random.shuffle(shuffled)
    assert krippendorff_alpha(shuffled) == pytest.approx(krippendorff_alpha(units), abs=1e-9)


def test_the_worked_example_of_the_literature() -> None:
    # K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011): four observers, nominal, missing values.
    observers = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
        [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
    ]
    assert krippendorff_alpha(zip(*observers, strict=True)) == pytest.approx(0.743, abs=0.0005)


def test_two_readers_by_hand() -> None:
    # Coincidences: aa 2, ab 1, ba 1, bb 2 ×2; n = 8; totals a 3, b 5; expected 64 − 9 − 25 = 30; 1 − 7 · 2 / 30.
    assert krippendorff_alpha([("a", "a"), ("a", "b"), ("b", "b"), ("b", "b")]) == pytest.approx(1 - 14 / 30)


def test_full_agreement_is_one() -> None:
    assert krippendorff_alpha([("a", "a"), ("b", "b")]) == 1


def test_readers_who_always_differ_are_worse_than_chance() -> None:
    assert krippendorff_alpha([("a", "b"), ("b", "a")]) == pytest.approx(-0.5)


def test_a_unit_that_one_reader_alone_read_says_nothing() -> None:
    both = [("a", "a"), ("a", "b"), ("b", "b")]
    assert krippendorff_alpha([*both, ("c", None), (None, None)]) == krippendorff_alpha(both)


@pytest.mark.parametrize(
    "units",
    [[], [(None, None)], [("a", None), (None, "b")], [("a", "a")], [("a", "a"), ("a", "a"), ("b", None)]],
    ids=["no unit", "no value", "no value twice", "one unit alike", "one value throughout"],
)
def test_there_is_no_alpha_where_nothing_can_differ(units: list[tuple[str | None, str | None]]) -> None:
    assert krippendorff_alpha(units) is None
