"""Flags follow from dates, for the day asked: to the day, and beside a status that they never change."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from commitments.models import Attachment, Coding, Delivery, Evidence, Pledge
from commitments.record import published
from commitments.record.flags import CLOSED, Flag, a_year_before, computed, flags
from tests.factories import AT, evidence, people, pledge, two_good_items, update
from tests.factories import published as publish

NONE: dict[str, Any] = {"due_on": None, "reviewed_on": None, "acted_on": None}
DAY = date(2027, 11, 22)


def at(status: str, on: date = DAY, **known: Any) -> list[Flag]:
    return computed(status, on=on, **NONE | known)


@pytest.mark.parametrize(
    ("day", "before"),
    [
        (date(2027, 11, 22), date(2026, 11, 22)),
        (date(2028, 2, 29), date(2027, 2, 28)),
        (date(2029, 2, 28), date(2028, 2, 28)),
        (date(2027, 1, 1), date(2026, 1, 1)),
    ],
)
def test_a_year_before_is_the_same_day(day: date, before: date) -> None:
    assert a_year_before(day) == before


def test_overdue_from_the_day_after_it_was_due_until_it_is_closed() -> None:
    assert at("in_progress", due_on=date(2027, 11, 22)) == []
    assert at("in_progress", due_on=date(2027, 11, 21)) == [Flag.OVERDUE]
    assert at("not_assessed", due_on=date(2027, 11, 21)) == [Flag.OVERDUE]
    for status in Delivery:
        assert (Flag.OVERDUE in at(status, due_on=date(2020, 1, 1))) == (status not in CLOSED)


def test_a_review_is_due_on_the_day_after_twelve_months() -> None:
    assert at("announced", reviewed_on=date(2026, 11, 22)) == []
    assert at("announced", reviewed_on=date(2026, 11, 21)) == [Flag.REVIEW_DUE]
    for status in Delivery:
        due = status not in (*CLOSED, Delivery.NOT_ASSESSED)
        assert (Flag.REVIEW_DUE in at(status, reviewed_on=date(2020, 1, 1))) == due


def test_nothing_new_only_of_what_is_sustained() -> None:
    assert at("sustained", acted_on=date(2026, 11, 22)) == []
    assert at("sustained", acted_on=date(2026, 11, 21)) == [Flag.NOTHING_NEW]
    assert at("sustained") == [Flag.NOTHING_NEW]
    for status in Delivery:
        assert (Flag.NOTHING_NEW in at(status)) == (status == Delivery.SUSTAINED)


def on(row: Pledge, day: date) -> list[Flag]:
    """Ask for the flags of a pledge on a day, as pages do."""
    return flags(published.pledges(on=day).get(pk=row.pk))


@pytest.mark.django_db
def test_a_pledge_without_dates_and_updates_has_no_flag() -> None:
    assert {tuple(flags(row)) for row in published.pledges(on=DAY)} == {()}


@pytest.mark.django_db
def test_the_flags_of_a_sustained_pledge_over_the_years() -> None:
    row = pledge()
    publish(
        update(row, "sustained", effective_on=date(2026, 2, 1)), [(evidence(event_on=date(2026, 2, 1)), "supports")]
    )
    assert on(row, date(2027, 2, 1)) == []
    assert on(row, date(2027, 2, 2)) == [Flag.NOTHING_NEW]
    assert on(row, date(2027, 11, 22)) == [Flag.NOTHING_NEW]
    assert on(row, date(2027, 11, 23)) == [Flag.REVIEW_DUE, Flag.NOTHING_NEW]


@pytest.mark.django_db
def test_any_update_counts_as_a_review_also_a_withdrawal() -> None:
    row = pledge()
    first = publish(update(row, "announced"), [(evidence(), "supports")])
    second = publish(update(row, "in_progress"), [(evidence(), "supports")])
    publish(
        update(row, "in_progress", kind="withdrawal", corrects=second, **people()),
        at=datetime(2027, 3, 1, tzinfo=UTC),
    )
    standing = published.standing(published.pledges(on=DAY).get(pk=row.pk))
    assert standing.update == first
    assert on(row, date(2028, 3, 1)) == []
    assert on(row, date(2028, 3, 2)) == [Flag.REVIEW_DUE]
    assert on(row, date(2027, 2, 28)) == []


def sustained(**fields: Any) -> tuple[Pledge, Evidence]:
    row, item = pledge(), evidence(**fields)
    publish(update(row, "sustained", effective_on=date(2026, 2, 1)), [(item, "supports")])
    return row, item


@pytest.mark.django_db
def test_an_act_known_to_its_month_counts_to_the_end_of_it() -> None:
    row, _ = sustained(event_on=date(2026, 2, 1), event_precision="month")
    assert Flag.NOTHING_NEW not in on(row, date(2027, 2, 28))
    assert Flag.NOTHING_NEW in on(row, date(2027, 3, 1))


@pytest.mark.django_db
def test_an_act_without_a_date_of_its_own_counts_from_its_publication() -> None:
    row, _ = sustained(event_on=None, published_on=date(2026, 5, 5))
    assert Flag.NOTHING_NEW not in on(row, date(2027, 5, 5))
    assert Flag.NOTHING_NEW in on(row, date(2027, 5, 6))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "bearing", "beside_at", "counts"),
    [
        ({}, "supports", AT, True),
        ({}, "context", AT, False),
        ({}, "contradicts", AT, False),
        ({}, "supports", None, False),
        ({"public_at": None}, "supports", AT, False),
        ({"event_on": date(2099, 1, 1)}, "supports", AT, False),
    ],
)
def test_only_public_support_that_has_happened_is_an_act(
    fields: dict[str, Any], bearing: str, beside_at: datetime | None, counts: bool
) -> None:
    row, _ = sustained(event_on=date(2026, 2, 1))
    newer = evidence(**{"event_on": date(2027, 6, 1)} | fields)
    Attachment.objects.create(evidence=newer, pledge=row, bearing=bearing, public_at=beside_at)
    assert (Flag.NOTHING_NEW not in on(row, date(2027, 11, 1))) == counts


@pytest.mark.django_db
def test_overdue_is_told_by_the_coding_of_the_day() -> None:
    row = pledge()
    last = row.codings.latest("version")
    copied = {name: getattr(last, name) for name in ("title", "trackability", "reason", "test")}
    coding = Coding.objects.create(pledge=row, version=2, release="later", due_on=date(2027, 1, 31), **copied)
    Coding.objects.filter(pk=coding.pk).update(published_at=datetime(2027, 1, 1, tzinfo=UTC))
    assert on(row, date(2026, 12, 31)) == []
    assert on(row, date(2027, 1, 31)) == []
    assert on(row, date(2027, 2, 1)) == [Flag.OVERDUE]
    publish(update(row, "delivered", **people()), two_good_items(), at=datetime(2027, 3, 1, tzinfo=UTC))
    assert on(row, date(2027, 2, 28)) == [Flag.OVERDUE]
    assert on(row, date(2027, 3, 1)) == []


@pytest.mark.django_db
def test_reported_delivered_is_shown_where_the_update_says_it() -> None:
    row = pledge()
    publish(update(row, "in_progress", reported_delivered=True), [(evidence(), "supports")])
    assert on(row, AT.date()) == [Flag.REPORTED_DELIVERED]
