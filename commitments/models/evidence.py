"""Evidence: what sources report, and what it does to a pledge."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import models
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from commitments.models.base import History, Kept, Mutability, TextMap, one_of
from commitments.models.pledges import Pledge, Target


class PublisherKind(models.TextChoices):
    """What kind of body publishes a source."""

    GOVERNMENT = "government", _("government")
    STATE_MEDIA = "state-media", _("state media")
    NEWS = "news", _("news")
    INTERNATIONAL = "international-organisation", _("international organisation")
    ACADEMIC = "academic", _("academic")
    NGO = "ngo", _("non-governmental organisation")
    COMPANY = "company", _("company")


class Side(models.TextChoices):
    """Whose voice a source is."""

    CHINA = "china", _("China")
    LAC = "lac", _("Latin America and the Caribbean")
    INDEPENDENT = "independent", _("independent")


class Directness(models.TextChoices):
    """Whether an item is the record of the act itself, or reports it."""

    PRIMARY = "primary", _("primary record")
    REPORT = "report", pgettext_lazy("kind of evidence", "report")


class Precision(models.TextChoices):
    """How exactly a date is known."""

    DAY = "day", _("day")
    MONTH = "month", _("month")


class LinkState(models.TextChoices):
    """Whether the source was last seen at its address."""

    UNKNOWN = "", "not checked"
    ALIVE = "alive", "alive"
    DEAD = "dead", "dead"


def kept_files() -> Storage:
    """Return where uploaded sources are kept: never under an address that the web server serves by itself."""
    return storages["evidence"]


class Evidence(models.Model):
    """One item: a source, and in our own words what it reports.

    Once a published update cites it, it can no longer be changed (a trigger holds that), only superseded.
    """

    mutability = Mutability.WORKING

    public_id = models.CharField(max_length=8, unique=True)
    source_url = models.URLField(max_length=1000, blank=True)
    file = models.FileField(storage=kept_files, blank=True, max_length=200)
    file_name = models.CharField(max_length=200, blank=True, editable=False, help_text="As it was uploaded.")
    media_type = models.CharField(max_length=40, blank=True, editable=False)
    sha256 = models.CharField(max_length=64, blank=True, editable=False)
    title = models.CharField(max_length=500, blank=True, help_text="As the page has it; empty where it is not known.")
    publisher = models.CharField(max_length=200)
    publisher_kind = models.CharField(max_length=32, choices=PublisherKind)
    side = models.CharField(max_length=16, choices=Side)
    record = models.CharField(max_length=16, choices=Directness)
    origin = models.SlugField(max_length=80, help_text="Copies of one agency report or press release share one.")
    countries = models.JSONField(
        default=list, blank=True, help_text="ISO 3166 codes of where it happened and who acted."
    )
    language = models.CharField(max_length=16, help_text="BCP 47")
    published_on = models.DateField(null=True, blank=True)
    event_on = models.DateField(
        null=True, blank=True, help_text="The first day of the month where only that is known."
    )
    event_precision = models.CharField(max_length=8, choices=Precision, default=Precision.DAY)
    accessed_on = models.DateField()
    fact = TextMap()
    excerpt_only = models.BooleanField(default=False, help_text="Read as an excerpt, not as the whole page.")
    confidence = models.CharField(max_length=8, blank=True)
    public_at = models.DateTimeField(
        null=True, blank=True, editable=False, db_index=True, help_text="When readers could first see it."
    )
    superseded_by = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="supersedes")
    targets = models.ManyToManyField(Target, related_name="evidence", blank=True)
    link_state = models.CharField(max_length=8, choices=LinkState, blank=True, default=LinkState.UNKNOWN)
    link_checked_on = models.DateField(null=True, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="evidence_entered"
    )
    history = HistoricalRecords(bases=[History])

    #: What may still change once a published update cites the item: nothing that it says.
    NOT_CITED = ("public_at", "superseded_by", "link_state", "link_checked_on")

    class Meta:
        ordering = ["public_id"]
        verbose_name_plural = "evidence"
        constraints = [
            one_of("publisher_kind", PublisherKind.values, "evidence_publisher_kind_known"),
            one_of("side", Side.values, "evidence_side_known"),
            one_of("record", Directness.values, "evidence_record_known"),
            one_of("event_precision", Precision.values, "evidence_precision_known"),
            one_of("link_state", LinkState.values, "evidence_link_state_known"),
            models.CheckConstraint(condition=~models.Q(origin=""), name="evidence_has_an_origin"),
            models.CheckConstraint(
                condition=~models.Q(source_url="") | ~models.Q(file=""), name="evidence_has_an_address_or_a_file"
            ),
        ]
        indexes = [models.Index(fields=["source_url"]), models.Index(fields=["origin"])]

    def __str__(self) -> str:
        return self.public_id

    def get_absolute_url(self) -> str:
        """Return the item's page in the current language."""
        return reverse("evidence", args=[self.public_id])

    @property
    def happened_on(self) -> date | None:
        """When what it reports happened: the event's date, else that of publication."""
        return self.event_on or self.published_on


class Bearing(models.TextChoices):
    """What an item does to a pledge."""

    SUPPORTS = "supports", _("supports")
    CONTRADICTS = "contradicts", _("contradicts")
    CONTEXT = "context", pgettext_lazy("what evidence does to a pledge", "context")

    @property
    def definition(self) -> Promise:
        """What the value means, in one sentence."""
        return _BEARINGS[self]


_BEARINGS = {
    Bearing.SUPPORTS: _("Shows an act towards the pledge, on or after the baseline date."),
    Bearing.CONTRADICTS: _(
        "Shows the opposite, a failure, a suspension or a serious doubt, on or after the baseline date."
    ),
    Bearing.CONTEXT: _("From before the baseline date, undated, or background that helps to judge."),
}


class Attachment(models.Model):
    """An item of evidence beside a pledge on which it bears."""

    mutability = Mutability.WORKING

    evidence = models.ForeignKey(Evidence, models.PROTECT, related_name="attachments")
    pledge = models.ForeignKey(Pledge, models.PROTECT, related_name="attachments")
    bearing = models.CharField(max_length=16, choices=Bearing)
    why = TextMap(help_text="Which words of the pledge or its test it touches.")
    public_at = models.DateTimeField(null=True, blank=True, editable=False, db_index=True)
    history = HistoricalRecords(bases=[History])

    class Meta:
        ordering = ["pledge", "evidence"]
        constraints = [
            models.UniqueConstraint(fields=["evidence", "pledge"], name="attachment_once_per_pledge"),
            one_of("bearing", Bearing.values, "attachment_bearing_known"),
        ]

    def __str__(self) -> str:
        return f"{self.evidence} {self.bearing} {self.pledge}"


class FormerBearing(Kept):
    """What an item was said in public to do to a pledge up to the moment `at`, when something else was said.

    An attachment holds only what is said now; with this a day in the past is still shown as it was.
    """

    attachment = models.ForeignKey(Attachment, models.PROTECT, related_name="former_bearings")
    bearing = models.CharField(max_length=16, choices=Bearing)

    class Meta:
        ordering = ["attachment", "at"]
        constraints = [one_of("bearing", Bearing.values, "former_bearing_known")]

    def __str__(self) -> str:
        return f"{self.attachment_id} {self.bearing} until {self.at}"

    @staticmethod
    def remember(bearings: Mapping[int, str], at: datetime) -> None:
        """Keep what public attachments said, where `bearings` (key of the attachment → what it will say) differs."""
        stored = Attachment.objects.filter(pk__in=bearings, public_at__isnull=False)
        changed = [row for row in stored if row.bearing != bearings[row.pk]]
        FormerBearing.objects.bulk_create(FormerBearing(attachment=r, bearing=r.bearing, at=at) for r in changed)


class AsWritten(json.JSONEncoder):
    """Writes letters as letters, which SQLite keeps as they come: what is looked for is found in every script."""

    def __init__(self, **options: Any) -> None:
        """Take the options of an encoder but the one that turns 论坛 into escapes."""
        super().__init__(**{**options, "ensure_ascii": False})


class SearchLog(models.Model):
    """A search that was made, and what it found: the ground of saying that no evidence was found."""

    mutability = Mutability.WORKING

    pledge = models.ForeignKey(Pledge, models.PROTECT, related_name="searches")
    searched_on = models.DateField()
    languages = models.JSONField(default=list)
    places = models.JSONField(default=list, encoder=AsWritten, help_text="Where: catalogues, sites, search engines.")
    queries = models.JSONField(default=list, encoder=AsWritten)
    found = TextMap(help_text="What it brought, where it brought anything.")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="searches"
    )
    history = HistoricalRecords(bases=[History])

    class Meta:
        ordering = ["-searched_on", "-pk"]

    def __str__(self) -> str:
        return f"{self.pledge} {self.searched_on}"
