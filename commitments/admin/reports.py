"""What readers report: shown as plain text, turned into evidence or a draft, and closed with a word."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from commitments.admin.base import Desk, attempt, now
from commitments.admin.front.queues import QueueFilter
from commitments.editorial import policies, reports
from commitments.models import Evidence, ReaderReport, ReportState


class CloseForm(forms.Form):
    """What became of a report."""

    state = forms.ChoiceField(
        choices=[(ReportState.HANDLED, "handled"), (ReportState.DISMISSED, "dismissed")], widget=forms.RadioSelect
    )
    outcome = forms.CharField(
        widget=forms.Textarea({"rows": 3}), help_text="What was done about it, or why nothing. Seen at the desk only."
    )


@admin.register(ReaderReport)
class ReaderReportAdmin(Desk):
    """Readers' reports, the longest waiting first."""

    nothing = "No reader has reported anything yet. Reports come from the form on the public page of corrections."
    list_display = ("__str__", "pledge", "begins", "state", "waits", "received_at", "closed_by")
    list_filter = (QueueFilter, "state", "kind", ("received_at", admin.DateFieldListFilter), "language")
    list_select_related = ("pledge", "closed_by")
    search_fields = ("text", "pledge__code", "outcome")
    change_form_template = "admin/reports/report.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """No: readers send them in."""
        return False

    @admin.display(description="begins")
    def begins(self, report: ReaderReport) -> str:
        """Return the first words."""
        return report.text[:80]

    @admin.display(description="days", ordering="received_at")
    def waits(self, report: ReaderReport) -> int:
        """Return for how many days it has waited, or waited until it was closed."""
        return ((report.closed_at or now()) - report.received_at).days

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the list under the name that the front page uses."""
        return super().changelist_view(request, {"title": "Readers' reports", **(extra_context or {})})

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Show a report; close it."""
        form = CloseForm(request.POST or None)
        if request.method == "POST":
            report = self.get_object(request, object_id or "")
            if report is not None and form.is_valid() and self._closed(request, report, form):
                return redirect("admin:commitments_readerreport_changelist")
            request.method = "GET"  # shown again, with what was typed
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), "closing": form})

    def _closed(self, request: HttpRequest, report: ReaderReport, form: CloseForm) -> bool:
        def close() -> None:
            reports.close(report, by=request.user, at=now(), **form.cleaned_data)

        return attempt(request, close, "Closed.")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Change no word of it."""
        return [field.name for field in self.opts.fields]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Add what can be done about the report."""
        report = context["original"]
        may = self.has_change_permission(request, report)
        context |= {"report": report, "may": may, "open": report.state == ReportState.OPEN}
        recordable = reports.can_record_as(request.user, report) and request.user.has_perm("commitments.add_evidence")
        context["record_url"] = _record_url(report) if recordable else ""
        context["followable"] = report.source_url.startswith(("http://", "https://"))
        return super().render_change_form(request, context, *args, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReaderReport]:
        """Bring what the pages show."""
        return super().get_queryset(request).select_related("pledge", "evidence", "closed_by")


def _record_url(report: ReaderReport) -> str:
    """Return where the report's source is recorded as evidence."""
    code = report.pledge.code if report.pledge else ""
    query = {"source_url": report.source_url, "pledge": code, "report": report.pk}
    return f"{reverse('admin:commitments_evidence_add')}?{urlencode({k: v for k, v in query.items() if v})}"


def report_asked_for(request: HttpRequest) -> ReaderReport | None:
    """Return the report that `?report=NUMBER` names."""
    number = request.GET.get("report", "")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return None
    return ReaderReport.objects.select_related("evidence").filter(pk=int(number)).first()


def record_from(request: HttpRequest, item: Evidence) -> None:
    """Note a new item on the report that the address names; RefusedError where that was closed or recorded."""
    if report := report_asked_for(request):
        reports.recorded_as(report, item, by=request.user, at=now())


def above_the_form(request: HttpRequest) -> dict[str, Any]:
    """Return what the form of a new item says of the report that its address names, and the way to do without it."""
    report = report_asked_for(request)
    if report is None:
        return {}
    without = request.GET.copy()
    del without["report"]
    refusal = policies.why_not(reports.check_can_record_as, request.user, report)
    return {"report": report, "report_refusal": refusal, "without_report": f"?{without.urlencode()}"}
