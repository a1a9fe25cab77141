"""How far readers agree. Pure arithmetic; knows no ORM."""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence


def krippendorff_alpha(units: Iterable[Sequence[Hashable | None]]) -> float | None:
    """Return Krippendorff's alpha for nominal values: 1 is full agreement, 0 what chance alone would give.

    Each unit holds one value per reader, None where a reader gave none; units with fewer than two values say
    nothing and are left out. None where alpha is not defined: no such unit, or one value throughout.

    Source: K. Krippendorff, Content Analysis, chapter on reliability: alpha = 1 - observed / expected
    disagreement, both from the matrix of coincidences.
    """
    coincidences: Counter[tuple[Hashable, Hashable]] = Counter()
    for unit in units:
        values = [value for value in unit if value is not None]
        for i, ours in enumerate(values):
            for j, theirs in enumerate(values):
                if i != j:
                    coincidences[ours, theirs] += 1 / (len(values) - 1)  # type: ignore[assignment]
    totals: Counter[Hashable] = Counter()
    for (ours, _), weight in coincidences.items():
        totals[ours] += weight
    n = sum(totals.values())
    expected = n * n - sum(count * count for count in totals.values())
    if not expected:
        return None
    observed = sum(weight for (ours, theirs), weight in coincidences.items() if ours != theirs)
    return 1 - (n - 1) * observed / expected
