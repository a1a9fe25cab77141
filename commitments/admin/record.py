"""The record in the admin, to look things up: words and codings come from releases of the catalogue."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from commitments.admin.base import ReadOnly
from commitments.admin.columns import published_at
from commitments.models import Actor, Coding, Document, Passage, Right, Section, Target, Theme, text_in
from commitments.record.filters import named


class ByTitle(admin.RelatedFieldListFilter):
    """A document, by the short title that readers know it by."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the documents."""
        return [(str(row.pk), text_in(row.short_title, "en")[0]) for row in Document.objects.all()]


admin.FieldListFilter.register(lambda field: field.related_model is Document, ByTitle, take_priority=True)


@admin.register(Document)
class DocumentAdmin(ReadOnly):
    """Documents."""

    list_display = ("slug", "code", "issued_on", "baseline_on")


@admin.register(Section)
class SectionAdmin(ReadOnly):
    """Numbered parts."""

    list_display = ("__str__", "name", "kind")
    list_filter = ("document", "kind")
    list_select_related = ("document",)

    @admin.display(description="title")
    def name(self, section: Section) -> str:
        """Return the title in the reader's language."""
        return named(section)


@admin.register(Passage)
class PassageAdmin(ReadOnly):
    """Sentences."""

    list_display = ("rendition", "section", "ordinal", "role", "exact")
    list_filter = ("rendition", "role")
    list_select_related = ("rendition__document", "section__document")
    search_fields = ("exact",)


@admin.register(Coding)
class CodingAdmin(ReadOnly):
    """Versions of codings."""

    list_display = ("pledge", "version", "trackability", "release", "author", "approver", published_at)
    list_filter = ("trackability", "release", "themes")
    list_select_related = ("pledge", "author", "approver")
    search_fields = ("pledge__code",)


@admin.register(Theme, Right, Actor)
class TermAdmin(ReadOnly):
    """The vocabularies."""

    list_display = ("slug", "label")

    @admin.display(description="name")
    def label(self, term: Theme | Right | Actor) -> str:
        """Return the name in the reader's language."""
        return named(term)


@admin.register(Target)
class TargetAdmin(ReadOnly):
    """Announced numbers."""

    list_display = ("code", "section", "quantity", "source_publisher", "source_published_on")
    list_select_related = ("section__document",)
