"""The periods say of every day what the history says, whatever was published, corrected or backdated."""

import random
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from commitments.models import Period, Pledge, StatusUpdate, UpdateKind, periods
from tests import histories, naive
from tests.factories import AT, LATER, each_way, evidence, people, pledge, published, update

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
