"""Differences: the places where the renditions of a document differ in substance, in the exact words of each."""

from django.db import models
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from commitments.models.base import Mutability, TextMap, one_of
from commitments.models.sources import Document, Exact, Section


class DifferenceKind(models.TextChoices):
    """In what respect a rendition differs from the authoritative one."""

    TERM = "term", pgettext_lazy("kind of difference", "term")
    STRENGTH = "strength", pgettext_lazy("kind of difference", "strength")
    SCOPE = "scope", pgettext_lazy("kind of difference", "scope")
    ACTOR = "actor", pgettext_lazy("kind of difference", "actor")
    RELATION = "relation", pgettext_lazy("kind of difference", "relation")
    OMISSION = "omission", pgettext_lazy("kind of difference", "omission")
    ADDITION = "addition", pgettext_lazy("kind of difference", "addition")
    BROKEN = "broken", pgettext_lazy("kind of difference", "broken")

    @property
    def definition(self) -> Promise:
        """What the value means, in one sentence."""
        return _KINDS[self]


_KINDS = {
    DifferenceKind.TERM: _("Another concept, right or name."),
    DifferenceKind.STRENGTH: _("A stronger or weaker commitment or claim."),
    DifferenceKind.SCOPE: _("Something wider or narrower, or other things, is spoken of."),
    DifferenceKind.ACTOR: _("Another, or nobody, is named as the one who acts."),
    DifferenceKind.RELATION: _(
        "The parts of the sentence depend on each other otherwise: aim, means, or act of its own."
    ),
    DifferenceKind.OMISSION: _("The other rendition leaves out something that the authoritative one says."),
    DifferenceKind.ADDITION: _("The other rendition says something that the authoritative one does not."),
    DifferenceKind.BROKEN: _("A sentence or name is broken in one of the renditions."),
}


class Difference(models.Model):
    """One point in which renditions of a document differ. Its code never changes and is never used again.

    It says which rendition says what, and not which is right: that one is authoritative is the rendition's to say.
    """

    mutability = Mutability.CATALOGUE

    code = models.CharField(max_length=24, unique=True)
    document = models.ForeignKey(Document, models.CASCADE, related_name="differences")
    section = models.ForeignKey(
        Section,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="differences",
        help_text="Where it occurs first; empty where that is the document itself.",
    )
    position = models.PositiveSmallIntegerField(help_text="Place in the document, from 1.")
    kind = models.CharField(max_length=16, choices=DifferenceKind)
    note = TextMap(help_text="What each rendition says and what differs, in one sentence.")

    class Meta:
        ordering = ["document", "position"]
        constraints = [
            models.UniqueConstraint(fields=["document", "position"], name="difference_position_once_per_document"),
            one_of("kind", DifferenceKind.values, "difference_kind_known"),
        ]

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        """Return the difference's place in the list of its document, in the current language."""
        return f"{reverse('differences', args=[self.document.slug])}#{self.code}"


class Wording(Exact):
    """The words of one rendition at which it differs. A difference that recurs has several in each rendition."""

    mutability = Mutability.CATALOGUE

    difference = models.ForeignKey(Difference, models.CASCADE, related_name="wordings")

    class Meta(Exact.Meta):
        ordering = ["rendition", "start"]
        constraints = [
            *Exact.Meta.constraints,
            models.UniqueConstraint(fields=["difference", "rendition", "start"], name="wording_place_once"),
        ]
