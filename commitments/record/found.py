"""One question asked of everything that readers can find by words: pledges, sentences, evidence, updates."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from commitments.questions import Question
from commitments.record import published, search


@dataclass(frozen=True)
class Group:
    """What of one kind was found: how much, and the best of it; `partial` where nothing holds all of the words."""

    total: int
    best: list[Any]
    partial: bool


@dataclass(frozen=True)
class Found:
    """What a question found, of each kind."""

    question: Question
    pledges: Group
    passages: Group
    evidence: Group
    updates: Group

    @property
    def total(self) -> int:
        """How much was found of all kinds."""
        return self.pledges.total + self.passages.total + self.evidence.total + self.updates.total


def _group(answer: search.Answer[Any], shown: int) -> Group:
    best = list(answer.rows[:shown])
    return Group(answer.rows.count() if len(best) == shown else len(best), best, answer.partial)


def everything(query: str, *, on: date, shown: int) -> Found:
    """Ask for the words in what was public on the day; of each kind the best `shown` come along."""
    pledges = search.pledges(published.with_quotes(published.with_place(published.pledges(on=on))), query)
    return Found(
        pledges.question,
        _group(pledges, shown),
        _group(search.passages(published.passages(on=on), query), shown),
        _group(search.evidence(published.with_pledges(published.evidence(on=on), on=on), query), shown),
        _group(search.updates(published.updates_with_citations(on=on), query), shown),
    )
