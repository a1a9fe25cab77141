"""The record in the admin, to look things up: words and codings come from releases of the catalogue."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from commitments.models import Actor, Coding, Document, Passage, Pledge, Quote, Right, Section, Target, Theme
from commitments.record.filters import named


class Shown:
    """Nothing is added, changed or deleted here: a release of the catalogue does that."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """No."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """No."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """No."""
        return False


class ReadOnly(Shown, admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """A model that is shown."""


class QuoteInline(Shown, admin.TabularInline):  # type: ignore[type-arg]
    """The words of a pledge."""

    model = Quote
    extra = 0
    fields = ("rendition", "exact", "start", "end", "note")


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


@admin.register(Pledge)
class PledgeAdmin(ReadOnly):
    """Pledges with their words."""

    list_display = ("code", "section")
    list_filter = ("document", "section__parent")
    list_select_related = ("section__document",)
    search_fields = ("code", "quotes__exact")
    inlines = (QuoteInline,)


@admin.register(Coding)
class CodingAdmin(ReadOnly):
    """Versions of codings."""

    list_display = ("pledge", "version", "trackability", "release", "author", "approver", "published_at")
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
