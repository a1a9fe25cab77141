"""Counts over the record, as frozen dataclasses: every number with its parts."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from commitments.models import Document, Pledge, Section
from commitments.record import activity, published, terms
from commitments.record.flags import Flag, flags
from commitments.record.tallies import Tally


@dataclass(frozen=True)
class Group:
    """The pledges of one section, in order."""

    section: Section
    pledges: list[Pledge]


@dataclass(frozen=True)
class Coverage:
    """How much of the record has been assessed, by whom, and how new the newest source is. Coverage comes first."""

    pledges: int
    by_people: int
    provisional: int
    not_assessable: int
    newest_source: date | None

    @classmethod
    def of(cls, found: Tally, newest_source: date | None) -> "Coverage":
        """Return the coverage of the pledges that a tally counts."""
        by_people = found.assessed - found.provisional
        return cls(found.total, by_people, found.provisional, found.not_assessable, newest_source)

    @property
    def not_assessed(self) -> int:
        """Pledges that could be assessed and have not been."""
        return self.pledges - self.by_people - self.provisional - self.not_assessable


@dataclass(frozen=True)
class Shelf:
    """A document of paragraphs, or a project of the paper: one line of the overview."""

    document: Document
    section: Section | None
    groups: list[Group]

    @property
    def pledges(self) -> int:
        """How many pledges stand on it."""
        return sum(len(group.pledges) for group in self.groups)

    @property
    def tally(self) -> Tally:
        """How they stand."""
        return terms.tally_of(pledge for group in self.groups for pledge in group.pledges)


def coverage(shelves: list[Shelf], *, on: date) -> Coverage:
    """Return the coverage of the pledges on the shelves of the day."""
    found = terms.tally_of(p for shelf in shelves for group in shelf.groups for p in group.pledges)
    return Coverage.of(found, activity.newest_source(on=on))


def flagged(shelves: list[Shelf]) -> list[tuple[Flag, int]]:
    """Return each flag that a pledge on the shelves has, with how many have it."""
    found = Counter(flag for shelf in shelves for group in shelf.groups for p in group.pledges for flag in flags(p))
    return [(flag, found[flag]) for flag in Flag if found[flag]]


def overview(*, on: date) -> list[Shelf]:
    """Return every pledge of the day under its section, section by section in the order of the documents."""
    pledges: dict[int, list[Pledge]] = {}
    for pledge in published.pledges(on=on):
        pledges.setdefault(pledge.section_id, []).append(pledge)
    leaves = [section for section in published.sections() if section.kind != "project"]
    return [
        Shelf(document, parent, [Group(section, pledges.get(section.pk, [])) for section in sections])
        for (document, parent), sections in groupby(leaves, key=lambda s: (s.document, s.parent))
    ]
