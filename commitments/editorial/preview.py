"""A draft as if it were published: written by the same code as a publication, and always undone."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django.contrib.auth import get_user_model
from django.db import transaction

from commitments.editorial.drafts import locked
from commitments.editorial.policies import RefusedError
from commitments.editorial.publish import publish
from commitments.editorial.readiness import problems
from commitments.models import Draft, Publication
from commitments.models.transitions import UNDERWAY


def _stand_in() -> Any:
    """Return somebody for the approver, who is not known yet. The account goes with everything else."""
    return get_user_model().objects.create(username=f"preview-{uuid4()}", is_active=False)


@contextmanager
def as_published(draft: Draft, *, at: datetime) -> Iterator[date]:
    """Let the record inside the block be what it would be after approval; gives the day to ask it for.

    Nobody else ever sees it: the transaction holds the log's lock, and ends by being rolled back, also where the
    block fails. Whatever is to be kept of it has to be rendered inside. Raises RefusedError where the draft is not
    ready to be published.
    """
    with transaction.atomic():
        try:
            draft = locked(draft)
            _check_ready(draft, at.date())
            turn = Publication.begin(at)
            publish(draft, by=_stand_in(), turn=turn)
            yield turn.at.date()
        finally:
            transaction.set_rollback(True)


def _check_ready(draft: Draft, on: date) -> None:
    if draft.state not in UNDERWAY:
        raise RefusedError(f"The {draft} is {draft.get_state_display()}: there is nothing to preview.")
    found = problems(draft, on=on)
    if found:
        raise RefusedError(f"There is no preview yet. {' '.join(found)}")
