"""Who promised, and which states sources name, as of any day: against plain loops over the raw rows."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from commitments.models import LANGUAGES, Actor, Attachment, Coding, Evidence, FormerBearing
from commitments.record import actors, published, states
from commitments.record.weights import Weight
from tests import histories, naive
from tests.factories import evidence, pledge, update
from tests.factories import published as publish

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 22)


def borne_then(on: date) -> list[tuple[Evidence, int, str]]:
    """Return (item, pledge, what it was said to do) of all that was public on the day, one row after the other."""
    raw, found = naive.Raw.read(), []
    for row in Attachment.objects.select_related("evidence"):
        public = [row.public_at, row.evidence.public_at]
        if any(at is None or naive.day(at) > on for at in public) or naive.coding(raw, row.pledge_id, on) is None:
            continue
        later = [old for old in FormerBearing.objects.filter(attachment=row) if naive.day(old.at) > on]
        said = min(later, key=lambda old: (old.at, old.pk)).bearing if later else row.bearing
        found.append((row.evidence, row.pledge_id, said))
    return found


def naive_weight(code: str, on: date, borne: list[tuple[Evidence, int, str]]) -> Weight:
    named = [item for item in Evidence.objects.all() if item.public_at and naive.day(item.public_at) <= on]
    rows = [row for row in borne if code in row[0].countries]
    count = {way: sum(said == way for _, _, said in rows) for way in ("supports", "contradicts", "context")}
    return Weight(items=sum(code in item.countries for item in named), pledges=len({row[1] for row in rows}), **count)


def test_the_34_states_are_china_and_the_33_members_of_celac() -> None:
    assert len(states.CELAC) == len(set(states.CELAC)) == 33
    assert len(states.STATES) == 34


def test_every_state_has_a_name_in_four_languages_and_an_address_of_its_own() -> None:
    for code in states.STATES:
        assert set(states.names(code)) == set(LANGUAGES)
        assert code not in states.names(code).values()
    assert len({states.address(code) for code in states.STATES}) == 34
    assert states.names("BR") == {"en": "Brazil", "zh-hans": "巴西", "es": "Brasil", "pt-br": "Brasil"}


def test_no_address_of_a_state_is_a_word_of_the_vocabulary_of_actors() -> None:
    words = set(Actor.objects.values_list("slug", flat=True))
    assert words.isdisjoint(states.address(code) for code in states.STATES)
    assert {slug for slug in words if states.called(slug)} == set()
    assert words >= actors.INSTITUTIONS


@pytest.mark.parametrize(
    ("guess", "code"),
    [
        *[("brazil", "BR"), ("BR", "BR"), ("antigua-and-barbuda", "AG"), ("st-kitts-and-nevis", "KN")],
        *[("china", None), ("spain", None), ("", None), ("b", None)],
    ],
)
def test_a_guessed_address_means_a_state_or_nothing(guess: str, code: str | None) -> None:
    assert states.called(guess) == code


def test_states_stand_in_the_order_of_the_readers_alphabet() -> None:
    first: dict[str, list[str]] = {}
    for language in LANGUAGES:
        with override(language):
            names = [states.name(code) for code in states.in_order(states.STATES)]
            first[language] = names
    assert first["es"].index("México") < first["es"].index("Nicaragua") < first["es"].index("Panamá")
    assert first["pt-br"].index("Colômbia") < first["pt-br"].index("Costa Rica")
    assert first["zh-hans"][0] == "安提瓜和巴布达"  # Antigua: by the English names
    assert first["zh-hans"] == [states.name(code, "zh-hans") for code in states.in_order(states.STATES, "en")]
    assert sorted(["n", "ñ", "o"], key=lambda sign: states.key(sign, "es")) == ["n", "ñ", "o"]


def test_a_source_names_a_country_by_the_whole_code_and_by_nothing_else() -> None:
    lists: list[Any] = [["BR"], ["CN", "BR"], ["BRA"], ["B"], ["br"], ["R"], [], ['BR"'], [["BR"]], ["%BR%"]]
    made = [evidence(countries=codes) for codes in lists]
    found = set(Evidence.objects.filter(states.Names("countries", "BR")))
    assert found == {made[0], made[1]}
    assert not Evidence.objects.filter(states.Names("countries", "%")).exists()
    assert not Evidence.objects.filter(states.Names("countries", "'")).exists()


def test_states_that_no_source_names_are_there_with_nothing_and_others_stand_apart() -> None:
    evidence(countries=["BR", "ES"])
    evidence(countries=["ES"], public_at=None)
    found, others = actors.places(on=DAY)
    assert len(found) == 34
    assert {one.code: one.weight.items for one in found if one.weight.items} == {"BR": 1}
    assert [(one.code, one.weight.items) for one in others] == [("ES", 1)]


@pytest.fixture
def _a_year_and_a_half() -> None:
    histories.make(61, acts=160)


@pytest.mark.usefixtures("_a_year_and_a_half")
def test_on_any_day_states_weigh_what_a_plain_loop_counts() -> None:
    chance, seen = random.Random(6), []
    for _ in range(4):
        on = histories.FIRST + timedelta(days=chance.randrange((histories.LAST - histories.FIRST).days))
        borne = borne_then(on)
        weights = {one.code: one.weight for one in actors.places(on=on)[0]}
        for code in ("BR", "CN", "PE", "UY"):
            assert weights[code] == naive_weight(code, on, borne), (code, on)
            state = actors.state(code, on=on)
            assert state.weight == weights[code]
            assert {p.pk for p in state.pledges} == {row[1] for row in borne if code in row[0].countries}
            seen.append(weights[code].total)
    assert max(seen) > 10


@pytest.mark.usefixtures("_a_year_and_a_half")
def test_on_any_day_who_promised_is_what_the_coding_of_that_day_says() -> None:
    raw = naive.Raw.read()
    for on in (DAY, date(2027, 6, 1), date(2028, 5, 1)):
        made = {one.actor.slug: one for one in actors.promisers(on=on)}
        for slug in ("china", "roundtable-participants", "cpc"):
            codes = naive.pledges(raw, {"actor": [slug]}, on)
            whole = actors.promiser(slug, on=on)
            assert whole is not None
            assert [row.code for row in whole.promised] == codes
            assert (made[slug].promised, made[slug].addressed) == (len(codes), len(whole.addressed))
            expected = [naive.status(raw, row.pk, on) for row in whole.promised]
            assert whole.tallies()[0].counts == {status: expected.count(status) for status in expected}


def test_who_is_addressed_comes_from_the_coding() -> None:
    [coding] = Coding.objects.filter(addressees__slug="lac-parliaments")
    found = actors.promiser("lac-parliaments", on=DAY)
    assert found is not None
    assert ([row.pk for row in found.addressed], found.promised, found.kind) == ([coding.pledge_id], [], "institution")


def test_before_the_record_was_public_nobody_had_promised_anything() -> None:
    assert actors.promisers(on=date(2026, 1, 1)) == []
    assert {one.weight for one in actors.places(on=date(2026, 1, 1))[0]} == {Weight()}


def test_the_newest_event_stands_first_and_what_has_no_date_last() -> None:
    days: list[Any] = [date(2026, 1, 1), None, date(2026, 3, 1)]
    made = [evidence(countries=["JM"], event_on=day) for day in days]
    assert actors.state("JM", on=DAY).items == [made[2], made[0], made[1]]


def asked(get: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as queries:
        get()
    return len(queries)


def test_queries_do_not_grow_with_the_evidence() -> None:
    publish(update(pledge(), "announced"), [(evidence(countries=["BR"]), "supports")])
    gets: list[Callable[[], object]] = [
        lambda: actors.places(on=DAY),
        lambda: [published.coding_of(row) for row in actors.state("BR", on=DAY).pledges],
        lambda: actors.promisers(on=DAY),
        lambda: actors.promiser("china", on=DAY),
    ]
    before = [asked(get) for get in gets]
    call_command("load_evidence", verbosity=0)
    assert [asked(get) for get in gets] == before
    assert max(before) < 12
