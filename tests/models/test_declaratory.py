"""Rule 5: a declaratory pledge is shown as not assessable, whatever is published, corrected or withdrawn."""

from datetime import date, timedelta

import pytest
from django.db import transaction

from commitments.models import Coding, Delivery, Period, Pledge, StatusUpdate
from tests.factories import (
    AT,
    LATER,
    Way,
    clock,
    each_way,
    evidence,
    people,
    pledge,
    published,
    refused,
    sealed_by_sql,
    search,
    sql,
    two_good_items,
    update,
    words,
)

AGAINST = ("stalled", "not_delivered", "dropped")

pytestmark = pytest.mark.django_db


@each_way
@pytest.mark.parametrize("status", Delivery.values)
def test_a_declaratory_pledge_can_only_be_not_assessable(publish: Way, status: str) -> None:
    place = pledge("declaratory")
    judged = update(place, status, search=search(place), **people())
    if status == "not_assessable":
        assert publish(judged, []).status == status
    else:
        with refused("a declaratory pledge can only be not assessable"):
            publish(judged, two_good_items("contradicts" if status in AGAINST else "supports"))


def declaratory_coding(place: Pledge) -> Coding:
    newest = Coding.objects.filter(pledge=place).latest("version")
    return Coding(
        pledge=place, version=newest.version + 1, title=words("A stance"), trackability="declaratory", release="x"
    )


@pytest.mark.parametrize("status", [None, "in_progress", "not_assessable"])
def test_a_coding_that_makes_a_pledge_declaratory_comes_with_its_status(status: str | None) -> None:
    place = pledge()
    if status:
        published(update(place, status), [(evidence(), "supports")])
    coding = declaratory_coding(place)
    coding.save()
    seal = f"UPDATE {Coding._meta.db_table} SET published_at = %s WHERE id = %s"
    if status == "not_assessable":
        sql(seal, clock(AT), coding.pk)
        return
    with refused("a coding that makes a pledge declaratory publishes not_assessable with it"):
        sql(seal, clock(AT), coding.pk)
    coding.delete()
    at_once = declaratory_coding(place)
    at_once.published_at = AT
    with refused("a coding that makes a pledge declaratory publishes not_assessable with it"):
        at_once.save()


def made_declaratory(place: Pledge) -> StatusUpdate:
    """Let a pledge be in progress since LATER, then code it as declaratory; return the status that came with it."""
    published(update(place, "in_progress"), [(evidence(), "supports")])
    status = published(update(place, "not_assessable", effective_on=AT.date()))
    coding = declaratory_coding(place)
    coding.published_at = AT
    coding.save()
    return status


@each_way
@pytest.mark.parametrize("day", [LATER - timedelta(days=1), LATER])
def test_no_correction_lets_a_declaratory_pledge_stand_as_it_once_did(publish: Way, day: date) -> None:
    place = pledge()
    said = made_declaratory(place)
    corrected = update(place, "not_assessable", kind="correction", corrects=said, effective_on=day, **people())
    columns = {"effective_on": day} if publish is sealed_by_sql else {}
    if day < LATER:
        with refused("a declaratory pledge stays not assessable"):
            publish(corrected, [], **columns)
    else:
        publish(corrected, [], **columns)
    assert Period.objects.get(pledge=place, until=date.max).status == "not_assessable"


@each_way
def test_what_says_that_a_declaratory_pledge_is_not_assessable_is_not_withdrawn(publish: Way) -> None:
    place = pledge("declaratory")
    said = StatusUpdate.objects.filter(pledge=place).latest("seq")
    withdrawn = {"kind": "withdrawal", "corrects": said, **people()}
    with refused("a declaratory pledge stays not assessable"):
        publish(update(place, "not_assessable", **withdrawn))
    with transaction.atomic():  # together with a coding that makes it trackable
        coding = declaratory_coding(place)
        coding.trackability, coding.published_at = "verifiable", AT
        coding.save()
        publish(update(place, "not_assessable", **withdrawn))
    row = Period.objects.get(pledge=place, until=date.max)
    assert (row.trackability, row.status) == ("verifiable", "not_assessed")


@each_way
def test_an_older_status_of_a_declaratory_pledge_can_be_withdrawn(publish: Way) -> None:
    place = pledge()
    made_declaratory(place)
    first = StatusUpdate.objects.get(pledge=place, status="in_progress")
    assert publish(update(place, "in_progress", kind="withdrawal", corrects=first, **people())).corrects == first


def test_a_not_assessable_that_is_no_longer_the_newest_is_not_enough() -> None:
    place = pledge()
    published(update(place, "not_assessable"))
    published(update(place, "in_progress"), [(evidence(), "supports")])
    coding = declaratory_coding(place)
    coding.published_at = AT
    with refused("publishes not_assessable with it"):
        coding.save()
