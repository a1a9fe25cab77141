"""Workers killed at random moments, as many as one likes, and what became of the mails."""

import random
import time
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from commitments.digests.reconcile import reconcile
from commitments.digests.traces import Trace
from commitments.models import Dispatch, MailSource
from tests.faults.stand import LEASES, Process, Stand, Verdict

#: Moments at which the relay kills; besides, chance alone does.
MOMENTS = ("mail", "rcpt", "data", "body", "dot", "answered")
#: Rounds after which the mail side is asked.
ASKED_EVERY = 5


class Asked:
    """The relay as the source of evidence: it knows what it took."""

    kind = MailSource.RELAY_LOG

    def __init__(self, stand: Stand) -> None:
        self._stand = stand

    def look(self, asked: Collection[Dispatch]) -> dict[int, Trace]:
        taken = self._stand.post.taken()
        return {row.pk: Trace(taken[row.message_id]) for row in asked}

    def forget(self, before: datetime) -> int:
        return 0


def reconciled(stand: Stand) -> str:
    """Ask the mail side; return what it settled."""
    return str(reconcile(clock=stand.clock, source=Asked(stand)))


def all_settled(stand: Stand) -> None:
    """Ask the mail side, and send again what it says was not taken, until that changes nothing any more."""
    before = -1
    while (left := Dispatch.objects.filter(state="uncertain").count()) != before:
        before = left
        reconciled(stand)
        stand.settles()


@dataclass
class Told:
    """What a run came to."""

    mails: int
    kills: int = 0
    stages: Counter[str] = field(default_factory=Counter)
    verdict: Verdict | None = None
    twice_unknown: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        v = self.verdict
        assert v
        rows: list[tuple[str, object]] = [("mails", self.mails), ("kills", self.kills)]
        rows += [(f"killed {stage}", number) for stage, number in sorted(self.stages.items())]
        rows += [("taken once", v.once), ("lost", v.lost), ("doubled", v.doubled)]
        rows += [("doubled, not flagged", v.unflagged), ("uncertain at the end", v.uncertain)]
        rows += [("… of these sent again already, and killed again", self.twice_unknown)]
        rows += [("parked at the end", v.parked), ("seconds", f"{self.seconds:.0f}")]
        return "\n".join(["| | |", "| --- | ---: |", *(f"| {name} | {value} |" for name, value in rows)])


def killed(stand: Stand, *, mails: int, kills: int, workers: int, evidence: bool, seed: int) -> Told:
    """Kill as often as asked, spread over all mails; then let the rest be sent."""
    chance, told, begun, rounds = random.Random(seed), Told(mails), time.monotonic(), 0
    stand.waits(count=mails)
    while told.kills < kills and (left := Dispatch.objects.filter(state__in=("pending", "sending")).count()):
        seen = len(stand.post.events())
        size = min(workers, kills - told.kills)
        about = left / (kills - told.kills) * size
        team = [stand.sender(aim=partial(_aim, stand, chance, left, about)) for _ in range(size)]
        for process in team:
            process.wait()
            stand.post.forget(process.pid)
        _count(stand, team, told, seen)
        stand.ahead += LEASES
        rounds += 1
        if evidence and rounds % ASKED_EVERY == 0:
            reconciled(stand)
    stand.settles()
    if evidence:
        all_settled(stand)
    told.twice_unknown = Dispatch.objects.filter(state="uncertain", perhaps_twice=True).count()
    told.verdict, told.seconds = stand.verdict(), time.monotonic() - begun
    return told


def _aim(stand: Stand, chance: random.Random, left: int, about: float, group: int) -> None:
    """Let the relay kill a worker after a few mails, at a moment of the conversation, or a little after one."""
    moment = chance.choice(MOMENTS[:3] if left < 2 * about else MOMENTS)  # while anything is left to be killed at
    delay = chance.choice([0, 0, chance.uniform(0, 0.02)])
    stand.post.kill(group, moment, chance.randint(1, max(1, round(1.3 * about))), delay)


def _count(stand: Stand, team: list[Process], told: Told, seen: int) -> None:
    """Count who was killed, and where; `seen` is how much the relay had noted before."""
    dead = [process for process in team if process.ended == -9]
    taken = set(stand.post.taken())
    begun = {event["message_id"] for event in stand.post.events()[seen:] if event["what"] == "begun"}
    for process in dead:
        told.kills += 1
        told.stages[_stage(process, taken, begun)] += 1


def _stage(process: Process, taken: set[str], begun: set[str]) -> str:
    """Tell from the rows in a worker's hands, and from what the relay saw of them, how far it had come."""
    rows = Dispatch.objects.filter(owner__contains=f":{process.pid}:", state="sending")
    found = list(rows.values_list("message_id", "stage"))
    at_the_dot = {message_id for message_id, stage in found if stage == "dot"}
    if at_the_dot & taken:
        return "at the dot, the server has it"
    if at_the_dot:
        return "at the dot, the server does not have it"
    if {message_id for message_id, _ in found} & begun:
        return "in a body"
    return "between claim and body" if found else "before a claim"
