"""A year and a half of made-up work at the desk on the real record: what tests of "as of any day" ask about.

Everything goes in by the site's own door (`publish_updates`, `publish_codings`), so the database judges it; what the
acts are is drawn by chance from a seed. Corrections, withdrawals, backdated statuses, changes of coding, also to and
from declaratory, and of what an item is said to do to a pledge are all among them, and each is noted with its day.
Some break the rule of declaratory pledges: those the database refuses.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from commitments.models import (
    Coding,
    Evidence,
    Pledge,
    Proposal,
    Publication,
    StatusUpdate,
    Theme,
    Trackability,
    UpdateKind,
    publish_codings,
    publish_updates,
)
from tests.factories import evidence, people, search, words

FIRST, LAST = date(2026, 11, 23), date(2028, 5, 20)
#: Statuses drawn, with the bearing of what they cite; None cites nothing.
STATUSES = {
    "announced": "supports",
    "in_progress": "supports",
    "sustained": "supports",
    "partly_delivered": "supports",
    "delivered": "supports",
    "stalled": "contradicts",
    "not_delivered": "contradicts",
    "no_evidence": None,
    "not_assessed": None,
    "not_assessable": None,
}
#: Words that titles get in some codings; the record has none of them.
PLANTED = ("珊瑚", "企鹅", "灯塔", "驯鹿")


@dataclass
class History:
    """What was done: `turning` holds (kind of act, day from which it shows), for questions that straddle it."""

    turning: list[tuple[str, date]] = field(default_factory=list)
    refused: int = 0


@dataclass
class _Desk:
    chance: random.Random
    pledges: list[Pledge]
    items: list[Evidence]
    by: dict[str, Any]
    history: History
    standing: dict[int, list[StatusUpdate]] = field(default_factory=dict)

    def day(self, at: datetime) -> date:
        """Return since when it is so in the world: often long before it is published, sometimes only later."""
        back = self.chance.choice([0, 0, 1, 5, 40, 200, -20])
        return max(date(2025, 12, 10), at.date() - timedelta(days=back))

    def cited(self, status: str) -> list[tuple[Evidence, str]]:
        bearing = STATUSES[status]
        if bearing is None:
            return []
        of_each_side = [self.chance.choice(self.items[n::3]) for n in range(3)]
        return [(item, bearing) for item in of_each_side]

    def update(self, pledge: Pledge, status: str, at: datetime, **fields: Any) -> StatusUpdate:
        made_by = self.by if status in ("delivered", "not_delivered") or self.chance.random() < 0.6 else None
        values: dict[str, Any] = {"effective_on": self.day(at), "summary": words("So."), "reasoning": words("Since.")}
        if status == "no_evidence":
            values["search"] = search(pledge)
        values |= made_by or {"provisional": True}
        return StatusUpdate(pledge=pledge, status=status, **values | fields)

    def publish(self, update: StatusUpdate, at: datetime) -> None:
        judged = update.kind != UpdateKind.WITHDRAWAL
        turn = Publication.begin(at)
        publish_updates(turn, [Proposal(update, self.cited(update.status) if judged else [])])
        if judged:
            self.standing.setdefault(update.pledge_id, []).append(update)
        if update.effective_on < at.date() and judged:
            self.history.turning.append(("backdated", at.date()))

    def state(self, at: datetime) -> None:
        pledge = self.chance.choice(self.pledges)
        self.publish(self.update(pledge, self.chance.choice(list(STATUSES)), at), at)

    def undo(self, at: datetime) -> None:
        """Correct or withdraw an update that nothing has undone yet."""
        known = [update for updates in self.standing.values() for update in updates]
        if not known:
            return
        self.undo_one(self.chance.choice(known), at)

    def undo_one(self, old: StatusUpdate, at: datetime) -> None:
        kind = self.chance.choice([UpdateKind.CORRECTION, UpdateKind.WITHDRAWAL])
        status, since = old.status, old.effective_on
        if kind == UpdateKind.CORRECTION:
            status = self.chance.choice([old.status, *STATUSES])
            since = self.chance.choice([since, self.day(at)])
        fields = {"kind": kind, "corrects": old, "effective_on": since, **self.by}
        if old.status == "no_evidence":
            fields.setdefault("search", old.search)
        self.publish(self.update(old.pledge, status, at, **fields), at)
        self.standing[old.pledge_id].remove(old)
        self.history.turning.append((kind, at.date()))

    def recode(self, at: datetime) -> None:
        """Publish another coding of a pledge. One that becomes declaratory is said to be not assessable, mostly."""
        pledge = self.chance.choice(self.pledges)
        last = Coding.objects.filter(pledge=pledge, published_at__isnull=False).latest("version")
        kind = self.chance.choice([kind for kind in Trackability if kind != last.trackability])
        if kind == Trackability.DECLARATORY and self.chance.random() < 0.9:
            begun = [update.effective_on for update in self.standing.get(pledge.pk, [])]
            since = self.chance.choice([max([at.date(), *begun]), self.day(at)])
            self.publish(self.update(pledge, "not_assessable", at, effective_on=since), at)
        self.code(pledge, last, kind, at)
        stands = self.standing.get(pledge.pk)
        if last.trackability == Trackability.DECLARATORY and stands and self.chance.random() < 0.5:
            self.undo_one(stands[-1], at)

    def code(self, pledge: Pledge, last: Coding, kind: Trackability, at: datetime) -> None:
        """Publish another version of a coding, with another trackability, another theme and other words."""
        said = {name: getattr(last, name) for name in ("reason", "test", "due_on", "recurrence", "note")}
        said["title"] = {**last.title, "zh-hans": f"{pledge.code}：{self.chance.choice(PLANTED)}"}
        version = {"version": last.version + 1, "trackability": kind}
        by = {"author": self.by["author"], "approver": self.by["approver"]}
        coding = Coding.objects.create(pledge=pledge, **said, **version, **by)
        for name in ("actors", "addressees", "rights"):
            getattr(coding, name).set(getattr(last, name).all())
        coding.themes.set(self.chance.sample(list(Theme.objects.all()), 2))
        publish_codings(Publication.begin(at), [(coding, {"again": coding.version})])
        self.history.turning.append(("recoding", at.date()))

    def attempt(self, act: Callable[[datetime], None], at: datetime) -> None:
        """Do it, all or nothing. What the database refuses must be a declaratory pledge that stands as another."""
        noted = len(self.history.turning)
        known = {pledge: list(updates) for pledge, updates in self.standing.items()}
        try:
            with transaction.atomic():
                act(at)
        except IntegrityError as refusal:
            if "declaratory" not in str(refusal):
                raise
            self.standing = known
            del self.history.turning[noted:]
            self.history.refused += 1


@transaction.atomic
def make(seed: int, *, acts: int = 300, pledges: int = 60, items: int = 25) -> History:
    """Fill the database with `acts` acts on `pledges` pledges; the same seed makes the same history."""
    chance = random.Random(seed)
    known = list(Pledge.objects.filter(codings__isnull=False).select_related("document").order_by("position"))
    sides = ("china", "lac", "independent")
    sources = [
        evidence(
            side=sides[n % 3],
            record="primary" if n % 2 else "report",
            countries=[["BR"], ["CN", "PE"], []][n % 3],
            public_at=datetime.combine(FIRST, time.min, tzinfo=UTC) - timedelta(hours=1),
        )
        for n in range(items)
    ]
    desk = _Desk(chance, chance.sample(known, pledges), sources, people(), History())
    said = StatusUpdate.objects.filter(pledge__in=desk.pledges, corrected_by__isnull=True).order_by("seq")
    for update in said.exclude(kind=UpdateKind.WITHDRAWAL):
        desk.standing.setdefault(update.pledge_id, []).append(update)
    days = sorted(chance.randrange((LAST - FIRST).days) for _ in range(acts))
    for day in days:
        moment = chance.choice([time(0, 0), time(12, 30), time(23, 59, 59, 999_999)])
        at = datetime.combine(FIRST + timedelta(days=day), moment, tzinfo=UTC)
        desk.attempt(chance.choices([desk.state, desk.undo, desk.recode], weights=[6, 2, 2])[0], at)
    return desk.history
