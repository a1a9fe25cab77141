"""Ways to do one thing, measured in turns, so that a slow minute meets all of them; and their table."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.machine import Cpu, wait_for_quiet


class CannotRunError(Exception):
    """A way cannot be measured here; the text says why."""


@dataclass
class Way:
    """One way, and what was measured of it. `run` returns messages and seconds, by the name of the row."""

    name: str
    run: Callable[[], dict[str, tuple[int, float]]]
    rates: dict[str, list[float]] = field(default_factory=dict)
    messages: int = 0
    others: list[float] = field(default_factory=list)
    failed: str = ""

    def measure(self, sink: int) -> None:
        """Run once more, and keep the rates, and how much of the CPU others have used meanwhile."""
        if self.failed:
            return
        wait_for_quiet(sink)
        before, begun = Cpu.now(sink), time.monotonic()
        try:
            found = self.run()
        except CannotRunError as error:
            self.failed = str(error)
            return
        after = Cpu.now(sink)
        if before and after:
            self.others.append(after.others(before, time.monotonic() - begun))
        for name, (messages, seconds) in found.items():
            self.messages = messages
            self.rates.setdefault(name, []).append(messages / seconds)


def in_turns(ways: list[Way], rounds: int, sink: int) -> None:
    """Measure each way once a round; the first one is the floor."""
    for number in range(rounds):
        for way in ways:
            way.measure(sink)
        print(f"round {number + 1} of {rounds} is done", flush=True)


def table(ways: list[Way]) -> str:
    """Return what was measured as a Markdown table. What could not be measured is named with the reason."""
    floor = statistics.median(next(iter(ways[0].rates.values())))
    lines = [
        "| way | messages/s | min-max | of the floor | messages a round | others' CPU |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for way in ways:
        others = f"{statistics.median(way.others):.0%}" if way.others else "-"
        for name, rates in way.rates.items():
            middle = statistics.median(rates)
            least, most = min(rates), max(rates)
            spread = f"{least:,.0f}-{most:,.0f}"
            lines.append(f"| {name} | {middle:,.0f} | {spread} | {middle / floor:.2f} | {way.messages:,} | {others} |")
        if way.failed:
            lines.append(f"| {way.name} | not measured: {way.failed} | | | | |")
    return "\n".join(lines)
