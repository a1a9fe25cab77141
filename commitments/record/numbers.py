"""Every number of the progress page, each counted once: of all pledges of a day, or of those asked for."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.db.models import QuerySet

from commitments.models import Pledge, Trackability
from commitments.record import activity, tallies
from commitments.record.activity import Mix, Month
from commitments.record.progress import Coverage
from commitments.record.tallies import Cell, Shelf, Step, Tally


@dataclass(frozen=True)
class Numbers:
    """The numbers as of the end of the day `on`, of the pledges `among`; None counts all of the record."""

    on: date
    among: QuerySet[Pledge] | None = None

    @cached_property
    def cells(self) -> list[Cell]:
        """The pledges in their cells."""
        return tallies.cells(on=self.on, among=self.among)

    @cached_property
    def total(self) -> Tally:
        """All of them together."""
        return tallies.tally(self.cells)

    @cached_property
    def shelves(self) -> list[Shelf]:
        """The numbered parts: of the whole record every one, else those in which a pledge was found."""
        every = tallies.shelves(self.cells)
        return every if self.among is None else list(tallies.occupied(every))

    @property
    def trackability(self) -> list[tuple[Trackability, Tally]]:
        """The words against the deeds."""
        return tallies.by_trackability(self.cells)

    @cached_property
    def published(self) -> list[Step]:
        """What readers could see, day by day."""
        return tallies.as_published(on=self.on, among=self.among)

    @cached_property
    def world(self) -> list[Step]:
        """What was so in the world, as known on the day."""
        return tallies.in_the_world(on=self.on, among=self.among)

    @cached_property
    def mix(self) -> Mix:
        """The items that bear on them; of the whole record, all public items."""
        return activity.mix(on=self.on, among=self.among)

    @cached_property
    def months(self) -> list[Month]:
        """When it happened."""
        return activity.months(on=self.on, among=self.among)

    @cached_property
    def newest_source(self) -> date | None:
        """When the newest of these items was published."""
        return activity.newest_source(on=self.on, among=self.among)

    @property
    def old_sources(self) -> bool:
        """Whether that is more than six months ago."""
        return activity.is_old(self.newest_source, on=self.on)

    @property
    def coverage(self) -> Coverage:
        """How much has been assessed."""
        return Coverage.of(self.total, self.newest_source)

    @property
    def still(self) -> QuerySet[Pledge]:
        """Those from which something is awaited, the longest first."""
        return activity.standing_still(on=self.on, among=self.among)
