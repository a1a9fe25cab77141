"""An approval that the database stops half-way leaves nothing behind, wherever it stops."""

from itertools import product
from typing import Any

import pytest
from django.db import IntegrityError, connection

from commitments.editorial import drafts, readiness
from commitments.editorial.fingerprint import fingerprint
from commitments.models import (
    Attachment,
    Audit,
    Citation,
    Coding,
    DataPoint,
    Draft,
    Evidence,
    LedgerEntry,
    LedgerHead,
    LedgerSalt,
    PledgeSearch,
    Reply,
    Review,
    StatusUpdate,
    triggers,
)
from tests import factories
from tests.editorial.proposals import EVERY, approve, submitted
from tests.factories import AT, draft, evidence, person, sql

pytestmark = pytest.mark.django_db

WRITTEN = (
    *(Attachment, Audit, Citation, Coding, DataPoint, Draft, Evidence, LedgerEntry, LedgerHead, LedgerSalt),
    *(PledgeSearch, Reply, Review, StatusUpdate, *(getattr(Coding, name).through for name in Coding.sealed_links)),
)
#: Where the rows of each subject are sealed.
SEALS = {"status": (StatusUpdate, "UPDATE"), "coding": (Coding, "UPDATE")}
SEALS |= {"reply": (Reply, "INSERT"), "point": (DataPoint, "INSERT")}


def picture() -> dict[str, Any]:
    return {model.__name__: list(model.objects.order_by("pk").values_list()) for model in WRITTEN}


def tear(model: Any, event: str) -> None:
    """Make the database refuse one kind of write until the test ends."""
    guard = triggers.Guard(model._meta.db_table, event, "1 = 1", "torn", "torn")
    for statement in getattr(triggers, f"_{connection.vendor}")(guard):
        sql(statement)


@pytest.mark.parametrize(
    ("subject", "place"), list(product(EVERY, ["log", "head", "seal", "review", "trail", "state"]))
)
def test_whatever_is_refused_on_the_way_leaves_nothing(subject: str, place: str) -> None:
    waiting, reviewer = submitted(EVERY[subject](person())), person("reviewer")
    before = picture()
    places = {"log": (LedgerEntry, "INSERT"), "head": (LedgerHead, "UPDATE"), "seal": SEALS[subject]}
    places |= {"review": (Review, "INSERT"), "trail": (Audit, "INSERT"), "state": (Draft, "UPDATE")}
    tear(*places[place])
    with pytest.raises(IntegrityError, match="torn"):
        approve(waiting, reviewer)
    assert picture() == before
    assert Draft.objects.get(pk=waiting.pk).state == "in_review"


def test_a_rule_of_the_methodology_refused_at_the_seal_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody forgets the first door; the last one holds."""
    for module in (drafts, readiness):
        monkeypatch.setattr(module, "problems", lambda draft, on: [])
    waiting = submitted(draft(factories.pledge(), person(), [(evidence(), "supports")], status="delivered"))
    reviewer, before = person("reviewer"), picture()
    with pytest.raises(IntegrityError, match="update_final_needs_a_or_b"):
        drafts.approve(waiting, by=reviewer, read=fingerprint(waiting), at=AT)
    assert picture() == before
