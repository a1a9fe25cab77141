"""The states of a draft and the ways between them, as a table: the desk follows it and the database holds it."""

from dataclasses import dataclass

from django.db import models


class DraftState(models.TextChoices):
    """Where a draft stands on its way to the public record."""

    DRAFT = "draft", "draft"
    IN_REVIEW = "in_review", "in review"
    RETURNED = "returned", "returned"
    PUBLISHED = "published", "published"
    WITHDRAWN = "withdrawn", "withdrawn"


@dataclass(frozen=True)
class Transition:
    """One action, and the states it leads between."""

    action: str
    source: DraftState
    target: DraftState


_D = DraftState

#: The whole table. What is not in it does not happen, not even by SQL.
TRANSITIONS = (
    Transition("edit", _D.DRAFT, _D.DRAFT),
    Transition("edit", _D.RETURNED, _D.RETURNED),
    Transition("edit", _D.IN_REVIEW, _D.DRAFT),  # an edit voids the submission: approval is for what was read
    Transition("submit", _D.DRAFT, _D.IN_REVIEW),
    Transition("submit", _D.RETURNED, _D.IN_REVIEW),
    Transition("return", _D.IN_REVIEW, _D.RETURNED),
    Transition("approve", _D.IN_REVIEW, _D.PUBLISHED),
    Transition("withdraw", _D.DRAFT, _D.WITHDRAWN),
    Transition("withdraw", _D.RETURNED, _D.WITHDRAWN),
    Transition("withdraw", _D.IN_REVIEW, _D.WITHDRAWN),
    Transition("reopen", _D.WITHDRAWN, _D.DRAFT),
)

#: The states of drafts that are neither published nor withdrawn.
UNDERWAY = (_D.DRAFT, _D.RETURNED, _D.IN_REVIEW)


def target(action: str, source: str) -> DraftState | None:
    """Return the state to which an action leads from `source`, None where the table has no such way."""
    return next((t.target for t in TRANSITIONS if (t.action, t.source) == (action, source)), None)
