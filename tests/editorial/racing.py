"""A race over one draft: a director sets the stage and judges every round; players act, each in a process of its own.

`test_races.py` starts the director (`direct`), which starts the players (`play`). They speak in lines of JSON.
"""

import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Count, Max

from commitments.editorial import drafts, evidence
from commitments.editorial.fingerprint import fingerprint
from commitments.editorial.policies import RefusedError
from commitments.models import (
    Audit,
    Coding,
    Draft,
    DraftState,
    Evidence,
    LedgerEntry,
    LedgerHead,
    Pledge,
    StatusDraft,
    StatusUpdate,
)
from commitments.models.transitions import target
from tests import factories
from tests.factories import AT, words

#: Runs code of this module in a process where Django is set up.
PROCESS = "import django; django.setup(); from tests.editorial import racing; racing.{}"
#: How far apart the players start, in seconds: about as long as an action takes, so that each wins sometimes.
SPREAD = 0.04
SHOWN = 20
_numbers = count(1)

Act = Callable[[], Any]


# --- players --------------------------------------------------------------------------------


def _approve(draft: int, by: Any) -> Act:
    row = Draft.objects.get(pk=draft)
    read = fingerprint(row)
    return lambda: drafts.approve(row, by=by, read=read, at=AT)


def _edit(draft: int, by: Any) -> Act:
    content = StatusDraft.objects.get(pk=draft)

    def act() -> None:
        with transaction.atomic():
            drafts.open_edit(content, by=by, revision=content.revision, at=AT)
            content.status, content.summary = "announced", words("Written anew.")
            content.citations.filter(evidence__public_at__isnull=True).delete()
            content.save()

    return act


def _withdraw(draft: int, by: Any) -> Act:
    row = Draft.objects.get(pk=draft)
    return lambda: drafts.withdraw(row, by=by, at=AT)


def _cited(draft: int, public: bool) -> Evidence:
    return Evidence.objects.get(draft_citations__draft=draft, public_at__isnull=not public)


def _rewrite(draft: int, by: Any) -> Act:
    item = _cited(draft, public=False)

    def act() -> None:
        with transaction.atomic():
            evidence.open_edit(item, by=by, at=AT)
            item.fact = words("It happened otherwise.")
            item.save()

    return act


def _supersede(draft: int, by: Any) -> Act:
    item = _cited(draft, public=True)
    return lambda: evidence.supersede(item, by=by, at=AT)


#: Who does what.
PARTS: dict[str, tuple[str, Callable[[int, Any], Act]]] = {
    "approve A": ("reviewer A", _approve),
    "approve B": ("reviewer B", _approve),
    "edit": ("author", _edit),
    "withdraw": ("author", _withdraw),
    "rewrite evidence": ("curator", _rewrite),
    "supersede evidence": ("curator", _supersede),
    "approve own": ("author", _approve),
}
#: In every how many rounds those take part who do not in each.
SOMETIMES = {"rewrite evidence": 3, "supersede evidence": 2, "approve own": 3}


def _outcome(act: Act) -> tuple[str, str]:
    try:
        act()
    except RefusedError as refusal:
        return "refused", str(refusal)
    except Exception as error:
        return "failed", f"{type(error).__name__}: {error}".splitlines()[0]
    return "done", ""


def play() -> None:
    """Take orders until there are none: prepare, say so, wait for the moment, act, tell what became of it."""
    for line in iter(sys.stdin.readline, ""):
        order = json.loads(line)
        by = get_user_model().objects.get(username=order["by"])
        act = PARTS[order["part"]][1](order["draft"], by)
        print("ready", flush=True)
        start = float(sys.stdin.readline())
        time.sleep(max(0.0, start + order["after"] - time.monotonic()))
        print(json.dumps(_outcome(act)), flush=True)


# --- the director ---------------------------------------------------------------------------


class Player:
    """A process that plays one part."""

    def __init__(self, part: str, stack: ExitStack) -> None:
        self.part = part
        pipes = dict.fromkeys(("stdin", "stdout"), subprocess.PIPE)
        self._process = subprocess.Popen([sys.executable, "-c", PROCESS.format("play()")], text=True, **pipes)
        stack.callback(self._process.wait)
        stack.callback(self._process.kill)

    def tell(self, line: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def hear(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, f"the player of “{self.part}” is gone"
        return line


@dataclass
class Scene:
    """A draft in review, what its reviewers read, and how far log and trail had come when the race began."""

    draft: Draft
    read: dict[str, Any]
    log: int = 0
    trail: int = 0

    def begin(self) -> None:
        self.log, self.trail = LedgerEntry.objects.latest("seq").seq, Audit.objects.latest("pk").pk


def _cast() -> dict[str, Any]:
    roles = {"author": "reviewer", "reviewer A": "reviewer", "reviewer B": "reviewer", "curator": "curator"}
    return {name: factories.person(role, name) for name, role in roles.items()}


def _said(row: Any) -> dict[str, Any]:
    """Return what a draft or an update says, with what it cites."""
    cited = row.citations.select_related("evidence")
    items = {c.evidence.public_id: [c.bearing, c.evidence.fact] for c in cited}
    return {"status": row.status, "summary": row.summary, "cited": items}


def _scene(place: Pledge, author: Any) -> Scene:
    names = [f"R{next(_numbers)}" for _ in range(2)]  # beside the numbers that the desk gives out
    hidden = factories.evidence(public_id=names[0], public_at=None, record="primary", side="china")
    items = [(hidden, "supports"), (factories.evidence(public_id=names[1]), "supports")]
    content = factories.draft(place, author, items)
    return Scene(factories.submitted(content), _said(content))


def _call(players: list[Player], scene: Scene, chance: random.Random) -> None:
    for player in players:
        order = {"part": player.part, "by": PARTS[player.part][0], "draft": scene.draft.pk}
        player.tell(json.dumps({**order, "after": chance.uniform(0, SPREAD)}))


def _run(players: list[Player], scene: Scene, chance: random.Random) -> dict[str, tuple[str, str]]:
    for player in players:
        player.hear()
    scene.begin()
    start = time.monotonic() + 0.002
    for player in chance.sample(players, len(players)):
        player.tell(str(start))
    return {player.part: tuple(json.loads(player.hear())) for player in players}


def _publications(scene: Scene) -> list[StatusUpdate]:
    return list(StatusUpdate.objects.filter(pledge=scene.draft.pledge_id, seq__gt=scene.log))


def _wrong(scene: Scene, outcomes: dict[str, tuple[str, str]]) -> Iterator[str]:
    """Yield what should not be after a round."""
    for part, (outcome, says) in outcomes.items():
        if outcome == "failed" or (outcome == "done" and part == "approve own"):
            yield f"{part}: {outcome} {says}"
    approvers = {PARTS[part][0] for part in ("approve A", "approve B") if outcomes[part][0] == "done"}
    published = _publications(scene)
    if {row.approver.username for row in published if row.approver} != approvers or len(published) > 1:
        yield f"published {len(published)} times, approved by {sorted(approvers)}"
    for row in published:
        if row.author != scene.draft.author or row.author == row.approver:
            yield "published by the wrong people"
        if _said(row) != scene.read:
            yield "published something else than was read"
        if not LedgerEntry.objects.filter(seq=row.seq, public_id=row.public_id).exists():
            yield "published without an entry"
    yield from _wrong_state(scene, published)
    yield from _wrong_log()


def _wrong_state(scene: Scene, published: list[StatusUpdate]) -> Iterator[str]:
    """Yield where the draft does not stand where the trail leads, or not beside what it published."""
    draft, state = Draft.objects.select_related("entry").get(pk=scene.draft.pk), DraftState.IN_REVIEW
    for act in Audit.objects.filter(subject=str(draft), pk__gt=scene.trail, action__startswith="draft.").order_by(
        "pk"
    ):
        led = target(act.action.removeprefix("draft."), state)
        if act.action != "draft.submit" and led is None:
            yield f"{act.action} from {state}"
        state = led or state
    if draft.state != state:
        yield f"the draft is {draft.state}, the trail leads to {state}"
    if [draft.entry.seq if draft.entry else 0] != ([row.seq for row in published] or [0]):
        yield "the draft does not stand beside what it published"


def _wrong_log() -> Iterator[str]:
    log = LedgerEntry.objects.aggregate(rows=Count("pk"), last=Max("seq"))
    if not log["rows"] == log["last"] == LedgerHead.objects.get().seq:
        yield f"the log has a gap: {log}"


def _first(scene: Scene) -> str:
    """Return who came first, by the trail; a supersession moves nobody's draft."""
    rows = Audit.objects.filter(pk__gt=scene.trail).exclude(action__in=["draft.submit", "evidence.supersede"])
    first = rows.exclude(action__in=["evidence.record", "draft.begin"]).select_related("by").order_by("pk")[0]
    return f"{first.action} by {first.by.username}"


def direct(rounds: int) -> None:
    """Run so many rounds and print what came of them."""
    chance, began = random.Random(20261122), time.monotonic()
    coded = Coding.objects.filter(trackability="verifiable").values("pledge")
    places = list(Pledge.objects.filter(pk__in=coded).select_related("document"))
    author, wrong = _cast()["author"], []
    first, done, times = Counter[str](), Counter[str](), Counter[int]()
    with ExitStack() as stack:
        players = [Player(part, stack) for part in PARTS]
        coming = _scene(places[0], author)
        for n in range(rounds):
            playing = [player for player in players if n % SOMETIMES.get(player.part, 1) == 0]
            scene = coming
            _call(playing, scene, chance)
            coming = _scene(places[(n + 1) % len(places)], author)  # while the players prepare
            outcomes = _run(playing, scene, chance)
            wrong += [f"round {n}: {what}" for what in _wrong(scene, outcomes)]
            first[_first(scene)] += 1
            done.update(part for part, (outcome, _) in outcomes.items() if outcome == "done")
            times[len(_publications(scene))] += 1
    told = {"wrong": wrong[:SHOWN], "number_wrong": len(wrong), "first": first, "done": done, "published": times}
    print(json.dumps({**told, "rounds": rounds, "seconds": round(time.monotonic() - began)}))
