"""How well two readers of the desk agree, as of a day, and how the methodology page says it."""

import random
from datetime import date, timedelta
from typing import Any

import krippendorff
import pytest
from django.test import Client

from commitments.editorial.coding import code_blind, settle
from commitments.models import Axis, Coding, Trackability
from commitments.record.agreement import Agreement, at_the_desk, summed_up
from tests.factories import AT, person

DAY = AT.date()
VALUES = Trackability.values


def shown(*, on: date = DAY) -> dict[str, Agreement]:
    return {row.axis.value: row for row in at_the_desk(on=on)}


def code(n: int, value: str, by: Any, at: Any = AT) -> Any:
    """Code the n-th coding of the record a second time."""
    first = Coding.objects.select_related("pledge").order_by("pledge__position")[n]
    return code_blind(first, by=by, value=value, why="So.", at=at)


def first_of(n: int) -> str:
    return Coding.objects.order_by("pledge__position")[n].trackability


def another(value: str) -> str:
    return next(other for other in VALUES if other != value)


@pytest.mark.parametrize("seed", range(20))
def test_alpha_is_that_of_the_krippendorff_package(seed: int) -> None:
    draw = random.Random(seed)
    units = [[draw.choice(VALUES) for _ in range(draw.choice((2, 2, 2, 3)))] for _ in range(draw.randint(3, 60))]
    if len({value for unit in units for value in unit}) < 2:
        return
    readers = [[unit[n] if n < len(unit) else None for unit in units] for n in range(3)]
    numbered = [[float("nan") if v is None else float(VALUES.index(v)) for v in reader] for reader in readers]
    theirs = krippendorff.alpha(reliability_data=numbered, level_of_measurement="nominal")
    assert summed_up(Axis.TRACKABILITY, units, 0).alpha == pytest.approx(theirs)


@pytest.mark.django_db
def test_before_anything_was_coded_twice_there_is_no_figure() -> None:
    assert shown() == {axis.value: Agreement(axis, 0, 0, None, 0) for axis in Axis}


@pytest.mark.django_db
def test_every_judgement_coded_twice_counts_once_with_all_of_its_codes() -> None:
    one, other = person(), person()
    code(0, first_of(0), one)
    code(0, another(first_of(0)), other)
    code(1, first_of(1), one)
    row = shown()["trackability"]
    assert (row.n, row.alike) == (2, 1)


@pytest.mark.django_db
def test_settling_a_difference_changes_no_figure_but_the_number_settled() -> None:
    me = person()
    for n in range(5):
        code(n, first_of(n), me)
    differing = code(5, another(first_of(5)), me)
    before = shown()["trackability"]
    settle(differing, by=person("reviewer"), value=first_of(5), why="The rule.", at=AT)
    after = shown()["trackability"]
    assert (before.n, before.alike, before.settled) == (6, 5, 0)
    assert after == Agreement(before.axis, before.n, before.alike, before.alpha, settled=1)
    assert before.alpha is not None
    assert before.alpha < 1


@pytest.mark.django_db
def test_the_figures_are_those_of_the_day() -> None:
    code(0, first_of(0), person(), at=AT + timedelta(days=1))
    assert shown(on=DAY)["trackability"].n == 0
    assert shown(on=DAY + timedelta(days=1))["trackability"].n == 1


def page(client: Client) -> str:
    return " ".join(client.get("/en/methodology/").content.decode().split())


@pytest.mark.django_db
def test_the_page_says_in_words_that_nothing_was_coded_twice_yet(client: Client) -> None:
    said = page(client)
    assert said.count("none coded a second time yet") == 2
    assert "0.98 for trackability (nominal, n = 77)" in said  # the release's own second reading stays above


@pytest.mark.django_db
def test_the_page_gives_no_alpha_for_one_judgement(client: Client) -> None:
    code(0, first_of(0), person())
    assert "1 of 1 coded alike; too few for alpha" in page(client)


@pytest.mark.django_db
def test_the_page_gives_no_alpha_where_all_values_are_one(client: Client) -> None:
    me = person()
    same = [n for n in range(60) if first_of(n) == "verifiable"][:2]
    for n in same:
        code(n, "verifiable", me)
    assert "2 of 2 coded alike; alpha is not defined where all values are the same" in page(client)


@pytest.mark.django_db
def test_the_page_gives_alpha_with_n_and_what_was_settled(client: Client) -> None:
    me = person()
    for n in range(8):
        code(n, first_of(n), me)
    settle(code(8, another(first_of(8)), me), by=person("reviewer"), value=first_of(8), why="The rule.", at=AT)
    row = shown()["trackability"]
    assert f"8 of 9 coded alike; alpha {row.alpha:.2f} (nominal, n = 9); 1 difference settled" in page(client)
