"""The second, blind reading of a sample: what both readers found, and how far they agree.

`record/second-reading.yaml` keeps both readings as they were before any difference was settled.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from commitments.agreement import krippendorff_alpha
from commitments.catalogue.files import RECORD, read_as
from commitments.catalogue.schema import Strict

Value = Literal["verifiable", "directional", "continuing", "declaratory"] | None


class FoundPledge(Strict):
    """One pledge as each reader read it; null where a reader saw no such pledge."""

    words: str
    first: Value
    second: Value


class ReadSentence(Strict):
    """One sentence of the sample with the pledges that either reader found in it."""

    document: str
    section: str
    row: int
    pledges: list[FoundPledge] = []


class SecondReading(Strict):
    """The sample: when it was read, how it was drawn, and the sentences."""

    read_on: str
    drawn: str
    sentences: list[ReadSentence]


@dataclass(frozen=True)
class Agreement:
    """Sentences split alike of all read; pledges found by both of all found; alpha on their trackability."""

    sentences: int
    alike: int
    found: int
    by_both: int
    same_trackability: int
    alpha: float | None


def agreement(reading: SecondReading) -> Agreement:
    """Return how far the two readers agree. A sentence is split alike when both found the same pledges in it."""
    found = [pledge for sentence in reading.sentences for pledge in sentence.pledges]
    both = [pledge for pledge in found if pledge.first and pledge.second]
    return Agreement(
        sentences=len(reading.sentences),
        alike=sum(all(p.first and p.second for p in s.pledges) for s in reading.sentences),
        found=len(found),
        by_both=len(both),
        same_trackability=sum(pledge.first == pledge.second for pledge in both),
        alpha=krippendorff_alpha((pledge.first, pledge.second) for pledge in both),
    )


@lru_cache(maxsize=1)
def shipped(path: Path = RECORD / "second-reading.yaml") -> Agreement:
    """Return the agreement on the sample that ships with the record."""
    return agreement(read_as(path, SecondReading))
