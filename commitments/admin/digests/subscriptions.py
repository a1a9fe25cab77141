"""The subscriptions: whose (masked), what each follows, how far it has been told. Nobody edits other people's."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Max, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.text import Truncator

from commitments.admin.base import attempt, now
from commitments.admin.digests.deciding import WhyForm
from commitments.admin.digests.discreet import DayFilter, Discreet, Whose, to
from commitments.digests import decisions, scope
from commitments.digests.requests import described
from commitments.digests.scope import Scope
from commitments.models import Change, Dispatch, Subscription


def kinds_of(subscription: Subscription) -> str:
    """Return in words which kinds of change are told."""
    wanted = Scope.of(subscription.scope).kinds
    return "every kind of change" if wanted == frozenset(Change) else ", ".join(sorted(str(k.label) for k in wanted))


@admin.register(Subscription)
class SubscriptionAdmin(Discreet):
    """Subscriptions. An administrator ends one where its owner asks for it, as their own link would."""

    nothing = "Nobody has subscribed yet."
    list_display = (
        *("__str__", "reader", "cadence", "language", "follows", "state"),
        *("last_sent", "next_due", "sent_through"),
    )
    list_filter = ("state", "cadence", "language", ("created_at", DayFilter), Whose)
    ordering = ("-pk",)
    change_form_template = "admin/digests/subscription.html"
    asked_by = frozenset(
        ["state__exact", "cadence__exact", "language", "created_at__gte", "created_at__lt", "whose"],
    )

    @admin.display(description="address")
    def reader(self, subscription: Subscription) -> str:
        """Return the masked address."""
        return to(subscription)

    @admin.display(description="follows")
    def follows(self, subscription: Any) -> str:
        """Return what is followed, in words."""
        return Truncator(subscription.in_words).chars(120)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Say of each row on the page what it follows; the names are read once for all of them."""
        found = super().get_changelist_instance(request)
        known = scope.names()
        for row in found.result_list:
            row.in_words = described(row, known)["follows"]
        return found

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subscription]:
        """Bring nothing of which links are made, and when each last got something."""
        found: QuerySet[Subscription] = super().get_queryset(request)
        last = Dispatch.objects.filter(subscription=OuterRef("pk")).order_by().values("subscription")
        return found.defer("nonce").annotate(last_sent=Subquery(last.annotate(at=Max("sent_at")).values("at")))

    @admin.display(description="last sent", ordering="last_sent", empty_value="never")
    def last_sent(self, subscription: Any) -> Any:
        """Return when a message to it was last sent."""
        return subscription.last_sent

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Show a subscription; end it."""
        form = WhyForm(request.POST or None)
        if request.method == "POST":
            if not request.user.has_perm("commitments.end_subscription"):
                raise PermissionDenied
            subscription = self.get_object(request, object_id or "")
            if subscription is not None and form.is_valid() and _ended(request, subscription, form):
                return redirect(request.path)
            request.method = "GET"  # shown again, with what was typed
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), "form": form})

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Add what the page shows."""
        subscription: Subscription = context["original"]
        context |= {
            "subscription": subscription,
            "reader": to(subscription),
            "told": described(subscription, scope.names()),
            "kinds": kinds_of(subscription),
            "message_count": subscription.dispatches.count(),
            "may_end": decisions.can_end(request.user, subscription),
        }
        return super().render_change_form(request, context, *args, **kwargs)


def _ended(request: HttpRequest, subscription: Subscription, form: WhyForm) -> bool:
    def end() -> None:
        decisions.end(subscription, by=request.user, at=now(), **form.cleaned_data)

    return attempt(request, end, "Ended, and the address is deleted.")
