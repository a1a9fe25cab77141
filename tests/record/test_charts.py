"""Charts: an axis that holds zero and every figure at round steps, and each figure at its date."""

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commitments.models import DataPoint
from commitments.record.charts import STEPS, YEARS, Chart, draw, scale

#: As the column holds them: four decimals, and up to 16 digits before them.
FIGURES = st.decimals(min_value=-(10**12), max_value=10**12, places=4)


def figure(value: str, on: str, precision: str = "day", kind: str = "measured", pk: int = 0) -> DataPoint:
    return DataPoint(pk=pk, value=Decimal(value), on=date.fromisoformat(on), precision=precision, kind=kind)


def drawn(*points: DataPoint, beside: Decimal | None = None) -> Chart:
    for pk, point in enumerate(points, 1):
        point.pk = pk
    chart = draw(list(points), beside=beside)
    assert chart is not None
    return chart


def share(text: str) -> float:
    assert text.endswith("%")
    return float(text[:-1])


@pytest.mark.parametrize(
    ("values", "steps"),
    [
        (["0"], ["0", "1"]),
        (["0", "1"], ["0", "1"]),
        (["200", "180"], ["0", "50", "100", "150", "200"]),
        (["14.84", "565.28"], ["0", "200", "400", "600"]),
        (["24"], ["0", "5", "10", "15", "20", "25"]),
        (["0.03"], ["0.00", "0.01", "0.02", "0.03"]),
        (["-3", "5"], ["-4", "-2", "0", "2", "4", "6"]),
        (["66000000000"], ["0", "20000000000", "40000000000", "60000000000", "80000000000"]),
    ],
)
def test_the_steps_are_round(values: list[str], steps: list[str]) -> None:
    assert scale(map(Decimal, values)) == [Decimal(step) for step in steps]


@given(st.lists(FIGURES, min_size=1, max_size=6))
def test_the_axis_holds_zero_and_every_figure_in_few_even_steps(values: list[Decimal]) -> None:
    steps = scale(values)
    assert 0 in steps
    assert steps[0] <= min(values)
    assert steps[-1] >= max(values)
    assert 2 <= len(steps) <= STEPS + 2
    assert len({after - before for before, after in pairwise(steps)}) == 1


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=6))
def test_whole_figures_have_whole_steps(values: list[int]) -> None:
    assert all(step == step.to_integral_value() for step in scale(map(Decimal, values)))


@given(st.lists(st.tuples(FIGURES, st.dates(date(1990, 1, 1), date(2060, 1, 1))), min_size=1, max_size=12))
def test_every_figure_lies_on_the_plane_and_a_greater_one_higher(rows: list[tuple[Decimal, date]]) -> None:
    points = [figure(str(value), on.isoformat()) for value, on in sorted(rows, key=lambda row: row[1])]
    dots = drawn(*points).dots
    assert all(0 <= share(dot.x) <= 100 and 0 <= share(dot.y) <= 100 for dot in dots)
    by_value = sorted(dots, key=lambda dot: dot.point.value)
    assert [share(dot.y) for dot in by_value] == sorted((share(dot.y) for dot in dots), reverse=True)
    assert [share(dot.x) for dot in dots] == sorted(share(dot.x) for dot in dots)


def test_zero_is_the_bottom_where_nothing_is_below_it() -> None:
    chart = drawn(figure("10", "2025-06-30"), figure("20", "2026-06-30"))
    assert chart.zero == chart.ticks[0].at == "100.00%"
    assert share(drawn(figure("-10", "2025-06-30"), figure("10", "2025-07-30")).zero) == 50


def test_a_year_and_a_month_stand_in_their_middle_and_a_day_on_its_day() -> None:
    chart = drawn(
        figure("1", "2025-12-31", "year"), figure("1", "2025-12-31", "month"), figure("1", "2025-12-31", "day")
    )
    year, month, exact = (share(dot.x) for dot in chart.dots)
    assert year == pytest.approx(50)
    assert month == pytest.approx(100 * (365 - 15.5) / 365, abs=0.1)
    assert exact == pytest.approx(100 * 364.5 / 365, abs=0.1)


@pytest.mark.parametrize(("first", "last", "named"), [(2025, 2025, [2025]), (2020, 2025, [*range(2020, 2026)])])
def test_every_year_is_named_where_there_are_few(first: int, last: int, named: list[int]) -> None:
    chart = drawn(figure("1", f"{first}-06-30"), figure("1", f"{last}-06-30"))
    assert [year.year for year in chart.years if year.named] == named


def test_of_many_years_some_are_named_the_last_among_them() -> None:
    chart = drawn(figure("1", "2001-06-30"), figure("1", "2026-06-30"))
    named = [year.year for year in chart.years if year.named]
    assert len(chart.years) == 26
    assert len(named) <= YEARS
    assert named[-1] == 2026


def test_a_low_and_a_high_figure_of_one_date_are_joined_and_others_not() -> None:
    low, high = figure("180", "2025-09-30", kind="range-low"), figure("200", "2025-09-30", kind="range-high")
    [bar] = drawn(low, high).bars
    assert (bar.top, share(bar.bottom)) == ("0.00%", 10)
    assert drawn(figure("200", "2025-06-12", kind="range-high"), low).bars == []


def test_only_figures_have_stems_and_the_kinds_there_are_stand_in_the_key() -> None:
    chart = drawn(
        figure("1", "2025-01-31"),
        figure("0", "2025-02-28", kind="inferred"),
        figure("3", "2025-03-31", kind="range-low"),
    )
    assert [dot.stands for dot in chart.dots] == [True, True, False]
    assert [kind.value for kind in chart.kinds] == ["measured", "range-low", "inferred"]


def test_values_are_written_where_they_have_room() -> None:
    apart = drawn(figure("10", "2015-06-30"), figure("20", "2025-06-30"))
    assert [dot.written for dot in apart.dots] == [True, True]
    over = drawn(figure("20", "2025-06-29"), figure("20", "2025-06-30"))
    assert [dot.written for dot in over.dots] == [True, False]


def test_a_number_beside_the_figures_widens_the_axis() -> None:
    chart = drawn(figure("5", "2025-06-30"), beside=Decimal(3500))
    assert chart.ticks[-1].value == 4000
    assert chart.line is not None
    assert share(chart.line.at) == 12.5
    assert drawn(figure("5", "2025-06-30")).line is None


def test_there_is_no_chart_of_nothing() -> None:
    assert draw([]) is None
