"""The list of evidence: what it shows of each item, and by what it is narrowed."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from commitments.admin.front.queues import QueueFilter
from commitments.locales import countries, language_name
from commitments.models import LANGUAGES, Bearing, Citation, DataPoint, DraftCitation, Evidence, PointDraft, text_in
from commitments.models.transitions import UNDERWAY

Keep = Callable[[QuerySet[Any], HttpRequest], QuerySet[Any]]
#: How many pledges a row names.
NAMED = 4


def named(item: Evidence) -> str:
    """Return the title, or where none is known whose it is and of when."""
    day = item.published_on or item.event_on
    return item.title or f"{item.publisher}, {f'{day:%Y-%m-%d}' if day else 'no date'}"


def _in_public() -> Q:
    """Whether an update or a figure cites the item."""
    return Exists(Citation.objects.filter(evidence=OuterRef("pk"))) | Exists(
        DataPoint.objects.filter(evidence=OuterRef("pk"))
    )


def _in_drafts() -> Q:
    """Whether a draft that is under way cites the item."""
    cited = DraftCitation.objects.filter(evidence=OuterRef("pk"), draft__state__in=UNDERWAY)
    return Exists(cited) | Exists(PointDraft.objects.filter(evidence=OuterRef("pk"), state__in=UNDERWAY))


class Narrowing(admin.SimpleListFilter):
    """A filter of a few answers; each keeps some of the rows."""

    answers: ClassVar[dict[str, tuple[str, Keep]]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the answers."""
        return [(value, label) for value, (label, _) in self.answers.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what fits; what is no answer keeps nothing out."""
        found = self.answers.get(self.value() or "")
        return found[1](queryset, request) if found else queryset


class Public(Narrowing):
    """Whether readers see it."""

    title = "public"
    parameter_name = "public"
    answers = {
        "yes": ("public", lambda rows, request: rows.filter(public_at__isnull=False)),
        "no": ("not yet public", lambda rows, request: rows.filter(public_at=None)),
    }


class Cited(Narrowing):
    """Where it is cited. Of figures too."""

    title = "cited"
    parameter_name = "cited"
    answers = {
        "public": ("in public", lambda rows, request: rows.filter(_in_public())),
        "drafts": ("in drafts under way", lambda rows, request: rows.filter(_in_drafts())),
        "nowhere": ("not cited anywhere", lambda rows, request: rows.exclude(_in_public() | _in_drafts())),
    }


class EnteredBy(Narrowing):
    """Who entered it."""

    title = "entered"
    parameter_name = "entered"
    answers = {
        "me": ("by me", lambda rows, request: rows.filter(entered_by=request.user.pk)),
        "desk": ("at the desk", lambda rows, request: rows.filter(entered_by__isnull=False)),
        "release": ("with a release of the data", lambda rows, request: rows.filter(entered_by=None)),
    }


class Country(admin.SimpleListFilter):
    """Where it happened, or who acted."""

    title = "country"
    parameter_name = "country"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the countries that items name."""
        used = {code for codes in Evidence.objects.values_list("countries", flat=True) for code in codes}
        return [(code, name) for code, name in countries().items() if code in used]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what names it. SQLite cannot ask whether a list holds something, so its text is asked."""
        code = self.value()
        if code not in countries():
            return queryset
        found: QuerySet[Any] = queryset.annotate(codes=Cast("countries", TextField()))
        return found.filter(codes__contains=f'"{code}"')


class Language(admin.SimpleListFilter):
    """The language of the source."""

    title = "language"
    parameter_name = "language"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the languages of items."""
        used = Evidence.objects.order_by("language").values_list("language", flat=True).distinct()
        return [(tag, f"{language_name(tag)} ({tag})") for tag in used]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what is in it."""
        return queryset.filter(language=self.value()) if self.value() in dict(self.lookup_choices) else queryset


class EvidenceList(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """The columns and filters."""

    list_display = (
        *("numbered", "source", "side", "record", "origin", "happened", "pledges"),
        *("public_since", "link"),
    )
    list_display_links = ("numbered",)
    list_filter = (
        *(QueueFilter, Public, Cited, EnteredBy, "link_state", "side", "record", "publisher_kind"),
        *(Country, Language, ("targets", admin.RelatedOnlyFieldListFilter)),
    )
    search_fields = (
        *("public_id", "title", "publisher", "source_url", "origin"),
        *(f"fact__{language}" for language in LANGUAGES),
    )
    search_help_text = "A number, or words of the title, the publisher, the address, the origin or what it reports."
    ordering = ("-pk",)
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Evidence]:
        """Return the items, each with what it bears on."""
        return super().get_queryset(request).select_related("superseded_by").prefetch_related("attachments__pledge")

    @admin.display(description="item", ordering="public_id")
    def numbered(self, item: Evidence) -> SafeString:
        """Return the number."""
        return format_html('<span class="code">{}</span>', item.public_id)

    @admin.display(description="source", ordering="publisher")
    def source(self, item: Evidence) -> SafeString:
        """Return what it is, and the beginning of what it reports: many items stand at one address."""
        fact = Truncator(text_in(item.fact, "en")[0]).chars(110)
        newer = f"Superseded by {item.superseded_by}. " if item.superseded_by else ""
        return format_html('<span lang="{}">{}</span><br><small>{}{}</small>', item.language, named(item), newer, fact)

    @admin.display(description="event", ordering="event_on", empty_value="–")
    def happened(self, item: Evidence) -> str | None:
        """Return when it happened, as exactly as that is known."""
        if item.event_on is None:
            return None
        return f"{item.event_on:%Y-%m}" if item.event_precision == "month" else f"{item.event_on:%Y-%m-%d}"

    @admin.display(description="pledges", empty_value="–")
    def pledges(self, item: Evidence) -> SafeString | None:
        """Return the first pledges on which it bears; those that it supports or contradicts come first."""
        rows = sorted(item.attachments.all(), key=lambda row: row.bearing == Bearing.CONTEXT)
        codes = [row.pledge.code for row in rows[:NAMED]]
        codes += [f"+{len(rows) - NAMED}"] if len(rows) > NAMED else []
        return format_html_join(" ", "<span>{}</span>", ((code,) for code in codes)) or None

    @admin.display(description="public since", ordering="public_at", empty_value="not yet")
    def public_since(self, item: Evidence) -> str | None:
        """Return the day on which readers could first see it."""
        return f"{item.public_at:%Y-%m-%d}" if item.public_at else None

    @admin.display(description="link", ordering="link_state", empty_value="–")
    def link(self, item: Evidence) -> str | None:
        """Return whether the source was last seen at its address, where somebody looked."""
        return item.link_state or (None if item.source_url else "file")
