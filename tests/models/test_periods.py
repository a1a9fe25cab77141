"""The periods say of every day what the history says, whatever was published, corrected or backdated."""

import random
import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Count, Exists, OuterRef, QuerySet

from commitments.models import Coding, Period, Pledge, StatusUpdate, UpdateKind, periods
from commitments.models.periods import holding
from commitments.record import published as record
from tests import histories, naive
from tests.factories import AT, LATER, each_way, evidence, only_postgresql, people, pledge, published, update

pytestmark = pytest.mark.django_db


def at(place: Pledge, on: object) -> Period | None:
    return Period.objects.filter(pledge=place, since__lte=on, until__gt=on).first()


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.full), pytest.param(3, marks=pytest.mark.full)])
def test_on_any_day_of_a_made_up_history_a_period_says_what_a_plain_loop_finds(seed: int) -> None:
    histories.make(seed)
    raw, chance = naive.Raw.read(), random.Random(seed)
    span = (histories.LAST - histories.FIRST).days + 60
    days = [histories.FIRST + timedelta(days=n) for n in chance.sample(range(-5, span), 60)]
    for on in days:
        held = {row.pledge_id: row for row in Period.objects.filter(since__lte=on, until__gt=on)}
        for place in raw.pledges:
            coded, said = naive.coding(raw, place["id"], on), naive.update(raw, place["id"], on)
            row = held.get(place["id"])
            assert (row is None) == (coded is None)
            if row and coded:
                nothing = {"id": None, "status": "not_assessed", "grade": "", "provisional": False}
                expected = said or nothing
                assert (row.update_id, row.status) == (expected["id"], expected["status"])
                assert (row.grade, row.provisional) == (expected["grade"], expected["provisional"])
                assert row.trackability == coded["trackability"]
    assert periods.differing(connection) == 0


@each_way
def test_who_seals_an_update_by_sql_moves_the_periods_too(publish: object) -> None:
    place = pledge()
    made = publish(update(place, "announced"), [(evidence(), "supports")])  # type: ignore[operator]
    assert at(place, AT.date()).update_id == made.pk
    assert at(place, AT.date() - timedelta(days=1)).update_id != made.pk
    assert periods.differing(connection) == 0


@each_way
def test_a_withdrawal_brings_back_what_stood_before_from_its_day_on(publish: object) -> None:
    place = pledge()
    first = publish(update(place, "announced"), [(evidence(), "supports")])  # type: ignore[operator]
    second = publish(  # type: ignore[operator]
        update(place, "in_progress", effective_on=LATER + timedelta(days=9), **people()), [(evidence(), "supports")]
    )
    day = AT + timedelta(days=3)
    gone = update(place, "in_progress", kind=UpdateKind.WITHDRAWAL, corrects=second, **people())
    publish(gone, [], at=day)  # type: ignore[operator]
    assert at(place, day.date() - timedelta(days=1)).update_id == second.pk
    assert at(place, day.date()).update_id == first.pk


def test_a_status_of_a_day_to_come_begins_on_that_day() -> None:
    place, begins = pledge(), AT.date() + timedelta(days=30)
    made = published(update(place, "announced", effective_on=begins), [(evidence(), "supports")])
    assert at(place, begins - timedelta(days=1)).update_id != made.pk
    assert at(place, begins).update_id == made.pk


def test_the_command_finds_what_was_tampered_with_and_lays_it_out_anew(capsys: pytest.CaptureFixture[str]) -> None:
    Period.objects.filter(pledge=pledge()).update(status="delivered")
    with pytest.raises(CommandError, match="2 periods differ"):
        call_command("rebuild_periods", check=True)
    call_command("rebuild_periods")
    assert periods.differing(connection) == 0
    call_command("rebuild_periods", check=True)
    assert f"{Period.objects.count()} periods" in capsys.readouterr().out


def test_what_was_never_published_has_no_period() -> None:
    place = pledge()
    before = Period.objects.count()
    StatusUpdate.objects.create(pledge=place, status="not_assessed", effective_on=LATER, provisional=True)
    assert Period.objects.count() == before


# --- asking for a day -------------------------------------------------------------------------


@pytest.fixture
def several() -> list[Period]:
    """All periods of one pledge, oldest first, three at least; the last still holds."""
    place = pledge()
    for status, days in (("announced", 0), ("in_progress", 9), ("announced", 30)):
        begins = AT.date() + timedelta(days=days)
        published(update(place, status, effective_on=begins, **people()), [(evidence(), "supports")])
    found = list(Period.objects.filter(pledge=place).order_by("since"))
    assert len(found) >= 3
    assert found[-1].until == periods.OPEN
    return found


EDGES = {
    "the first day there is": lambda row: date.min,
    "the day before it begins": lambda row: row.since - timedelta(days=1),
    "the day on which it begins": lambda row: row.since,
    "its last day": lambda row: row.until - timedelta(days=1),
    "the day on which it no longer holds": lambda row: row.until,
    "the last day there is": lambda row: date.max,
}


@pytest.mark.parametrize("edge", EDGES)
def test_a_period_holds_the_days_from_its_first_up_to_its_last(edge: str, several: list[Period]) -> None:
    for row in several:
        on = EDGES[edge](row)
        expected = [other.pk for other in several if other.since <= on < other.until]
        found = Period.objects.filter(holding(on), pledge=row.pledge_id)
        assert list(found.values_list("pk", flat=True)) == expected


ASKED: dict[str, Callable[[date, set[int]], QuerySet]] = {
    "periods": lambda on, some: Period.objects.filter(holding(on), pk__in=some).values_list("pk", flat=True),
    "from the pledges": lambda on, some: Pledge.objects.filter(holding(on, "periods__"), periods__in=some).values_list(
        "periods", flat=True
    ),
    "in a subquery": lambda on, some: Period.objects.filter(
        Exists(Period.objects.filter(holding(on), pk=OuterRef("pk"))), pk__in=some
    ).values_list("pk", flat=True),
    "less those that do not": lambda on, some: (
        Period.objects.filter(pk__in=some)
        .exclude(pk__in=Period.objects.exclude(holding(on)).values("pk"))
        .values_list("pk", flat=True)
    ),
}


@pytest.mark.parametrize("way", ASKED)
def test_however_it_is_asked_for_the_same_periods_hold_a_day(way: str, several: list[Period]) -> None:
    keys = {row.pk for row in several}
    for row in several:
        assert list(ASKED[way](row.since, keys)) == [row.pk]
    assert not ASKED[way](several[0].since - timedelta(days=1), keys)


def test_pledges_without_a_period_of_the_day_are_those_that_have_none(several: list[Period]) -> None:
    place, before = several[0].pledge_id, several[0].since - timedelta(days=1)
    assert Pledge.objects.exclude(holding(before, "periods__")).filter(pk=place).exists()
    assert not Pledge.objects.exclude(holding(several[0].since, "periods__")).filter(pk=place).exists()


@pytest.mark.parametrize(
    "asked",
    [
        lambda on: record.pledges(on=on).query,
        lambda on: record.pledges(on=on).filter(current_status="announced", current_grade="C").query,  # type: ignore[misc]
        lambda on: record.pledges(on=on).order_by().values("pk").query,
        lambda on: Period.objects.filter(holding(on)).values("status").annotate(n=Count("*")).query,
        lambda on: StatusUpdate.objects.filter(holding(on, "periods__")).query,
        lambda on: Coding.objects.filter(holding(on, "periods__")).query,
    ],
    ids=["listed", "filtered", "keys", "counted", "updates", "codings"],
)
def test_the_periods_are_joined_once(asked: Callable[[date], object]) -> None:
    table = f'"{Period._meta.db_table}"'
    assert len(re.findall(rf"(?:FROM|JOIN) {table}", str(asked(AT.date())))) == 1


def test_what_came_with_a_pledge_knows_its_pledge(several: list[Period], django_assert_num_queries: object) -> None:
    found = record.pledges(on=several[-1].since).get(pk=several[0].pledge_id)
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert record.coding_of(found).pledge == found
        assert record.standing(found).update.pledge == found  # type: ignore[union-attr]


def test_the_first_day_is_that_of_the_first_period(several: list[Period]) -> None:
    assert record.first_day() == Period.objects.order_by("since")[0].since


@only_postgresql
@pytest.mark.parametrize(
    ("asked", "index"),
    [
        (lambda held: held.values("status").annotate(n=Count("*")), "period_by_day"),
        (lambda held: held.values("pledge", "coding", "update", "trackability", "provisional"), "period_by_day"),
        (lambda held: held.filter(coding=Coding.objects.first()).values("pledge"), "period_by_coding"),
    ],
    ids=["counted", "listed", "looked up by their codings"],
)
def test_the_periods_of_a_day_are_read_from_an_index(asked: Callable[[QuerySet], QuerySet], index: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE commitments_period")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
    plan = asked(Period.objects.filter(holding(AT.date())).order_by()).explain()
    assert f"Index Only Scan using {index}" in plan
