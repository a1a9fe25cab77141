"""What is public on a day: from the day of its publication on (UTC), with the newest coding of that day."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
import time_machine
from django.test import Client

from commitments.catalogue.schema import Catalogue
from commitments.clock import today
from commitments.models import Coding, Pledge, Section, Theme
from commitments.record import published

pytestmark = pytest.mark.django_db

DAY = date(2027, 5, 20)
BEFORE, AFTER = DAY - timedelta(days=1), DAY + timedelta(days=1)
MIDNIGHT = datetime(2027, 5, 20, tzinfo=UTC)
LAST_MOMENT = datetime(2027, 5, 20, 23, 59, 59, 999_999, tzinfo=UTC)


def publish(pledge: Pledge, *, at: datetime, **changes: object) -> Coding:
    """Publish another coding of a pledge, the last one with changes."""
    last = pledge.codings.order_by("-version").first()
    kept = {"title": last.title, "trackability": last.trackability, "test": last.test} if last else {}
    fields = {"title": {"en": "New"}, "trackability": "verifiable", **kept, **changes}
    coding = Coding.objects.create(
        pledge=pledge, version=last.version + 1 if last else 1, release="record-2", published_at=None, **fields
    )
    coding.themes.set(Theme.objects.filter(slug="poverty"))
    coding.published_at = at
    coding.save()
    return coding


def new_pledge(code: str = "SPC-3.77") -> Pledge:
    section = Section.objects.get(document__code="SPC", number="3")
    return Pledge.objects.create(
        code=code, document=section.document, section=section, ordinal=int(code.rpartition(".")[2]), position=90_000
    )


def codes(on: date) -> set[str]:
    return set(published.pledges(on=on).values_list("code", flat=True))


def current(code: str, on: date) -> Coding:
    return published.coding_of(published.pledges(on=on).get(code=code))


@pytest.mark.parametrize("at", [MIDNIGHT, LAST_MOMENT])
def test_a_pledge_is_absent_the_day_before_its_coding_and_there_on_the_day(at: datetime) -> None:
    publish(new_pledge(), at=at)
    assert "SPC-3.77" not in codes(BEFORE)
    assert "SPC-3.77" in codes(DAY)
    assert "SPC-3.77" in codes(AFTER)


def test_the_day_of_publication_is_that_of_utc_wherever_it_happened() -> None:
    early_in_shanghai = datetime(2027, 5, 20, 7, 59, tzinfo=timezone(timedelta(hours=8)))
    publish(new_pledge(), at=early_in_shanghai)  # still the 19th in UTC
    assert "SPC-3.77" in codes(BEFORE)
    assert "SPC-3.77" not in codes(BEFORE - timedelta(days=1))


def test_today_is_the_day_of_utc() -> None:
    late_in_sao_paulo = datetime(2027, 5, 19, 21, 30, tzinfo=timezone(timedelta(hours=-3)))
    with time_machine.travel(late_in_sao_paulo, tick=False):
        assert today() == DAY


def test_a_pledge_without_a_published_coding_is_never_public() -> None:
    pledge = new_pledge()
    Coding.objects.create(pledge=pledge, version=1, title={"en": "x"}, trackability="verifiable", release="r")
    assert pledge.code not in codes(date(2099, 1, 1))


def test_nothing_was_public_before_the_first_release(catalogue: Catalogue) -> None:
    day = catalogue.release.released_on
    everything = {pledge.code for folder in catalogue.documents for pledge in folder.pledges}
    assert codes(day - timedelta(days=1)) == set()
    assert codes(day) == everything
    assert published.release(on=day - timedelta(days=1)) is None
    name, at = published.release(on=day) or ("", None)
    assert (name, at) == (catalogue.release.release, datetime(day.year, day.month, day.day, tzinfo=UTC))


def test_a_later_coding_counts_from_its_day_on_and_the_earlier_one_before() -> None:
    pledge = Pledge.objects.get(code="SPC-3.1")
    old = current("SPC-3.1", BEFORE)
    publish(pledge, at=LAST_MOMENT, title={"en": "Read anew"}, trackability="continuing")
    assert (current("SPC-3.1", BEFORE).pk, current("SPC-3.1", BEFORE).version) == (old.pk, 1)
    for day in (DAY, AFTER):
        now = current("SPC-3.1", day)
        assert (now.version, now.title, now.trackability) == (2, {"en": "Read anew"}, "continuing")
    assert codes(BEFORE) == codes(DAY)
    assert published.release(on=DAY)[0] == "record-2"


def test_of_two_codings_on_one_day_the_later_version_counts() -> None:
    pledge = Pledge.objects.get(code="SPC-3.1")
    publish(pledge, at=MIDNIGHT, trackability="continuing")
    publish(pledge, at=MIDNIGHT, trackability="verifiable")
    assert current("SPC-3.1", DAY).version == 3
    assert published.pledges(on=DAY).filter(code="SPC-3.1").count() == 1
    assert published.codings(on=DAY).filter(pledge=pledge).count() == 1


def test_pages_and_api_show_the_coding_of_their_day(client: Client) -> None:
    publish(Pledge.objects.get(code="SPC-3.1"), at=MIDNIGHT, title={"en": "Read anew"}, trackability="continuing")
    for moment, anew in ((MIDNIGHT - timedelta(seconds=1), False), (MIDNIGHT, True)):
        with time_machine.travel(moment, tick=False):
            data = client.get("/api/v1/pledges/SPC-3.1/").json()
            page = client.get("/en/pledges/SPC-3.1/").content.decode()
        assert data["coding"]["version"] == (2 if anew else 1)
        assert (data["title"] == {"en": "Read anew"}) == anew
        assert (data["trackability"] == "continuing") == anew
        assert (data["themes"] == ["poverty"]) == anew
        assert ("<h1>Read anew</h1>" in page) == anew


def test_only_a_declaratory_pledge_is_not_assessable(client: Client) -> None:
    for kind in ("verifiable", "directional", "continuing", "declaratory"):
        code = published.codings(on=DAY).filter(trackability=kind).values_list("pledge__code", flat=True)[0]
        status = client.get(f"/api/v1/pledges/{code}/").json()["status"]["value"]
        assert (status == "not_assessable") == (kind == "declaratory")


def test_neighbours_are_those_that_were_public_on_the_day(catalogue: Catalogue) -> None:
    publish(new_pledge(), at=MIDNIGHT)
    last = Pledge.objects.exclude(code="SPC-3.77").order_by("-position")[0]
    assert published.neighbours(last, on=BEFORE)[1] is None
    assert published.neighbours(last, on=DAY)[1].code == "SPC-3.77"


def test_a_page_of_a_pledge_that_is_not_yet_public_is_not_found(client: Client, catalogue: Catalogue) -> None:
    publish(new_pledge(), at=MIDNIGHT)
    for moment, status in ((MIDNIGHT - timedelta(seconds=1), 404), (MIDNIGHT, 200)):
        with time_machine.travel(moment, tick=False):
            assert client.get("/api/v1/pledges/SPC-3.77/").status_code == status
