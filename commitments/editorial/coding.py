"""Second codings: a judgement coded again by somebody who was not shown the first code, and differences settled."""

from datetime import datetime
from typing import Any

from django.db import transaction

from commitments.editorial import policies
from commitments.editorial.policies import RefusedError
from commitments.models import (
    Adjudication,
    Audit,
    Axis,
    BlindCoding,
    Coding,
    Delivery,
    StatusUpdate,
    Trackability,
)

#: What can be answered on each axis.
VALUES: dict[str, type[Trackability] | type[Delivery]] = {Axis.TRACKABILITY: Trackability, Axis.STATUS: Delivery}


def axis_of(first: Coding | StatusUpdate) -> Axis:
    """Return what a published judgement is about."""
    return Axis.TRACKABILITY if isinstance(first, Coding) else Axis.STATUS


def _check_answer(axis: str, value: str, why: str) -> None:
    if value not in VALUES[axis].values:
        raise RefusedError(f"“{value[:40]}” is no {axis}. Choose one of the list.")
    if not why.strip():
        raise RefusedError("Say why in a sentence: without it nobody can settle a difference.")


@transaction.atomic
def code_blind(first: Coding | StatusUpdate, *, by: Any, value: str, why: str, at: datetime) -> BlindCoding:
    """Record a second code of a published judgement. It cannot be changed afterwards."""
    if first.published_at is None:
        raise RefusedError(f"{first} is not published.")
    policies.check_can_code_blind(by, first)
    axis = axis_of(first)
    _check_answer(axis, value, why)
    second = BlindCoding(at=at, axis=axis, pledge=first.pledge, value=value, why=why.strip(), by=by)
    setattr(second, "coding" if isinstance(first, Coding) else "update", first)
    second.save()
    Audit.write("coding.second", first, by=by, at=at, axis=axis)
    return second


@transaction.atomic
def settle(second: BlindCoding, *, by: Any, value: str, why: str, at: datetime) -> Adjudication:
    """Settle a difference between two codes. Nothing public changes by it: what follows is proposed as a draft."""
    policies.check_can_settle(by, second)
    _check_answer(second.axis, value, why)
    settled = Adjudication.objects.create(at=at, blind_coding=second, by=by, value=value, why=why.strip())
    Audit.write("coding.settle", second, by=by, at=at, value=value)
    return settled
