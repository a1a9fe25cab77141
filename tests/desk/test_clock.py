"""The desk's day is that of UTC, as the record's is, wherever the server or its people are."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from commitments.models import Evidence, SearchLog
from tests import beside, factories
from tests.desk.sources import ADD, errors, filled
from tests.desk.tables import EVIDENCE, faults, in_csv, item, tried
from tests.factories import evidence, person, published, two_good_items, update

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kept", "waiting")]

Desk = Callable[[Any], Client]
SEARCH = "/admin/commitments/searchlog/add/"


@dataclass(frozen=True)
class Clock:
    """A moment, and its days in UTC and at the server."""

    at: datetime
    day: date
    local: date

    @property
    def tomorrow(self) -> str:
        return f"{self.day + timedelta(days=1)}"


@pytest.fixture(
    params=[
        ("America/Sao_Paulo", datetime(2026, 11, 23, 1, tzinfo=UTC), -1),
        ("Asia/Shanghai", datetime(2026, 11, 22, 17, tzinfo=UTC), 1),
    ],
    ids=["yesterday at the server", "tomorrow at the server"],
)
def clock(request: pytest.FixtureRequest, settings: Any) -> Iterator[Clock]:
    settings.TIME_ZONE, at, days = request.param
    with time_machine.travel(at, tick=False):
        found = Clock(at, at.date(), timezone.localdate())
        assert found.local == found.day + timedelta(days=days)
        yield found


@pytest.fixture
def curator(desk: Desk, clock: Clock) -> Client:
    return desk(person())


def searched(on: str) -> dict[str, str]:
    return {"pledge": "SPC-3.1", "searched_on": on, "languages": "es", "places": "A catalogue", "queries": "foro"}


def test_forms_begin_with_the_day_of_utc(curator: Client, clock: Clock) -> None:
    for address, field in ((ADD, "accessed_on"), (SEARCH, "searched_on")):
        form = curator.get(address).context["adminform"].form
        assert form.get_initial_for_field(form.fields[field], field) == clock.day


def test_a_source_read_today_is_taken_and_one_read_tomorrow_is_not(curator: Client, clock: Clock) -> None:
    assert errors(curator.post(ADD, filled(accessed_on=clock.tomorrow))).keys() == {"accessed_on"}
    assert curator.post(ADD, filled(accessed_on=f"{clock.day}")).status_code == 302
    assert Evidence.objects.get(entered_by__isnull=False).accessed_on == clock.day


def test_a_search_made_today_is_taken_and_one_of_tomorrow_is_not(curator: Client, clock: Clock) -> None:
    assert errors(curator.post(SEARCH, searched(clock.tomorrow))).keys() == {"searched_on"}
    assert curator.post(SEARCH, searched(f"{clock.day}")).status_code == 302
    assert SearchLog.objects.get().searched_on == clock.day


def test_a_row_of_a_spreadsheet_is_held_to_the_same_day(curator: Client, clock: Clock) -> None:
    assert tried(curator, EVIDENCE, in_csv([item(accessed_on=f"{clock.day}")])).status_code == 200
    wrong = faults(tried(curator, EVIDENCE, in_csv([item(accessed_on=clock.tomorrow)])))
    assert len(wrong) == 1
    assert "not come yet" in next(iter(wrong.values()))


def test_what_is_public_is_dated_in_utc(curator: Client, clock: Clock) -> None:
    source, pledge = evidence(public_at=clock.at), factories.pledge()
    published(update(pledge, "in_progress"), two_good_items(), at=clock.at)
    facts = curator.get(f"{EVIDENCE}/{source.pk}/change/").content.decode()
    assert f"Public since {clock.day:%-d %B %Y}" in facts
    listed = curator.get(f"{EVIDENCE}/?q={source.public_id}").content.decode()
    assert f'<td class="field-public_since">{clock.day}</td>' in listed
    workplace = curator.get(f"/admin/commitments/pledge/{pledge.pk}/change/").content.decode()
    assert f"published {clock.day}" in workplace
    assert f"published {clock.local}" not in workplace


def test_a_figure_and_a_reply_say_when_they_were_published_in_utc(curator: Client, clock: Clock) -> None:
    rows = beside.point(beside.indicator(), "1", at=clock.at), beside.reply(factories.pledge(), at=clock.at)
    for row in rows:
        room = f"/admin/commitments/{row._meta.model_name}/"
        for address in (room, f"{room}{row.pk}/change/"):
            assert f"{clock.at:%Y-%m-%d %H:%M} UTC" in curator.get(address).content.decode()
