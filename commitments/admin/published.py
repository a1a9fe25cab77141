"""What is published, to look things up: nothing here changes it but drafts, which another person approves."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from commitments.admin.base import ReadOnly
from commitments.admin.columns import published_at
from commitments.admin.fields import texts
from commitments.editorial import policies
from commitments.models import Citation, LedgerEntry, StatusUpdate, UpdateKind


class InForce(admin.SimpleListFilter):
    """Whether an update still says something, or was corrected or withdrawn."""

    title = "in force"
    parameter_name = "in_force"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the two answers."""
        return [("yes", "in force"), ("no", "corrected or withdrawn")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[StatusUpdate]) -> QuerySet[StatusUpdate]:
        """Keep those in force, or the others. A withdrawal says nothing itself."""
        if self.value() == "yes":
            return queryset.filter(corrected_by=None).exclude(kind=UpdateKind.WITHDRAWAL)
        return queryset.filter(corrected_by__isnull=False) if self.value() == "no" else queryset


@admin.register(StatusUpdate)
class StatusUpdateAdmin(ReadOnly):
    """Published updates. Their pages lead to corrections, withdrawals and confirmations."""

    list_display = (
        "public_id",
        "pledge",
        "status",
        "letter",
        "kind",
        "provisional",
        "effective_on",
        "author",
        "approver",
        published_at,
    )
    list_filter = ("status", "grade", "kind", "provisional", InForce, "reported_delivered", "pledge__document")
    list_select_related = ("pledge", "author", "approver")
    search_fields = ("pledge__code",)
    date_hierarchy = "published_at"
    ordering = ("-seq",)
    fields = (
        "pledge",
        "kind",
        "status",
        "effective_on",
        texts("summary"),
        texts("reasoning"),
        "grade",
        "cites",
        "reported_delivered",
        "provisional",
        "search",
        "corrects",
        "author",
        "approver",
        published_at,
    )
    readonly_fields = fields
    change_form_template = "admin/published/statusupdate.html"

    @admin.display(description="grade", ordering="grade")
    def letter(self, update: StatusUpdate) -> str:
        """Return the letter of the grade; what it stands for is on the update's own page."""
        return update.grade

    @admin.display(description="cites")
    def cites(self, update: StatusUpdate) -> SafeString | str:
        """Return what the update cites, and what each item did to the pledge."""
        rows = update.citations.select_related("evidence")
        found = ((row.evidence, row.get_bearing_display(), row.evidence.publisher) for row in rows)
        items = format_html_join("", "<li>{} {} · {}</li>", found)
        return format_html("<ul>{}</ul>", items) if items else "–"

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Add what can be proposed about the update."""
        context["proposals"] = _proposals(context["original"], request.user)
        return super().render_change_form(request, context, *args, **kwargs)


def _proposals(update: StatusUpdate, by: Any) -> list[tuple[str, str]]:
    """Return (parameter of the draft's address, words) of what somebody can propose about a standing update."""
    undone = update.kind == UpdateKind.WITHDRAWAL or StatusUpdate.objects.filter(corrects=update).exists()
    if undone or not policies.can_propose(by, update.pledge):
        return []
    if update.provisional:
        return [("confirm", "Confirm it"), ("correct", "Correct it"), ("withdraw", "Withdraw it")]
    return [("correct", "Correct it"), ("withdraw", "Withdraw it")]


@admin.register(Citation)
class CitationAdmin(ReadOnly):
    """What published updates cite."""

    list_display = ("update", "pledge", "evidence", "bearing")
    list_filter = ("bearing", "update__status", "evidence__side")
    list_select_related = ("update__pledge", "evidence")
    search_fields = ("evidence__public_id", "update__pledge__code")

    @admin.display(description="pledge")
    def pledge(self, citation: Citation) -> str:
        """Return the pledge's code."""
        return citation.update.pledge.code


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnly):
    """The public log."""

    list_display = ("seq", "kind", "public_id", published_at, "leaf")
    list_filter = ("kind",)
    search_fields = ("public_id",)
    date_hierarchy = "published_at"
    ordering = ("-seq",)
