"""Themes and rights: the pledges that were coded with them on a day, how those stand, what evidence bears on them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from django.db.models import QuerySet

from commitments.models import Coding, Pledge, Right, Target, Theme
from commitments.models.pledges import Term
from commitments.record import indicators, published
from commitments.record.indicators import Measured
from commitments.record.tallies import Cell, Tally, tally
from commitments.record.weights import Borne, Weight, borne, of_attachments, weigh
from commitments.text import is_chinese

T = TypeVar("T", bound=Term)


@dataclass(frozen=True)
class Tagged(Generic[T]):
    """A word of a vocabulary with the pledges coded with it, in the order of the documents."""

    term: T
    pledges: list[Pledge]
    weight: Weight

    @property
    def tally(self) -> Tally:
        """How its pledges stand."""
        return tally_of(self.pledges)

    @property
    def aliases(self) -> list[tuple[str, str]]:
        """Other words for it, each with its language where that is Chinese: of others none is noted."""
        return [(word, "zh-Hans" if is_chinese(word) else "") for word in self.term.aliases]


def tally_of(pledges: Iterable[Pledge]) -> Tally:
    """Count pledges that `published.pledges(on=…)` fetched by how they stand."""
    return tally(
        Cell(
            section=pledge.section_id,
            trackability=pledge.current_trackability,  # type: ignore[attr-defined]
            status=pledge.current_status,  # type: ignore[attr-defined]
            grade=pledge.current_grade,  # type: ignore[attr-defined]
            provisional=pledge.current_provisional,  # type: ignore[attr-defined]
            n=1,
        )
        for pledge in pledges
    )


def tagged(field: str, *, on: date) -> dict[int, set[int]]:
    """Return key of a term → keys of the pledges whose coding has it on the day: one query.

    `field` names the link of a coding: `actors`, `addressees`, `themes`, `rights`.
    """
    found: dict[int, set[int]] = defaultdict(set)
    for term, pledge in published.codings(on=on).order_by().values_list(field, "pledge"):
        if term is not None:
            found[term].add(pledge)
    return found


def pledges_with(field: str, term: Term, *, on: date) -> QuerySet[Pledge]:
    """Return the pledges whose coding has a term on the day, with their place, in the order of the documents."""
    coded = Coding.objects.filter(**{field: term}).values("pk")
    found = published.pledges(on=on).filter(current_coding__in=coded)  # type: ignore[misc]  # annotated
    return published.with_place(found)


def _all(model: type[T], field: str, on: date) -> list[Tagged[T]]:
    pledges, having, rows = list(published.pledges(on=on)), tagged(field, on=on), borne(on=on)
    by_pledge: dict[int, list[Borne]] = defaultdict(list)
    for row in rows:
        by_pledge[row[1]].append(row)
    found = []
    for term in model._default_manager.all():
        own = [pledge for pledge in pledges if pledge.pk in having.get(term.pk, ())]
        found.append(Tagged(term, own, weigh(row for pledge in own for row in by_pledge[pledge.pk])))
    return found


def themes(*, on: date) -> list[Tagged[Theme]]:
    """Return every theme, in the order of the vocabulary. The number of queries does not depend on the record."""
    return _all(Theme, "themes", on)


def rights(*, on: date) -> list[Tagged[Right]]:
    """Return every human right of the vocabulary, in its order."""
    return _all(Right, "rights", on)


def theme(slug: str, *, on: date) -> Tagged[Theme] | None:
    """Return a theme by its address, its pledges with their place; None where there is none."""
    term = Theme.objects.filter(slug=slug).first()
    if term is None:
        return None
    own = pledges_with("themes", term, on=on)
    beside = published.attachments(on=on).filter(pledge__in=own.values("pk"))
    return Tagged(term, list(own), weigh(of_attachments(beside)))


def announced_beside(pledges: Iterable[Pledge], *, on: date) -> list[tuple[Target, list[Measured]]]:
    """Return the numbers announced for the sections of some pledges, each with what is measured beside it."""
    concerned = {pledge.section_id for pledge in pledges}
    return indicators.against_each(list(indicators.targets(on=on).filter(section__in=concerned)), on=on)
