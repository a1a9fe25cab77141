"""What a small card says of a pledge, or of a section with all of its pledges, as of a day."""

from dataclasses import dataclass
from datetime import date, datetime

from commitments.models import Pledge, Section
from commitments.record import codes, published
from commitments.record.tallies import Tally
from commitments.record.terms import tally_of


@dataclass(frozen=True)
class PledgeCard:
    """One pledge, with its place and its words."""

    pledge: Pledge
    updated_at: datetime | None

    @property
    def code(self) -> str:
        """The pledge's code."""
        return self.pledge.code


@dataclass(frozen=True)
class SectionCard:
    """A numbered part with its pledges in order; of a project, those of all of its sections."""

    section: Section
    pledges: list[Pledge]

    @property
    def code(self) -> str:
        """The section's code."""
        return str(self.section)

    @property
    def tally(self) -> Tally:
        """How its pledges stand."""
        return tally_of(self.pledges)

    @property
    def updated_at(self) -> datetime | None:
        """When the newest of the statuses that it shows was published (UTC)."""
        known = [moment for pledge in self.pledges if (moment := _updated(pledge))]
        return max(known, default=None)


def _updated(pledge: Pledge) -> datetime | None:
    update = published.standing(pledge).update
    return update.published_at if update else None


def card(code: str, *, on: date) -> PledgeCard | SectionCard | None:
    """Return the card of a pledge (`SPC-3.1`), else of a section or project (`FMP-2.11`, `FMP-2`); None of neither.

    The code can be written in small letters too.
    """
    code = codes.written(code)
    if not code:
        return None
    known = published.pledges(on=on)
    pledge = published.with_quotes(published.with_place(known)).filter(code=code).first()
    if pledge is not None:
        return PledgeCard(pledge, _updated(pledge))
    document, _, number = code.partition("-")
    section = published.sections().filter(document__code=document, number=number).first()
    if section is None:
        return None
    inside = known.filter(section__parent=section) if section.kind == "project" else known.filter(section=section)
    return SectionCard(section, list(inside))
