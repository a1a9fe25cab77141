"""What lays pledges out refuses, leaves out, and waits for."""

import threading
import time
from datetime import date, timedelta

import pytest
from django.db import connection, transaction

from commitments.models import Period, Proposal, Publication, periods, publish_updates
from tests import histories, naive
from tests.factories import AT, each_way, evidence, only_postgresql, people, pledge, published, sealed_by_sql, update

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", [1, *(pytest.param(n, marks=pytest.mark.full) for n in (2, 3, 4))])
def test_after_any_acts_a_declaratory_pledge_stands_as_not_assessable(seed: int) -> None:
    refused = histories.make(seed, acts=400, pledges=40).refused
    raw, far = naive.Raw.read(), histories.LAST + timedelta(days=60)
    coded = {place["id"]: naive.coding(raw, place["id"], far) for place in raw.pledges}
    declaratory = [key for key, coding in coded.items() if coding and coding["trackability"] == "declaratory"]
    assert {naive.status(raw, key, far) for key in declaratory} == {"not_assessable"}
    assert refused > 10
    assert len([key for key in declaratory if len(raw.codings[key]) > 1]) > 2


@each_way
def test_a_status_of_the_last_day_there_is_never_begins(publish: object) -> None:
    place = pledge()
    first = published(update(place, "announced", **people()), [(evidence(), "supports")])
    never = update(place, "in_progress", effective_on=date.max, **people())
    columns = {"effective_on": date.max} if publish is sealed_by_sql else {}
    publish(never, [(evidence(), "supports")], **columns)  # type: ignore[operator]
    assert Period.objects.get(pledge=place, until=periods.OPEN).update_id == first.pk
    assert periods.differing(connection) == 0


def _waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


@only_postgresql
@pytest.mark.django_db(transaction=True)
def test_laying_out_all_pledges_waits_for_who_publishes() -> None:
    failed: list[Exception] = []

    def rebuild() -> None:
        try:
            periods.rebuild(connection)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    item, place = evidence(), pledge()
    other = threading.Thread(target=rebuild)
    with transaction.atomic():
        publish_updates(Publication.begin(AT), [Proposal(update(place, "announced"), [(item, "supports")])])
        other.start()
        until = time.monotonic() + 30
        while not _waits() and time.monotonic() < until:
            time.sleep(0.01)
    other.join()
    assert not failed
    assert periods.differing(connection) == 0
