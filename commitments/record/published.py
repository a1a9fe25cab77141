"""What is public on a day: pledges with the coding that was current then, and where each stands."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import OuterRef, Prefetch, QuerySet, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commitments.models import Coding, Document, Passage, Pledge, Quote, Rendition, Section, Target, Trackability


def end_of(on: date) -> datetime:
    """Return the first moment (UTC) that no longer belongs to the day `on`."""
    return datetime.combine(on + timedelta(days=1), time.min, tzinfo=UTC)


@dataclass(frozen=True)
class Status:
    """Where the deed stands: an axis of its own beside trackability. `mark` names the sign that shows it."""

    value: str
    label: Promise
    definition: Promise

    @property
    def mark(self) -> str:
        """The id of the sign in templates/components/marks.html."""
        return f"m-{self.value}"


NOT_ASSESSED = Status("not_assessed", _("not assessed"), _("No review has been completed."))
NOT_ASSESSABLE = Status(
    "not_assessable", _("not assessable"), _("Declaratory, or no test can be defined: shown, never scored.")
)

#: Every status that a pledge can have on this site today, in the order of the legend.
STATUSES = (NOT_ASSESSED, NOT_ASSESSABLE)


def status_of(coding: Coding) -> Status:
    """Return where a pledge stands. A declaratory pledge can only be not assessable."""
    return NOT_ASSESSABLE if coding.trackability == Trackability.DECLARATORY else NOT_ASSESSED


def codings(*, on: date) -> QuerySet[Coding]:
    """Return each pledge's coding that was current at the end of the day `on` (UTC)."""
    newest = Coding.objects.filter(pledge=OuterRef("pledge"), published_at__lt=end_of(on)).order_by("-version")
    return Coding.objects.filter(pk=Subquery(newest.values("pk")[:1]))


def pledges(*, on: date) -> QuerySet[Pledge]:
    """Return the pledges that had a published coding on the day, in the order of the documents.

    Each comes with the title and trackability of that coding (`coding_of`), and nothing else: hundreds of them
    are shown at once. `with_place` and `with_quotes` add what a list needs; `whole` brings everything.
    """
    return _pledges(codings(on=on).defer("reason", "test", "note"), on)


def whole(*, on: date) -> QuerySet[Pledge]:
    """Return the same pledges with their place, their words, and their coding with all of its tags."""
    return with_quotes(with_place(_pledges(codings(on=on).prefetch_related(*Coding.sealed_links), on)))


def _pledges(current: QuerySet[Coding], on: date) -> QuerySet[Pledge]:
    newest = Coding.objects.filter(pledge=OuterRef("pk"), published_at__lt=end_of(on)).order_by("-version")
    return (
        Pledge.objects.annotate(current_coding=Subquery(newest.values("pk")[:1]))
        .filter(current_coding__isnull=False)
        .prefetch_related(Prefetch("codings", queryset=current, to_attr="current_codings"))
        .order_by("position")
    )


def with_place(found: QuerySet[Pledge]) -> QuerySet[Pledge]:
    """Return the same pledges with their section, project and document."""
    return found.select_related("document", "section__parent", "section__document")


def coding_of(pledge: Pledge) -> Coding:
    """Return the coding that `pledges(on=…)` fetched with the pledge."""
    coding: Coding = pledge.current_codings[0]  # type: ignore[attr-defined]
    return coding


def with_quotes(found: QuerySet[Pledge]) -> QuerySet[Pledge]:
    """Return the same pledges with their words in every rendition."""
    quotes = (
        Quote.objects.select_related("rendition").defer("rendition__text").order_by("rendition__position", "start")
    )
    return found.prefetch_related(Prefetch("quotes", queryset=quotes))


def documents(*, texts: bool = False) -> QuerySet[Document]:
    """Return the tracked documents with their renditions, and only if asked for with the texts."""
    renditions = Rendition.objects.order_by("position")
    return Document.objects.prefetch_related(
        Prefetch("renditions", queryset=renditions if texts else renditions.defer("text"))
    )


def sections() -> QuerySet[Section]:
    """Return all numbered parts, in the order of the documents."""
    return Section.objects.select_related("document", "parent").order_by("document__position", "position")


def passages() -> QuerySet[Passage]:
    """Return every sentence with the quotes in it, in the order of the renditions."""
    quotes = Quote.objects.select_related("pledge")
    return (
        Passage.objects.select_related("rendition__document", "section")
        .defer("rendition__text")
        .prefetch_related(Prefetch("quotes", queryset=quotes))
        .order_by("rendition__document__position", "rendition__position", "ordinal")
    )


def targets(section: Section) -> QuerySet[Target]:
    """Return the numbers announced for a section. They stand beside its pledges and are not counted as such."""
    return Target.objects.filter(section=section)


def neighbours(pledge: Pledge, *, on: date) -> tuple[Pledge | None, Pledge | None]:
    """Return the pledges before and after this one in the record."""
    around = pledges(on=on)
    return (
        around.filter(position__lt=pledge.position).order_by("-position").first(),
        around.filter(position__gt=pledge.position).first(),
    )


def release(*, on: date) -> tuple[str, datetime] | None:
    """Return the newest release of the data published by the day, with its time; None before the first."""
    newest = Coding.objects.exclude(release="").filter(published_at__lt=end_of(on)).order_by("-published_at", "-pk")
    coding = newest.first()
    return (coding.release, coding.published_at) if coding and coding.published_at else None
