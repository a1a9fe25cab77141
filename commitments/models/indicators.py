"""Indicators: dated figures beside pledges and announced numbers, each with its source. Append-only."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from commitments.models.base import Mutability, SealedAtOnce, TextMap, by_two_people, one_of
from commitments.models.evidence import Evidence
from commitments.models.pledges import Target
from commitments.models.sources import Section


class Indicator(models.Model):
    """A series of figures of one kind and unit."""

    mutability = Mutability.CATALOGUE

    slug = models.SlugField(max_length=80, unique=True)
    position = models.PositiveSmallIntegerField()
    title = TextMap()
    unit = TextMap()
    note = TextMap(help_text="What the series counts, and its traps.")
    sections = models.ManyToManyField(Section, related_name="indicators", blank=True)
    targets = models.ManyToManyField(Target, related_name="indicators", blank=True)

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.slug

    def get_absolute_url(self) -> str:
        """Return the indicator's page in the current language."""
        return reverse("indicator", args=[self.slug])


class PointPrecision(models.TextChoices):
    """How exactly the date of a point is known."""

    YEAR = "year", _("year")
    MONTH = "month", _("month")
    DAY = "day", _("day")


class PointKind(models.TextChoices):
    """What a figure is."""

    MEASURED = "measured", pgettext_lazy("kind of figure", "as the source gives it")
    RANGE_LOW = "range-low", pgettext_lazy("kind of figure", "low end of a range")
    RANGE_HIGH = "range-high", pgettext_lazy("kind of figure", "high end of a range")
    INFERRED = "inferred", pgettext_lazy("kind of figure", "inferred, not stated")


class Figure(models.Model):
    """What a point says: shared by the published point and by its draft."""

    on = models.DateField(help_text="The last day of the year or month where only that is known.")
    precision = models.CharField(max_length=8, choices=PointPrecision, default=PointPrecision.DAY)
    value = models.DecimalField(max_digits=20, decimal_places=4)
    kind = models.CharField(max_length=16, choices=PointKind, default=PointKind.MEASURED)
    source_url = models.URLField(max_length=1000)
    publisher = models.CharField(max_length=200)
    note = TextMap()

    class Meta:
        abstract = True


class DataPoint(SealedAtOnce, Figure):
    """One published figure. A correction is a new point that names the one it corrects, whose value is kept."""

    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="points")
    seq = models.PositiveIntegerField(unique=True, help_text="Its number in the public log.")
    evidence = models.ForeignKey(Evidence, models.PROTECT, null=True, blank=True, related_name="points")
    corrects = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="corrected_by")
    why = TextMap(help_text="Why the earlier figure is corrected.")
    release = models.CharField(max_length=32, blank=True, help_text="The release of the data it came with.")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="points_written"
    )
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="points_approved"
    )

    class Meta:
        ordering = ["indicator", "on", "seq"]
        constraints = [
            one_of("precision", PointPrecision.values, "point_precision_known"),
            one_of("kind", PointKind.values, "point_kind_known"),
            by_two_people(otherwise=~models.Q(release=""), name="point_by_release_or_by_two_people"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        """`P` and its number in the public log."""
        return f"P{self.seq}"
