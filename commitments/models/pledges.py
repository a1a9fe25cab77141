"""Pledges: what was promised, in its exact words, and how those words are read."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commitments.models.base import AppendOnly, Mutability, TextMap, one_of
from commitments.models.sources import Document, Exact, Passage, Section


class Term(models.Model):
    """A word of a controlled vocabulary."""

    mutability = Mutability.CATALOGUE

    slug = models.SlugField(unique=True)
    position = models.PositiveSmallIntegerField()
    name = TextMap()
    aliases = models.JSONField(default=list, blank=True, help_text="Other words for it, found by search.")

    class Meta:
        abstract = True
        ordering = ["position"]

    def __str__(self) -> str:
        return self.slug


class Theme(Term):
    """What a pledge is about."""


class Right(Term):
    """A human right that a pledge touches."""

    source = models.CharField(max_length=200, blank=True, help_text="The instrument that names it.")


class Actor(Term):
    """Who promises, or to whom."""


class Pledge(models.Model):
    """One commitment that can be followed on its own. Its code never changes and is never used again."""

    mutability = Mutability.CATALOGUE

    code = models.CharField(max_length=16, unique=True)
    document = models.ForeignKey(Document, models.PROTECT, related_name="pledges")
    section = models.ForeignKey(Section, models.PROTECT, related_name="pledges")
    ordinal = models.PositiveSmallIntegerField(help_text="Place in the section, from 1.")
    position = models.PositiveIntegerField(db_index=True, help_text="Place in the whole record.")

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["section", "ordinal"], name="pledge_ordinal_once_per_section"),
        ]

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        """Return the pledge's page in the current language."""
        return reverse("pledge", args=[self.code])


class Quote(Exact):
    """The words of a rendition that make up a pledge."""

    mutability = Mutability.CATALOGUE

    pledge = models.ForeignKey(Pledge, models.CASCADE, related_name="quotes")
    passages = models.ManyToManyField(Passage, related_name="quotes", help_text="The sentences it lies in.")
    note = models.TextField(blank=True, help_text="Where the source itself is broken or says something else.")

    class Meta(Exact.Meta):
        ordering = ["rendition", "start"]
        constraints = [
            *Exact.Meta.constraints,
            models.UniqueConstraint(fields=["pledge", "rendition", "start"], name="quote_place_once_per_pledge"),
        ]


class Trackability(models.TextChoices):
    """How far the words of a pledge can be followed: an axis of the words, not of the deed."""

    VERIFIABLE = "verifiable", _("verifiable")
    DIRECTIONAL = "directional", _("directional")
    CONTINUING = "continuing", _("continuing")
    DECLARATORY = "declaratory", _("declaratory")

    @property
    def definition(self) -> Promise:
        """What the value means, in one sentence."""
        return _TRACKABILITY[self]


_TRACKABILITY = {
    Trackability.VERIFIABLE: _("A named act or output, whose single occurrence can be dated."),
    Trackability.DIRECTIONAL: _("A direction that can be observed, with no end point."),
    Trackability.CONTINUING: _("Carries on a practice that the words show to exist."),
    Trackability.DECLARATORY: _("A stance that a later vote or statement could contradict: shown, never scored."),
}


class Recurrence(models.TextChoices):
    """How often the text promises repetition."""

    ONCE = "", _("none stated")
    UNSPECIFIED = "unspecified", _("repeated, at no stated interval")
    YEARLY = "yearly", _("every year")


class Coding(AppendOnly):
    """One version of how a pledge is read: title, trackability, test and tags, all of them judgements.

    A version comes either with a release of the catalogue, or from the desk with an author and another
    person who approved it.
    """

    sealed_links = ("themes", "rights", "actors", "addressees")

    pledge = models.ForeignKey(Pledge, models.PROTECT, related_name="codings")
    version = models.PositiveSmallIntegerField()
    title = TextMap()
    trackability = models.CharField(max_length=16, choices=Trackability)
    reason = TextMap(help_text="Why these words are trackable so, in one line.")
    test = TextMap(help_text="What would have to be seen for the pledge to count as delivered, in one sentence.")
    actors = models.ManyToManyField(Actor, related_name="codings", help_text="Who promises.")
    addressees = models.ManyToManyField(Actor, related_name="codings_to", help_text="To whom.")
    themes = models.ManyToManyField(Theme, related_name="codings")
    rights = models.ManyToManyField(Right, related_name="codings", blank=True)
    due_on = models.DateField(null=True, blank=True, help_text="Only where the text gives a date.")
    recurrence = models.CharField(max_length=16, choices=Recurrence, blank=True, default=Recurrence.ONCE)
    note = TextMap()
    release = models.CharField(max_length=32, blank=True, help_text="The release of the catalogue it came with.")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="codings_written"
    )
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="codings_approved"
    )

    class Meta:
        ordering = ["pledge", "version"]
        constraints = [
            models.UniqueConstraint(fields=["pledge", "version"], name="coding_version_once_per_pledge"),
            models.CheckConstraint(condition=models.Q(version__gte=1), name="coding_version_from_1"),
            one_of("trackability", Trackability.values, "coding_trackability_known"),
            one_of("recurrence", Recurrence.values, "coding_recurrence_known"),
            # CHECK lets NULL pass, so both branches say outright who is there and who is not.
            models.CheckConstraint(
                condition=(~models.Q(release="") & models.Q(author__isnull=True, approver__isnull=True))
                | (
                    models.Q(release="", author__isnull=False, approver__isnull=False)
                    & ~models.Q(author=models.F("approver"))
                ),
                name="coding_by_release_or_by_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pledge} v{self.version}"

    @property
    def kind(self) -> Trackability:
        """The trackability as a term, with its definition."""
        return Trackability(self.trackability)


class Target(models.Model):
    """A number announced for a section. Targets stand beside pledges and are not counted as pledges."""

    mutability = Mutability.CATALOGUE

    code = models.SlugField(unique=True)
    position = models.PositiveSmallIntegerField()
    section = models.ForeignKey(Section, models.PROTECT, related_name="targets")
    title = TextMap()
    quantity = models.DecimalField(max_digits=20, decimal_places=2)
    unit = TextMap()
    period = TextMap()
    baseline_on = models.DateField(help_text="The day it was announced; what came before is context.")
    source_url = models.URLField(max_length=500)
    source_publisher = models.CharField(max_length=200)
    source_published_on = models.DateField(null=True, blank=True)
    note = TextMap()

    class Meta:
        ordering = ["position"]
        constraints = [models.CheckConstraint(condition=models.Q(quantity__gt=0), name="target_quantity_positive")]

    def __str__(self) -> str:
        return self.code
