"""All drafts, of every subject: the list, the review page of one, and its preview."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString

from commitments.admin.base import REFUSALS, ReadOnly, now, reason
from commitments.admin.drafts import bulk
from commitments.admin.drafts.preview import preview
from commitments.admin.drafts.review import act, review
from commitments.admin.front.queues import QueueFilter
from commitments.clock import today
from commitments.models import Delivery, Draft, DraftState, DraftSubject, Pledge, UpdateKind
from commitments.record import published
from commitments.templatetags.record import mark

CONTENTS = ("statusdraft", "codingdraft", "replydraft", "pointdraft")


class ByAuthor(admin.SimpleListFilter):
    """Whose draft it is, seen from who looks."""

    title, parameter_name = "whose", "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return mine and others'."""
        return [("mine", "mine"), ("others", "others'")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Draft]) -> QuerySet[Draft]:
        """Keep one's own, or all others."""
        if self.value() == "mine":
            return queryset.filter(author=request.user.pk)
        return queryset.exclude(author=request.user.pk) if self.value() == "others" else queryset


class ByPledge(admin.SimpleListFilter):
    """The pledge, by its code."""

    title, parameter_name = "pledge", "pledge"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the pledges that have drafts."""
        codes = Pledge.objects.filter(drafts__isnull=False).distinct().values_list("code", flat=True)
        return [(code, code) for code in codes]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Draft]) -> QuerySet[Draft]:
        """Keep the drafts about it."""
        return queryset.filter(pledge__code__iexact=self.value()) if self.value() else queryset


@admin.register(Draft)
class DraftAdmin(ReadOnly):
    """Drafts."""

    nothing = "Nothing is proposed yet. Proposals begin on the page of a pledge, figures on that of an indicator."
    list_display = ("what", "proposes", "state", "waits", "by")
    list_filter = ("state", "subject", ByAuthor, QueueFilter, ByPledge)
    list_select_related = ("pledge", "author", *CONTENTS, "statusdraft__corrects", "pointdraft__indicator")
    search_fields = ("pledge__code", "author__username", "author__first_name")
    search_help_text = "The code of a pledge, or the name of an author."
    actions = (bulk.approve, bulk.return_, bulk.submit, bulk.withdraw)
    change_list_template = "admin/review/list.html"

    # --- the list ---

    def get_queryset(self, request: HttpRequest) -> QuerySet[Draft]:
        """Return the drafts, each with where its pledge stands now."""
        current = published.current_updates(on=today()).filter(pledge=OuterRef("pledge"))
        found: QuerySet[Draft] = super().get_queryset(request)
        return found.annotate(
            stands=Subquery(current.values("status")[:1]), provisional=Subquery(current.values("provisional")[:1])
        )

    @admin.display(description="draft", ordering="pledge__position")
    def what(self, draft: Draft) -> SafeString:
        """Return the pledge and the subject."""
        about = draft.pledge.code if draft.pledge else draft.content.indicator
        return format_html('<span class="code">{}</span> {}', about, draft.get_subject_display())

    @admin.display(description="proposes")
    def proposes(self, draft: Draft) -> SafeString | str:
        """Return in a few words what would change."""
        content = draft.content
        if draft.subject == DraftSubject.STATUS:
            return _proposed_status(draft)
        if draft.subject == DraftSubject.CODING:
            return f"{content.get_trackability_display()}: {content.title.get('en', '')}"
        if draft.subject == DraftSubject.REPLY:
            return f"{content.speaker}, {content.stated_on}"
        return f"{content.value} on {content.on}"

    @admin.display(description="waits", ordering="submitted_at", empty_value="–")
    def waits(self, draft: Draft) -> str | None:
        """Return for how long the draft has been in review."""
        if draft.state != DraftState.IN_REVIEW or draft.submitted_at is None:
            return None
        days = (now() - draft.submitted_at).days
        return "since today" if days < 1 else f"{days} day{'s' if days > 1 else ''}"

    @admin.display(description="by", ordering="author__username")
    def by(self, draft: Draft) -> str:
        """Return the author."""
        return draft.author.get_full_name() or draft.author.get_username()

    # --- who may do what with several ---

    def has_approve_permission(self, request: HttpRequest) -> bool:
        """Whether somebody may approve and return at all; each draft is judged by itself."""
        return request.user.has_perm("commitments.approve_draft")

    def has_propose_permission(self, request: HttpRequest) -> bool:
        """Whether somebody may have drafts of their own."""
        return request.user.has_perm("commitments.add_draft")

    # --- one draft ---

    def get_urls(self) -> list[URLPattern]:
        """Add the review page and the preview."""
        own = {"review": self.review, "preview": self.preview}
        pages = [
            path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"commitments_draft_{name}")
            for name, view in own.items()
        ]
        return [*pages, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Lead to the review."""
        if not (object_id.isascii() and object_id.isdigit()):
            raise Http404(f"There is no draft {object_id[:20]}.")
        return redirect("admin:commitments_draft_review", object_id)

    def review(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Show a draft in full, and do what the buttons say. A refusal keeps what was typed."""
        draft = self._asked_for(request, pk)
        refused = request.method == "POST" and not act(request, draft)
        if request.method == "POST" and not refused:
            return redirect("admin:commitments_draft_review", pk)
        draft = self._asked_for(request, pk)
        context = {
            **self.admin_site.each_context(request),
            "title": str(draft),
            "opts": self.opts,
            "typed": request.POST.get("text", ""),
            **review(draft, by=request.user, on=today()),
        }
        return TemplateResponse(request, "admin/review/review.html", context, status=409 if refused else 200)

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the public page as it would be, or say why there is none."""
        draft = self._asked_for(request, pk)
        try:
            return preview(request, draft)
        except REFUSALS as refusal:
            messages.error(request, reason(refusal))
            return redirect("admin:commitments_draft_review", pk)

    def _asked_for(self, request: HttpRequest, pk: int) -> Draft:
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = Draft.objects.select_related("pledge__document", "author", "entry", *CONTENTS)
        draft = rows.filter(pk=pk).first() if pk < 2**63 else None
        if draft is None:
            raise Http404(f"There is no draft {pk}.")
        return draft


def _proposed_status(draft: Draft) -> SafeString:
    content, stands = draft.content, Delivery(draft.stands or "not_assessed")  # type: ignore[attr-defined]  # annotated
    if content.kind == UpdateKind.WITHDRAWAL:
        return format_html("withdraw U{}", content.corrects.seq)
    old, new = published.Standing(stands), published.Standing(Delivery(content.status))
    was = f"{old.label} (provisional)" if draft.provisional else old.label  # type: ignore[attr-defined]  # annotated
    words = format_html("{} {}", mark(new, named=False), new.label)
    if draft.state != DraftState.PUBLISHED:  # then it stands, and what stood before is in the pledge's timeline
        words = format_html("{} {} → {}", mark(old, named=False), was, words)
    return format_html("{}, correcting U{}", words, content.corrects.seq) if content.corrects else words
