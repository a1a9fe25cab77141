"""Sources: the documents as issued, their renditions, and every sentence of them."""

from django.db import models
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from commitments.models.base import Mutability, TextMap, one_of


class Document(models.Model):
    """An instrument whose promises are tracked."""

    mutability = Mutability.CATALOGUE

    slug = models.SlugField(unique=True)
    code = models.CharField(max_length=8, unique=True)
    position = models.PositiveSmallIntegerField()
    title = TextMap()
    short_title = TextMap()
    issuer = TextMap(help_text="Who speaks in it, and in what capacity.")
    aliases = models.JSONField(default=list, blank=True)
    issued_on = models.DateField()
    counted = models.JSONField(default=dict, help_text="Sections and sentences, as counted by hand.")
    baseline_on = models.DateField(help_text="What happened before this day is context, not delivery.")

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.slug

    def get_absolute_url(self) -> str:
        """Return the reading view in the current language."""
        return reverse("document", args=[self.slug])


class Authority(models.TextChoices):
    """What standing a rendition has."""

    AUTHORITATIVE = "authoritative", _("authoritative")
    OFFICIAL = "official-translation", _("official translation")
    UNOFFICIAL = "unofficial-translation", _("unofficial translation")


class Rendition(models.Model):
    """One language version of a document, its text exactly as it was taken."""

    mutability = Mutability.CATALOGUE

    document = models.ForeignKey(Document, models.CASCADE, related_name="renditions")
    key = models.SlugField()
    position = models.PositiveSmallIntegerField()
    language = models.CharField(max_length=16, help_text="BCP 47")
    authority = models.CharField(max_length=32, choices=Authority)
    translator = models.CharField(max_length=200, blank=True)
    source = TextMap(help_text="Where the text was taken from, and what was left out.")
    text = models.TextField()
    sha256 = models.CharField(max_length=64, help_text="of the text in UTF-8")

    class Meta:
        ordering = ["document", "position"]
        constraints = [
            models.UniqueConstraint(fields=["document", "key"], name="rendition_key_once_per_document"),
            models.UniqueConstraint(
                fields=["document"],
                condition=models.Q(authority=Authority.AUTHORITATIVE),
                name="rendition_one_authoritative",
            ),
            one_of("authority", Authority.values, "rendition_authority_known"),
        ]

    def __str__(self) -> str:
        return f"{self.document}/{self.key}"


class SectionKind(models.TextChoices):
    """What a numbered part is called in its document."""

    PARAGRAPH = "paragraph", _("paragraph")
    PROJECT = "project", _("project")
    SECTION = "section", _("section")


class Section(models.Model):
    """A numbered part of a document: a paragraph of the Consensus, a project or a section of the paper."""

    mutability = Mutability.CATALOGUE

    document = models.ForeignKey(Document, models.CASCADE, related_name="sections")
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="children")
    number = models.CharField(max_length=8)
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=16, choices=SectionKind)
    title = TextMap()
    aliases = models.JSONField(default=list, blank=True, help_text="Other names in use, found by search.")

    class Meta:
        ordering = ["document", "position"]
        constraints = [
            models.UniqueConstraint(fields=["document", "number"], name="section_number_once_per_document"),
            one_of("kind", SectionKind.values, "section_kind_known"),
            models.CheckConstraint(
                condition=models.Q(kind=SectionKind.SECTION, parent__isnull=False)
                | (~models.Q(kind=SectionKind.SECTION) & models.Q(parent__isnull=True)),
                name="section_only_sections_have_a_parent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document.code}-{self.number}"

    def get_absolute_url(self) -> str:
        """Return the section's place in the reading view, in the current language."""
        return f"{self.document.get_absolute_url()}#s{self.number}"


class Exact(models.Model):
    """Words of a rendition with their place: the W3C Web Annotation text quote and text position selectors.

    A trigger compares `exact` with the rendition's text at `start`–`end` (code points, end exclusive).
    """

    rendition = models.ForeignKey(Rendition, models.CASCADE, related_name="%(class)ss")
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    exact = models.TextField()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(condition=models.Q(end__gt=models.F("start")), name="%(class)s_end_after_start")
        ]

    def __str__(self) -> str:
        return f"{self.rendition} {self.start}–{self.end}"


class Heading(Exact):
    """The words over a section as a rendition has them; without a section, those over or under the document."""

    mutability = Mutability.CATALOGUE

    section = models.ForeignKey(Section, models.CASCADE, null=True, blank=True, related_name="headings")

    class Meta(Exact.Meta):
        ordering = ["rendition", "start"]
        constraints = [
            *Exact.Meta.constraints,
            models.UniqueConstraint(fields=["rendition", "section"], name="heading_once_per_rendition"),
        ]


class Role(models.TextChoices):
    """What a sentence does."""

    PLEDGE = "pledge", _("pledge")
    POSITION = "position", pgettext_lazy("role of a sentence", "position")
    CONTEXT = "context", pgettext_lazy("role of a sentence", "context")

    @property
    def definition(self) -> Promise:
        """What the value means, in one sentence."""
        return _ROLES[self]


_ROLES = {
    Role.PLEDGE: _("Holds at least one promise."),
    Role.POSITION: _("Says what its speakers believe or how they see a matter, and promises nothing."),
    Role.CONTEXT: _("Says how the world is, what happened, or who met."),
}


class Passage(Exact):
    """One sentence of a rendition. Passages of one document that share `row` say the same: they are aligned."""

    mutability = Mutability.CATALOGUE

    section = models.ForeignKey(
        Section,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="passages",
        help_text="Empty for a sentence that belongs to the document itself.",
    )
    ordinal = models.PositiveSmallIntegerField(help_text="Place in the rendition, from 1.")
    row = models.PositiveSmallIntegerField(help_text="Place of the aligned group in the document, from 1.")
    role = models.CharField(max_length=16, choices=Role)

    class Meta(Exact.Meta):
        ordering = ["rendition", "ordinal"]
        constraints = [
            *Exact.Meta.constraints,
            models.UniqueConstraint(fields=["rendition", "ordinal"], name="passage_ordinal_once_per_rendition"),
            models.UniqueConstraint(fields=["rendition", "start"], name="passage_start_once_per_rendition"),
            one_of("role", Role.values, "passage_role_known"),
        ]
        indexes = [models.Index(fields=["rendition", "row"])]
