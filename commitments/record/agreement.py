"""How well two readers of the desk agree: judgements coded a second time, blind, as of a day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from commitments.agreement import krippendorff_alpha
from commitments.models import Adjudication, Axis, BlindCoding
from commitments.record.days import end_of


@dataclass(frozen=True)
class Agreement:
    """Of one axis: judgements coded twice or more, those coded alike by all, alpha, and differences settled.

    The codes are those from before any difference was settled. `alpha` is None where it is not defined.
    """

    axis: Axis
    n: int
    alike: int
    alpha: float | None
    settled: int


def _units(axis: Axis, *, on: date) -> list[list[str]]:
    """Return for each judgement coded again by the day its codes: the published one first."""
    second = BlindCoding.objects.filter(axis=axis, at__lt=end_of(on)).select_related("coding", "update")
    units: dict[tuple[int | None, int | None], list[str]] = {}
    for row in second.order_by("at", "pk"):
        units.setdefault((row.coding_id, row.update_id), [row.first]).append(row.value)
    return list(units.values())


def summed_up(axis: Axis, units: Iterable[list[str]], settled: int) -> Agreement:
    """Return the figures of one axis."""
    units = list(units)
    alpha = krippendorff_alpha(units) if len(units) > 1 else None
    return Agreement(axis, len(units), sum(len(set(unit)) == 1 for unit in units), alpha, settled)


def at_the_desk(*, on: date) -> list[Agreement]:
    """Return the agreement on every axis as of the end of the day (UTC)."""
    settled = Adjudication.objects.filter(at__lt=end_of(on))
    return [summed_up(axis, _units(axis, on=on), settled.filter(blind_coding__axis=axis).count()) for axis in Axis]
