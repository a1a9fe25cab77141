"""The messages: to whom (masked), of which digest, how far each has come, and what can be decided about it."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from commitments.admin.base import attempt, now
from commitments.admin.digests import asking, deciding
from commitments.admin.digests.deciding import DECIDE, DONE, WhyForm
from commitments.admin.digests.discreet import DayFilter, Discreet, Whose, to, without_readers
from commitments.admin.front.queues import QueueFilter
from commitments.digests import decisions
from commitments.digests.reconcile import left_to_people
from commitments.models import Dispatch, Ruling
from commitments.refusals import why_not

#: Domains that the filter offers: those with the most messages.
DOMAINS = 20


class DomainFilter(admin.SimpleListFilter):
    """Whose servers take the mail."""

    title = "domain"
    parameter_name = "domain"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the domains with the most messages."""
        most = Dispatch.objects.order_by().values_list("domain").annotate(n=Count("pk")).order_by("-n", "domain")
        return [(domain, f"{domain} ({n})") for domain, n in most[:DOMAINS]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Dispatch]) -> QuerySet[Dispatch]:
        """Keep those to a domain."""
        return queryset.filter(domain=self.value()) if self.value() else queryset


@admin.register(Dispatch)
class DispatchAdmin(Discreet):
    """Messages, the newest first."""

    nothing = "No message was made yet. Messages are made when a digest is due and something has changed."
    list_display = ("__str__", "reader", "about", "cadence", "state", "attempt", "last_said", "due_at", "next_try")
    list_filter = (
        QueueFilter,
        "state",
        ("subscription__cadence", admin.ChoicesFieldListFilter),
        "perhaps_twice",
        DomainFilter,
        ("due_at", DayFilter),
        Whose,
    )
    list_select_related = ("subscription", "digest")
    actions = (deciding.send_again, deciding.count_as_sent)
    change_list_template = "admin/digests/dispatches.html"
    change_form_template = "admin/digests/dispatch.html"
    asked_by = frozenset(
        [
            *("queue", "state__exact", "subscription__cadence__exact", "perhaps_twice__exact", "domain", "whose"),
            *("due_at__gte", "due_at__lt", "digest__id__exact", "subscription__id__exact"),
        ]
    )

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Tell who decides."""
        return bool(request.user.has_perm("commitments.decide_dispatch"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dispatch]:
        """Bring what the pages show, and not the letters."""
        found: QuerySet[Dispatch] = super().get_queryset(request).select_related("subscription", "digest")
        return found.defer("digest__text", "digest__html", "digest__entries", "subscription__scope")

    @admin.display(description="to")
    def reader(self, dispatch: Dispatch) -> str:
        """Return the masked address."""
        return to(dispatch.subscription)

    @admin.display(description="digest")
    def about(self, dispatch: Dispatch) -> SafeString:
        """Return what the digest says first, with the way to it."""
        url = reverse("admin:commitments_digest_change", args=[dispatch.digest_id])
        return format_html('<a href="{}">{}</a>', url, dispatch.digest.subject)

    @admin.display(description="cadence", ordering="subscription__cadence")
    def cadence(self, dispatch: Dispatch) -> str:
        """Return how often its reader hears."""
        return dispatch.subscription.get_cadence_display()

    @admin.display(description="what went wrong")
    def last_said(self, dispatch: Dispatch) -> str:
        """Return the beginning of what kept it from being sent."""
        return without_readers(dispatch.error)[:80]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list, and when the mail side last answered as it must."""
        return super().changelist_view(request, {"evidence": asking.evidence(at=now()), **(extra_context or {})})

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Show a message; decide about it."""
        form = WhyForm(request.POST or None)
        if request.method == "POST":
            if not self.has_decide_permission(request):
                raise PermissionDenied
            dispatch = self.get_object(request, object_id or "")
            if dispatch is not None and request.POST.get("do") == asking.ASK:
                asking.ask(request, dispatch)
                return redirect(request.path)
            if dispatch is not None and form.is_valid() and _decided(request, dispatch, form):
                return redirect(request.path)
            request.method = "GET"  # shown again, with what was typed
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), "form": form})

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Add what became of the message, and what can be decided about it."""
        dispatch: Dispatch = context["original"]
        tries = dispatch.attempts.order_by("pk")
        context |= {
            "dispatch": dispatch,
            "reader": to(dispatch.subscription),
            "error": without_readers(dispatch.error),
            "tries": [(one, without_readers(one.said)) for one in tries],
            "findings": dispatch.findings.order_by("pk"),
            "left_to_people": left_to_people(dispatch),
            "ask": asking.may_ask(self, request, dispatch),
            "decisions": dispatch.decisions.select_related("by"),
            "kept": bool(dispatch.merge),
            "again": decisions.can_send_again(request.user, dispatch),
            "why_not_again": why_not(decisions.check_can_send_again, request.user, dispatch),
            "settle": decisions.can_count_as_sent(request.user, dispatch),
        }
        return super().render_change_form(request, context, *args, **kwargs)


def _decided(request: HttpRequest, dispatch: Dispatch, form: WhyForm) -> bool:
    ruling = Ruling(request.POST["do"]) if request.POST.get("do") in Ruling.values else None
    if ruling is None:
        return False

    def decide() -> None:
        DECIDE[ruling](dispatch, by=request.user, at=now(), **form.cleaned_data)

    return attempt(request, decide, f"The {dispatch}: {DONE[ruling]}.")
