"""Everything that was public by a day, row by row, for the data package: earlier versions too, not only what stands.

Every set is ordered by what the record itself says, never by keys of the database, and knows nothing of later days.
"""

from datetime import date, datetime

from django.db.models import Max, QuerySet

from commitments.models import (
    Actor,
    Attachment,
    Citation,
    Coding,
    DataPoint,
    Evidence,
    Quote,
    Rendition,
    Reply,
    Right,
    StatusUpdate,
    Theme,
    Wording,
)
from commitments.record import indicators, published
from commitments.record.days import end_of


def renditions() -> QuerySet[Rendition]:
    """Return every rendition with its text, in the order of the documents."""
    return Rendition.objects.select_related("document").order_by("document__position", "position")


def quotes(*, on: date) -> QuerySet[Quote]:
    """Return the words of the pledges that were public on the day, in every rendition."""
    found = Quote.objects.filter(pledge__in=published.pledges(on=on).values("pk")).select_related(
        "pledge", "rendition__document"
    )
    return found.defer("rendition__text").order_by("pledge__position", "rendition__position", "start")


def codings(*, on: date) -> QuerySet[Coding]:
    """Return every version published by the day, with its tags."""
    found = Coding.objects.filter(published_at__lt=end_of(on)).select_related("pledge")
    return found.prefetch_related(*Coding.sealed_links).order_by("pledge__position", "version")


def citations(*, on: date) -> QuerySet[Citation]:
    """Return what every update published by the day cites."""
    found = Citation.objects.filter(update__in=published.public_updates(on=on).values("pk"))
    return found.select_related("update", "evidence").order_by("update__seq", "evidence__public_id")


def bearings(*, on: date) -> QuerySet[Attachment]:
    """Return every public item beside every public pledge, with what it was said on the day to do."""
    beside = published.attachments(on=on).select_related("pledge", "evidence")
    return beside.order_by("pledge__position", "evidence__public_id")


def new_evidence(*, after: date | None, on: date) -> QuerySet[Evidence]:
    """Return the items that became public after the end of the day `after`, None for ever, and by the end of `on`."""
    found = published.evidence(on=on).order_by("public_id")
    return found.filter(public_at__gte=end_of(after)) if after else found


def points(*, on: date) -> QuerySet[DataPoint]:
    """Return every figure published by the day, corrected ones too, series by series."""
    found = indicators.figures(on=on).select_related("indicator")
    return found.order_by("indicator__position", "on", "seq")


def replies(*, on: date) -> QuerySet[Reply]:
    """Return every reply published by the day, replaced ones too."""
    found = Reply.objects.filter(published_at__lt=end_of(on)).select_related("pledge", "replaces")
    return found.order_by("seq")


def themes() -> QuerySet[Theme]:
    """Return what pledges can be about."""
    return Theme.objects.order_by("position")


def rights() -> QuerySet[Right]:
    """Return the rights that pledges can touch."""
    return Right.objects.order_by("position")


def actors() -> QuerySet[Actor]:
    """Return who can promise, and to whom."""
    return Actor.objects.order_by("position")


def wordings() -> QuerySet[Wording]:
    """Return the words at every place at which renditions differ, difference by difference."""
    found = Wording.objects.select_related("difference", "rendition__document").defer("rendition__text")
    return found.order_by("difference__document__position", "difference__position", "rendition__position", "start")


def searches(*, on: date) -> QuerySet[StatusUpdate]:
    """Return the updates published by the day that rest on a search, each with it: no other search is public."""
    found = published.public_updates(on=on).filter(search__isnull=False)
    return found.select_related("search", "pledge").order_by("seq")


def last_changes(*, on: date) -> dict[int, datetime]:
    """Return key of a pledge → when something of it last became public: a coding, an update, a reply."""
    found: dict[int, datetime] = {}
    for rows in (Coding.objects, StatusUpdate.objects, Reply.objects):
        newest = rows.filter(published_at__lt=end_of(on)).order_by().values("pledge").annotate(at=Max("published_at"))
        for row in newest:
            found[row["pledge"]] = max(row["at"], found.get(row["pledge"], row["at"]))
    return found
