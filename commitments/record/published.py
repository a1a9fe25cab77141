"""What is public on a day: pledges with the coding that was current then, and where each stands."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Case, Count, Exists, F, Min, OuterRef, Prefetch, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django.utils.functional import Promise

from commitments.models import (
    Attachment,
    Bearing,
    Citation,
    Coding,
    Delivery,
    Document,
    Evidence,
    Passage,
    Period,
    Pledge,
    Quote,
    Rendition,
    Reply,
    Section,
    StatusUpdate,
)
from commitments.models.periods import holding
from commitments.record.days import end_of
from commitments.record.signs import bearing_then, signs


@dataclass(frozen=True)
class Standing:
    """Where the deed stands on a day: an axis of its own beside trackability; `update` is what says so."""

    delivery: Delivery
    update: StatusUpdate | None = None

    @property
    def value(self) -> str:
        """The status."""
        return self.delivery.value

    @property
    def label(self) -> str:
        """The status in the reader's language."""
        return str(self.delivery.label)

    @property
    def definition(self) -> Promise:
        """What the status means."""
        return self.delivery.definition

    @property
    def mark(self) -> str:
        """The id of the sign in templates/components/marks.html."""
        return f"m-{self.delivery.value}"

    @property
    def provisional(self) -> bool:
        """Whether it waits for two people to confirm it."""
        return bool(self.update and self.update.provisional)

    @property
    def grade(self) -> str:
        """The evidence grade; empty where the status needs none."""
        return self.update.grade if self.update else ""

    @property
    def assessed(self) -> bool:
        """Whether somebody, or the first assessment, has said something of the deed."""
        return self.delivery not in (Delivery.NOT_ASSESSED, Delivery.NOT_ASSESSABLE)


#: Every status, in the order of the legend.
STATUSES = tuple(Standing(delivery) for delivery in Delivery)


def standing(pledge: Pledge) -> Standing:
    """Return where a pledge stands, from the update that `pledges(on=…)` fetched with it."""
    update = _period_of(pledge).update
    return Standing(update.delivery, update) if update else Standing(Delivery.NOT_ASSESSED)


def _period_of(pledge: Pledge) -> Period:
    """Return the period that was fetched with the pledge, of which its coding and its update are told, too."""
    period: Period = pledge.current_periods[0]  # type: ignore[attr-defined]
    for row in (period.coding, period.update):
        if row:
            row.pledge = pledge
    return period


def public_updates(*, on: date) -> QuerySet[StatusUpdate]:
    """Return every update published by the end of the day, corrected and withdrawn ones too."""
    return StatusUpdate.objects.filter(published_at__lt=end_of(on))


def current_updates(*, on: date) -> QuerySet[StatusUpdate]:
    """Return each pledge's status as of the day, where an update says how it stands."""
    return StatusUpdate.objects.filter(holding(on, "periods__")).order_by("-effective_on", "-seq")


def codings(*, on: date) -> QuerySet[Coding]:
    """Return each pledge's coding that was current at the end of the day `on` (UTC)."""
    return Coding.objects.filter(holding(on, "periods__"))


def periods(*, on: date) -> QuerySet[Period]:
    """Return how each pledge stood on the day, with its coding and the update that says so."""
    return Period.objects.filter(holding(on)).select_related("coding", "update").order_by()


def pledges(*, on: date) -> QuerySet[Pledge]:
    """Return the pledges that had a published coding on the day, in the order of the documents.

    Each comes with the title and trackability of that coding (`coding_of`), and nothing else: hundreds of them
    are shown at once. `with_place` and `with_quotes` add what a list needs; `whole` brings everything.
    """
    long = [f"coding__{name}" for name in ("reason", "test", "note")] + ["update__summary", "update__reasoning"]
    return with_periods(_pledges(on), periods(on=on).defer(*long))


def keys(found: QuerySet[Pledge]) -> QuerySet[Any]:
    """Return the keys of some pledges, to ask for what concerns them."""
    return found.order_by().values("pk")


def whole(*, on: date) -> QuerySet[Pledge]:
    """Return the same pledges with their place, their words, their coding with all of its tags, and the replies."""
    tags = (f"coding__{name}" for name in Coding.sealed_links)
    found = with_periods(_pledges(on), periods(on=on).prefetch_related(*tags))
    beside = Prefetch("replies", queryset=replies(on=on), to_attr="standing_replies")
    return with_quotes(with_place(found)).prefetch_related(beside)


def _pledges(on: date) -> QuerySet[Pledge]:
    return (
        Pledge.objects.filter(holding(on, "periods__"))
        .annotate(
            current_coding=F("periods__coding"),
            current_trackability=F("periods__trackability"),
            current_update=F("periods__update"),
            current_status=F("periods__status"),
            current_grade=F("periods__grade"),
            current_provisional=F("periods__provisional"),
            **signs(on),
        )
        .order_by("position")
    )


def with_periods(found: QuerySet[Pledge], then: QuerySet[Period]) -> QuerySet[Pledge]:
    """Return the same pledges with how they stood then (`periods(on=…)`): with coding and update, by their keys."""
    return found.prefetch_related(Prefetch("periods", queryset=then, to_attr="current_periods"))


def counted(found: QuerySet[Pledge], *, on: date) -> QuerySet[Pledge]:
    """Return the same pledges with how many public updates and items of evidence each has."""

    def count(rows: QuerySet[Any]) -> Coalesce:
        per_pledge = rows.filter(pledge=OuterRef("pk")).order_by().values("pledge").annotate(n=Count("pk")).values("n")
        return Coalesce(Subquery(per_pledge), 0)

    beside = Attachment.objects.filter(public_at__lt=end_of(on), evidence__public_at__lt=end_of(on))
    return found.annotate(update_count=count(public_updates(on=on)), evidence_count=count(beside))


def with_place(found: QuerySet[Pledge]) -> QuerySet[Pledge]:
    """Return the same pledges with their section, project and document."""
    return found.select_related("document", "section__parent", "section__document")


def coding_of(pledge: Pledge) -> Coding:
    """Return the coding that `pledges(on=…)` fetched with the pledge."""
    return _period_of(pledge).coding


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


def passages(*, on: date) -> QuerySet[Passage]:
    """Return every sentence with the quotes in it of pledges public on the day, in the order of the renditions.

    None before the first day of the record.
    """
    quotes = Quote.objects.filter(pledge__in=pledges(on=on).values("pk")).select_related("pledge")
    begun = Exists(Coding.objects.filter(published_at__lt=end_of(on)))
    return (
        Passage.objects.filter(begun)
        .select_related("rendition__document", "section")
        .defer("rendition__text")
        .prefetch_related(Prefetch("quotes", queryset=quotes))
        .order_by("rendition__document__position", "rendition__position", "ordinal")
    )


def evidence(*, on: date) -> QuerySet[Evidence]:
    """Return the items that were public on the day, each with the number of its successor if that was public too."""
    return Evidence.objects.filter(public_at__lt=end_of(on)).annotate(successor=_successor(on))


def _successor(on: date, item: str = "") -> Case:
    """Return the number of the item that supersedes one, NULL where none does or readers could not see it."""
    public = When(**{f"{item}superseded_by__public_at__lt": end_of(on)}, then=F(f"{item}superseded_by__public_id"))
    return Case(public, default=None)


def predecessors(item: Evidence, *, on: date) -> list[str]:
    """Return the numbers of the items that this one supersedes."""
    return list(evidence(on=on).filter(superseded_by=item).values_list("public_id", flat=True))


def attachments(*, on: date) -> QuerySet[Attachment]:
    """Return the public items beside public pledges, each with what it was said on the day to do: `bearing_then`."""
    beside = Attachment.objects.filter(public_at__lt=end_of(on), evidence__public_at__lt=end_of(on))
    return beside.filter(pledge__in=pledges(on=on).values("pk")).annotate(bearing_then=bearing_then(on))


def bearing(attachment: Attachment) -> Bearing:
    """Return what an attachment, fetched by `attachments(on=…)`, was said on the day to do to the pledge."""
    return Bearing(attachment.bearing_then)  # type: ignore[attr-defined]


def with_pledges(found: QuerySet[Evidence], *, on: date) -> QuerySet[Evidence]:
    """Return the same items with the pledges they bear on."""
    beside = attachments(on=on).select_related("pledge").order_by("pledge__position")
    return found.prefetch_related(Prefetch("attachments", queryset=beside, to_attr="public_attachments"))


def evidence_on(pledge: Pledge, *, on: date) -> QuerySet[Attachment]:
    """Return what bears on a pledge: what supports, what contradicts, what is context, each newest event first."""
    happened = Coalesce("evidence__event_on", "evidence__published_on")
    kind = Case(*(When(bearing_then=value, then=n) for n, value in enumerate(Bearing)))
    found = attachments(on=on).filter(pledge=pledge).select_related("evidence")
    return found.annotate(happened=happened, kind=kind, successor=_successor(on, "evidence__")).order_by(
        "kind", F("happened").desc(nulls_last=True), "evidence__public_id"
    )


def updates_with_citations(*, on: date) -> QuerySet[StatusUpdate]:
    """Return every update published by the day, newest number first, with what each cites."""
    cites = Citation.objects.select_related("evidence").order_by("evidence__public_id")
    found = public_updates(on=on).select_related("pledge", "corrects", "corrected_by")
    return found.prefetch_related(Prefetch("citations", queryset=cites)).order_by("-seq")


def history(pledge: Pledge, *, on: date) -> QuerySet[StatusUpdate]:
    """Return every update of a pledge published by the day, newest number first."""
    return updates_with_citations(on=on).filter(pledge=pledge)


def replies(*, on: date) -> QuerySet[Reply]:
    """Return the replies that stood on the day: published by its end, and not replaced by then."""
    public = Reply.objects.filter(published_at__lt=end_of(on))
    return public.exclude(replaced_by__published_at__lt=end_of(on)).order_by("-stated_on", "-seq")


def neighbours(pledge: Pledge, *, on: date) -> tuple[Pledge | None, Pledge | None]:
    """Return the pledges before and after this one in the record."""
    around = pledges(on=on)
    return (
        around.filter(position__lt=pledge.position).order_by("-position").first(),
        around.filter(position__gt=pledge.position).first(),
    )


def first_day() -> date | None:
    """Return the first day on which anything was public; None before that."""
    # The least `since`, but found in an index: a pledge's first period begins with its first coding.
    first: datetime | None = Coding.objects.aggregate(first=Min("published_at"))["first"]
    return first.astimezone(UTC).date() if first else None


def release(*, on: date) -> tuple[str, datetime] | None:
    """Return the newest release of the data published by the day, with its time; None before the first."""
    newest = Coding.objects.exclude(release="").filter(published_at__lt=end_of(on)).order_by("-published_at", "-pk")
    coding = newest.first()
    return (coding.release, coding.published_at) if coding and coding.published_at else None
