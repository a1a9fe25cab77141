"""Status updates proposed: the form, beside the text, the test and what stands now.

`?pledge=CODE` begins an empty draft; `?confirm=U12`, `?correct=U12` and `?withdraw=U12` begin from a published update.
"""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path

from commitments.admin.base import now
from commitments.admin.drafts.citing import CitationsWidget, cited, preset, suggestions
from commitments.admin.drafts.drafting import Drafting, pledge_asked_for
from commitments.admin.drafts.review import citations_between, differences_between
from commitments.admin.drafts.sheet import DraftResource
from commitments.admin.drafts.status_form import StatusForm
from commitments.admin.exchange.room import Exchange
from commitments.editorial import drafts
from commitments.editorial.begun import begun_from, check_about, check_stands, update_numbered
from commitments.editorial.grounds import grounds
from commitments.editorial.readiness import problems, proposed
from commitments.models import Draft, Evidence, StatusDraft, StatusUpdate, UpdateKind
from commitments.models.drafts import Content
from commitments.record import published
from commitments.templatetags.comparing import Difference

_KINDS = {"confirm": UpdateKind.STATUS, "correct": UpdateKind.CORRECTION, "withdraw": UpdateKind.WITHDRAWAL}


@admin.register(StatusDraft)
class StatusDraftAdmin(Exchange, Drafting):
    """Status updates proposed."""

    resource = DraftResource
    form = StatusForm
    change_form_template = "admin/proposing/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        """Add the suggestions of the evidence lines."""
        suggest = self.admin_site.admin_view(self.suggest)
        return [path("suggest/", suggest, name="commitments_statusdraft_suggest"), *super().get_urls()]

    def suggest(self, request: HttpRequest) -> JsonResponse:
        """Answer with items of evidence that hold the words."""
        if not request.user.has_perm("commitments.view_evidence"):
            return JsonResponse({"items": []}, status=403)
        return suggestions(request.GET.get("q", "")[:100])

    def get_export_queryset(self, request: HttpRequest) -> QuerySet[StatusDraft]:
        """Return the drafts of status updates that the list of all drafts shows."""
        listed = self.admin_site.get_model_admin(Draft).get_changelist_instance(request).get_queryset(request)
        return StatusDraft.objects.filter(pk__in=listed.order_by().values("pk"))

    # --- where a draft begins ---

    def start(self, request: HttpRequest) -> Content:
        """Return an empty draft on the pledge, or one that says what a published update says."""
        if update := _update_asked_for(request):
            return begun_from(update, _KINDS[_asked(request)], request.GET.get("status", ""))
        return StatusDraft(pledge=pledge_asked_for(request))

    def links(self, request: HttpRequest) -> dict[str, Any]:
        """Return what the draft begins citing: what the update cites, or one item that the address names."""
        if update := _update_asked_for(request):
            return {
                "citations": {c.evidence.public_id: c.bearing for c in update.citations.select_related("evidence")}
            }
        item = Evidence.objects.filter(public_id=request.GET.get("evidence", "")).first()
        return {"citations": {item.public_id: _bearing(item, pledge_asked_for(request))}} if item else {}

    # --- the form ---

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask of a withdrawal only why."""
        draft: Any = obj or self.start(request)
        words = ("summary", "reasoning")
        if draft.kind == UpdateKind.WITHDRAWAL:
            return [(None, {"fields": ("revision", *words)}), ("For the reviewer", {"fields": ("to_reviewer",)})]
        return [
            ("Where it stands", {"fields": ("revision", "status", "effective_on", "reported_delivered")}),
            ("Evidence", {"fields": ("citations", "search")}),
            ("In words", {"fields": words}),
            ("For the reviewer", {"fields": ("to_reviewer",)}),
        ]

    def beside(self, request: HttpRequest, draft: Any) -> dict[str, Any]:
        """Return what stands now, how the pledge is read, what the draft lacks, and what another window saved."""
        on = now().date()
        pledge = published.whole(on=on).get(pk=draft.pledge_id)
        stored = StatusDraft.objects.filter(pk=draft.pk).first()
        return {
            "coding": published.coding_of(pledge),
            "standing": published.standing(pledge),
            "kind": UpdateKind(draft.kind),
            "confirms": request.GET.get("confirm", "") if not stored else "",
            "problems": problems(stored, on=on) if stored else [],
            "grounds": _grounds(stored, published.standing(pledge).update),
        }

    def _other(self, request: HttpRequest, draft: Any) -> list[Difference]:
        """Return in what the stored draft differs from what was typed, what it cites included."""
        stored = StatusDraft.objects.filter(pk=draft.pk).first() if hasattr(request, "refusal") else None
        if stored is None:
            return []
        cites = CitationsWidget().value_from_datadict(request.POST, {}, "citations")
        return [*differences_between(draft, stored), *citations_between(cites, cited(stored))]

    # --- saving ---

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save the draft with what it cites, as one."""
        super().save_model(request, obj, form, change)
        if "citations" in form.cleaned_data:
            drafts.cite(obj, form.cleaned_data["citations"], by=request.user, at=now())

    def _saved(self, request: HttpRequest, draft: Draft) -> HttpResponse:
        if "_preview" in request.POST:
            return redirect("admin:commitments_draft_preview", draft.pk)
        return super()._saved(request, draft)

    def _say_what_is_missing(self, request: HttpRequest, draft: Draft) -> None:
        """Only that it is saved: the page says the rest over the form."""
        messages.success(request, "Saved.")


def _grounds(stored: StatusDraft | None, current: StatusUpdate | None) -> Any:
    if stored is None or stored.kind == UpdateKind.WITHDRAWAL:
        return None
    return grounds(proposed(stored), stored.about.document.baseline_on, current)


def _asked(request: HttpRequest) -> str:
    return next((name for name in _KINDS if request.GET.get(name)), "")


def _bearing(item: Evidence, pledge: Any) -> str:
    row = item.attachments.filter(pledge=pledge).first()
    return preset(item, row.bearing if row else "supports", pledge.document.baseline_on)


def _update_asked_for(request: HttpRequest) -> StatusUpdate | None:
    """Return the update that the address names; RefusedError where it cannot be the beginning of a draft."""
    asked = _asked(request)
    if not asked:
        return None
    update = update_numbered(request.GET[asked])
    check_about(update, request.GET.get("pledge", ""))
    if request.method != "POST":  # what was typed is kept, with the reason why it cannot be submitted
        check_stands(update, asked)
    return update
