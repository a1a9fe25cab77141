"""The room of evidence: items are recorded, mended until readers see them, superseded afterwards."""

from typing import Any

from django.contrib import admin, messages
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.html import format_html

from commitments.admin.base import REFUSALS, Desk, now, reason
from commitments.admin.evidence.acts import EvidenceActs
from commitments.admin.evidence.attachments import AttachmentInline, save_rows
from commitments.admin.evidence.form import EvidenceForm, linked
from commitments.admin.evidence.listing import EvidenceList
from commitments.admin.evidence.sheet import EvidenceResource
from commitments.admin.exchange.room import Exchange
from commitments.admin.reports import above_the_form, record_from, report_asked_for
from commitments.clock import today
from commitments.editorial import evidence, policies
from commitments.editorial.policies import RefusedError
from commitments.evidence import duplicates, files
from commitments.locales import language_name
from commitments.models import DraftState, Evidence, Pledge, StatusDraft, StatusUpdate

FIELDSETS = (
    ("Where it stands", {"fields": ("source_url", "file", "drop_file", "again")}),
    (
        "What it is",
        {"fields": ("title", "publisher", "publisher_kind", "side", "record", "origin", "language")},
    ),
    (
        "When",
        {"fields": ("event_on", "event_precision", "published_on", "accessed_on")},
    ),
    ("What it reports", {"fields": ("fact", "countries", "targets", "excerpt_only", "confidence")}),
)


@admin.register(Evidence)
class EvidenceAdmin(Exchange, EvidenceActs, EvidenceList, Desk):
    """Items of evidence."""

    resource = EvidenceResource
    form = EvidenceForm
    inlines = (AttachmentInline,)
    change_form_template = "admin/evidence/change_form.html"
    change_list_template = "admin/evidence/change_list.html"

    # --- what is shown to whom ---

    def get_fieldsets(self, request: HttpRequest, obj: Evidence | None = None) -> Any:
        """Return the fields that can be filled in. What readers see already stands above, as text."""
        return FIELDSETS if obj is None or evidence.can_change(request.user, obj) else ()

    def get_form(self, request: HttpRequest, obj: Evidence | None = None, change: bool = False, **kwargs: Any) -> Any:
        """Return the form of this request."""
        if obj and not evidence.can_change(request.user, obj):
            kwargs["form"] = ModelForm
            return super().get_form(request, obj, change=change, **kwargs)
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.today, form.refusal = today(), getattr(request, "refusal", "")
        return form

    def get_inline_instances(self, request: HttpRequest, obj: Evidence | None = None) -> list[Any]:
        """Return the rows to those who may change them."""
        rows = super().get_inline_instances(request, obj)
        return rows if request.user.has_perm("commitments.add_attachment") else []

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Take from the address what a report or a bookmark brings, and today as the day of reading."""
        brought = {name: request.GET.get(name, "") for name in ("source_url", "title", "publisher", "language")}
        return {**brought, "accessed_on": today()}

    def get_formset_kwargs(self, request: HttpRequest, obj: Evidence, inline: Any, prefix: str) -> dict[str, Any]:
        """Lay the item beside the pledge that `?pledge=CODE` names."""
        kwargs: dict[str, Any] = super().get_formset_kwargs(request, obj, inline, prefix)
        pledge = _asked_for(request)
        if pledge and request.method == "GET" and obj.pk is None:
            kwargs["initial"] = [{"pledge": pledge.code}]
        return kwargs

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Add what else is known of the item, and what can be done about it."""
        item = kwargs.get("obj")
        context["publishers"] = Evidence.objects.order_by("publisher").values_list("publisher", flat=True).distinct()
        languages = Evidence.objects.order_by("language").values_list("language", flat=True).distinct()
        context["languages"] = [(tag, language_name(tag)) for tag in languages]
        context |= _known(item, request.user) if item else above_the_form(request)
        if item and not context["editable"]:
            context |= {"title": f"Evidence {item}", "subtitle": None, "show_save_and_add_another": False}
        return super().render_change_form(request, context, *args, **kwargs)

    def view_on_site(self, obj: Evidence) -> str | None:
        """Return the public page, once there is one."""
        return obj.get_absolute_url() if obj.public_at else None

    # --- saving ---

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Show or save. A file that was written is deleted again where its item was not saved."""
        request.written = []  # type: ignore[attr-defined]
        if object_id and "publisher" in request.POST and (refused := self._too_late(request, object_id)):
            return refused
        try:
            with files.dropped_on_failure(request.written):  # type: ignore[attr-defined]
                return super().changeform_view(request, object_id, form_url, extra_context)
        except REFUSALS as refusal:
            if request.method != "POST":
                raise
            return self._refused(request, object_id, refusal)

    def _too_late(self, request: HttpRequest, object_id: str) -> HttpResponse | None:
        """Refuse the fields of an item that became public, or was taken from the person, while they were typing."""
        item = self.get_object(request, object_id)
        if item is None or not self.has_change_permission(request, item):
            return None  # Django's own answer
        try:
            evidence.check_can_change(request.user, item)
        except RefusedError as refusal:
            messages.error(request, str(refusal))
            return redirect("admin:commitments_evidence_change", item.pk)
        return None

    def _refused(self, request: HttpRequest, object_id: str | None, refusal: Exception) -> HttpResponse:
        """Show the form again with all that was typed. A file has to be chosen again, as browsers keep none."""
        request.refusal = reason(refusal)  # type: ignore[attr-defined]
        for upload in request.FILES.values():
            upload.seek(0)  # type: ignore[union-attr]
        if object_id and "publisher" not in request.POST:  # rows alone, of a public item
            messages.error(request, reason(refusal))
            return redirect("admin:commitments_evidence_change", object_id)
        return super().changeform_view(request, object_id)

    def save_model(self, request: HttpRequest, obj: Evidence, form: Any, change: bool) -> None:
        """Save through the desk's actions."""
        if change and not form.changed_data:
            return
        before = form.initial.get("file") or ""
        if getattr(form, "upload", None):
            request.written.append(obj.file.name)  # type: ignore[attr-defined]
        if change:
            evidence.open_edit(obj, by=request.user, at=now())
            obj.save()
        else:
            evidence.record(obj, by=request.user, at=now())
            record_from(request, obj)
        if "file" in form.changed_data or "drop_file" in form.changed_data:
            files.drop_after_commit(str(before))

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Save the rows through the desk's actions."""
        save_rows(formset, by=request.user)

    def response_add(self, request: HttpRequest, obj: Evidence, post_url_continue: str | None = None) -> HttpResponse:
        """Say what may be the same source under another address."""
        if near := duplicates.like_title(obj.title, besides=obj.public_id):
            words = "{} has nearly the same title as {}. Copies of one report share one origin."
            messages.warning(request, format_html(words, obj, linked(near)))
        return super().response_add(request, obj, post_url_continue)

    def response_post_save_add(self, request: HttpRequest, obj: Evidence) -> HttpResponseRedirect:
        """Go back to the report, or the pledge, from which somebody came."""
        if report := report_asked_for(request):
            return redirect("admin:commitments_readerreport_change", report.pk)
        if pledge := _asked_for(request):
            return redirect("admin:commitments_pledge_change", pledge.pk)
        return super().response_post_save_add(request, obj)


def _asked_for(request: HttpRequest) -> Pledge | None:
    """Return the pledge that `?pledge=CODE` names."""
    return Pledge.objects.filter(code=request.GET.get("pledge", "").upper()).first()


def _known(item: Evidence, by: Any) -> dict[str, Any]:
    """Return what the page of an item shows besides its form."""
    updates = StatusUpdate.objects.filter(citations__evidence=item, published_at__isnull=False)
    drafts = StatusDraft.objects.filter(citations__evidence=item).exclude(state=DraftState.PUBLISHED)
    editable = evidence.can_change(by, item)
    return {
        "item": item,
        "editable": editable,
        "beside": item.attachments.select_related("pledge"),
        "may_propose": by.has_perm("commitments.add_draft") and not item.superseded_by_id,
        "updates": updates.select_related("pledge").order_by("-seq"),
        "drafts": drafts.select_related("pledge", "author").order_by("-changed_at"),
        "predecessors": item.supersedes.all(),
        "may_supersede": item.public_at and not item.superseded_by_id and policies.can_record(by),
        "may_note": item.source_url and by.has_perm("commitments.change_evidence"),
        "countries": ", ".join(item.countries),
    }
