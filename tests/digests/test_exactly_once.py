"""Whatever is changed, and whenever: each event that was followed when it happened is told once, in order."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from commitments.digests import subscriptions
from commitments.digests.compose import compose
from commitments.digests.scope import EVERYTHING, Scope
from commitments.digests.subscriptions import Wish, schedule_of
from commitments.models import Cadence, Change, Dispatch, Pledge, Subscription
from tests import factories
from tests.digests.rows import subscribed, wish
from tests.factories import AT, people, published, update

pytestmark = pytest.mark.django_db

ZONES = ["UTC", "America/Sao_Paulo", "America/Santiago", "Asia/Shanghai", "Europe/Madrid", "Pacific/Apia"]

acts = st.one_of(
    st.tuples(st.just("event"), st.integers(0, 2)),
    st.tuples(st.just("event"), st.integers(0, 2)),
    st.tuples(st.just("run"), st.just(None)),
    st.tuples(st.just("wait"), st.integers(1, 60 * 24 * 40)),
    st.tuples(st.just("scope"), st.sets(st.sampled_from([EVERYTHING, "0", "1", "2"]), min_size=1)),
    st.tuples(st.just("more"), st.sampled_from(["0", "1", "2"])),
    st.tuples(st.just("cadence"), st.sampled_from(list(Cadence))),
    st.tuples(st.just("hour"), st.integers(0, 23)),
    st.tuples(st.just("zone"), st.sampled_from(ZONES)),
    st.tuples(st.just("pause"), st.just(None)),
    st.tuples(st.just("go on"), st.just(None)),
)


class Story:
    """One reader's subscription, what they do to it, and what they ought to hear by plain counting."""

    def __init__(self, places: list[Pledge]) -> None:
        self.places, self.at = places, AT
        self.follows = {EVERYTHING}
        self.reader = subscribed(at=AT)
        self.owed: list[int] = []

    def follow(self, names: set[str]) -> set[str]:
        return {name if name == EVERYTHING else f"pledge:{self.places[int(name)].code}" for name in names}

    def wished(self, **changes: Any) -> Wish:
        now = Subscription.objects.get(pk=self.reader.pk)
        kept = {"cadence": now.cadence, "hour": now.hour, "zone": now.zone}
        return wish(*self.follows, **{**kept, **changes})

    def act(self, name: str, value: Any) -> None:
        self.at += timedelta(minutes=1)
        if name in ("cadence", "hour", "zone"):
            subscriptions.change(self.reader, self.wished(**{name: value}), at=self.at)
            return
        {
            "event": self.happen,
            "run": lambda _: compose(at=self.at),
            "wait": self.wait,
            "scope": self.follow_only,
            "more": self.ask_for_more,
            "pause": lambda _: subscriptions.pause(self.reader),
            "go on": lambda _: subscriptions.go_on(self.reader, at=self.at),
        }[name](value)

    def happen(self, n: int) -> None:
        number = published(update(self.places[n], "not_assessed", **people()), at=self.at).seq
        if self.follows & {EVERYTHING, f"pledge:{self.places[n].code}"}:
            self.owed.append(number or 0)

    def wait(self, minutes: int) -> None:
        self.at += timedelta(minutes=minutes)

    def follow_only(self, names: set[str]) -> None:
        self.follows = self.follow(names)
        subscriptions.change(self.reader, self.wished(), at=self.at)

    def ask_for_more(self, name: str) -> None:
        """Follow something from another page, at the cadence that there is: it is added."""
        now = Subscription.objects.get(pk=self.reader.pk)
        more = Wish(Scope(frozenset(self.follow({name})), frozenset(Change)), schedule_of(now), now.language)
        subscriptions.confirm(subscriptions.ask(now.address, more, at=self.at), at=self.at)
        self.follows |= self.follow({name})

    def end(self) -> list[int]:
        """Let all that is due be sent, and return what the reader heard."""
        subscriptions.go_on(self.reader, at=self.at)
        for _ in range(2):
            self.at += timedelta(days=100)
            compose(at=self.at)
        sent = Dispatch.objects.filter(subscription=self.reader).select_related("digest").order_by("pk")
        return [entry["seq"] for row in sent for entry in row.digest.entries]


@given(st.lists(acts, max_size=25))
def test_each_event_that_was_followed_is_told_once_and_in_order(story: list[tuple[str, Any]]) -> None:
    with transaction.atomic():
        told = Story([factories.pledge(n=n) for n in range(3)])
        for name, value in story:
            told.act(name, value)
        heard = told.end()
        assert heard == told.owed
        assert Subscription.objects.count() == 1
        transaction.set_rollback(True)


@pytest.mark.parametrize("years", [3, pytest.param(10, marks=pytest.mark.full)])
def test_years_of_every_cadence_tell_each_event_once(years: int) -> None:
    place, readers = factories.pledge(), {}
    for cadence in Cadence:
        readers[cadence] = subscribed(cadence=cadence, zone="America/Santiago", hour=0)
    at, owed = AT, []
    while at < datetime(AT.year + years, AT.month, AT.day, tzinfo=AT.tzinfo):
        owed.append(published(update(place, "not_assessed", **people()), at=at).seq)
        at += timedelta(days=17, hours=5)
        compose(at=at)
    compose(at=at + timedelta(days=100))
    for reader in readers.values():
        sent = Dispatch.objects.filter(subscription=reader).select_related("digest").order_by("pk")
        assert [entry["seq"] for row in sent for entry in row.digest.entries] == owed
