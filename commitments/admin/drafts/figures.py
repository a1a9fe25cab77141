"""Indicators with their figures: those that came with a release, those by people, and drafts of new ones."""

from calendar import monthrange
from datetime import date
from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse

from commitments.admin.base import ReadOnly
from commitments.admin.columns import published_at
from commitments.admin.drafts.drafting import DraftForm, Drafting
from commitments.admin.fields import ByNumber, texts
from commitments.editorial.policies import RefusedError
from commitments.models import DataPoint, Evidence, Indicator, PointDraft, PointPrecision
from commitments.models.drafts import Content
from commitments.templatetags.record import localized

SAYS = ("on", "precision", "value", "kind", "source_url", "publisher", "note", "evidence")


def last_day(on: date, precision: str) -> date:
    """Return the day by which a figure is dated: the last of its year or month where only that is known."""
    month = 12 if precision == PointPrecision.YEAR else on.month
    return on if precision == PointPrecision.DAY else on.replace(month=month, day=monthrange(on.year, month)[1])


class PointForm(DraftForm):
    """A figure and where it stands."""

    evidence = ByNumber(Evidence, "public_id", required=False, help_text="Its number at the desk, such as E10001.")

    def clean(self) -> Any:
        """Date the figure by the last day of its year or month."""
        data = super().clean() or self.cleaned_data
        if data.get("on") and data.get("precision"):
            data["on"] = last_day(data["on"], data["precision"])
        return data


@admin.register(PointDraft)
class PointDraftAdmin(Drafting):
    """A figure proposed: `?indicator=SLUG` for a new one, `?correct=P12` for the correction of a published one."""

    form = PointForm
    change_form_template = "admin/figures/change_form.html"
    compared = (*SAYS, "why")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask why only where a figure is corrected."""
        corrected = obj.corrects if obj else self.start(request).corrects  # type: ignore[attr-defined]
        why = [("Correction", {"fields": ("why",)})] if corrected else []
        figure = ("revision", "value", "on", "precision", "kind", "note")
        source = ("publisher", "source_url", "evidence")
        return [
            (None, {"fields": figure}),
            ("Source", {"fields": source}),
            *why,
            ("Note", {"fields": ("to_reviewer",)}),
        ]

    def start(self, request: HttpRequest) -> Content:
        """Return an empty figure of the indicator, or what the one to be corrected says."""
        number, slug = request.GET.get("correct", ""), request.GET.get("indicator", "")
        if number:
            point = _numbered(number)
            return PointDraft(
                indicator=point.indicator, corrects=point, **{name: getattr(point, name) for name in SAYS}
            )
        indicator = Indicator.objects.filter(slug=slug).first()
        if indicator is None:
            raise RefusedError(f"There is no indicator “{slug[:80]}”. Choose one from the list.")
        return PointDraft(indicator=indicator)


def _numbered(public_id: str) -> DataPoint:
    digits = public_id[1:]
    found = None
    if public_id[:1] == "P" and digits.isascii() and digits.isdigit() and len(digits) < 10:
        found = DataPoint.objects.filter(seq=int(digits)).select_related("indicator", "evidence").first()
    if found is None:
        raise RefusedError(f"There is no figure {public_id[:12]}.")
    return found


@admin.register(Indicator)
class IndicatorAdmin(ReadOnly):
    """Indicators. Each shows its figures, and leads to new ones and to corrections."""

    list_display = ("slug", "name", "figures")
    search_fields = ("slug",)
    change_form_template = "admin/figures/indicator.html"
    fields = (texts("unit"), texts("note"), "sections", "targets")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Indicator]:
        """Count the figures."""
        found: QuerySet[Indicator] = super().get_queryset(request)
        return found.annotate(figures=Count("points"))

    @admin.display(description="title")
    def name(self, indicator: Indicator) -> str:
        """Return the title in the reader's language."""
        return localized(indicator.title)

    @admin.display(description="figures", ordering="figures")
    def figures(self, indicator: Any) -> int:
        """Return how many figures it has, corrected ones too."""
        return int(indicator.figures)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Add the figures, newest first."""
        points = DataPoint.objects.filter(indicator=context["original"])
        people = ("author", "approver", "evidence", "corrects", "corrected_by")
        context["points"] = points.select_related(*people).order_by("-on", "-seq")
        context["may_propose"] = request.user.has_perm("commitments.add_pointdraft")
        return super().render_change_form(request, context, *args, **kwargs)


@admin.register(DataPoint)
class DataPointAdmin(ReadOnly):
    """Published figures."""

    list_display = ("public_id", "indicator", "on", "value", "kind", "publisher", "release", published_at)
    list_filter = ("kind", "release", "indicator")
    list_select_related = ("indicator",)
    date_hierarchy = "on"
    fields = (
        "indicator",
        "value",
        "on",
        "precision",
        "kind",
        texts("note"),
        "publisher",
        "source_url",
        "evidence",
        "corrects",
        texts("why"),
        "release",
        "author",
        "approver",
        published_at,
    )
    readonly_fields = fields
    change_form_template = "admin/published/datapoint.html"
