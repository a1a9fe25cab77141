"""Counts over the record, as frozen dataclasses: every number with its parts."""

from dataclasses import dataclass
from datetime import date
from itertools import groupby

from commitments.models import Document, Pledge, Section
from commitments.record import published


@dataclass(frozen=True)
class Group:
    """The pledges of one section, in order."""

    section: Section
    pledges: list[Pledge]


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
    def sections(self) -> int:
        """How many sections it has, those without a pledge included."""
        return len(self.groups)


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
