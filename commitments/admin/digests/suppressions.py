"""The addresses to which nothing is sent, each known by its keyed hash alone: lifted, or added by hand."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from commitments.admin.base import attempt, now
from commitments.admin.digests.deciding import WhyForm
from commitments.admin.digests.discreet import DayFilter, Discreet, Whose
from commitments.digests import decisions
from commitments.models import Suppression
from commitments.refusals import RefusedError, why_not

LIST = "admin:commitments_suppression_changelist"


class SuppressForm(WhyForm):
    """An address, and why nothing is to be sent to it."""

    address = forms.EmailField(help_text="Only its keyed hash is kept: nobody can read it here afterwards.")
    field_order = ("address", "why")


@admin.register(Suppression)
class SuppressionAdmin(Discreet):
    """Suppressed addresses, the newest first."""

    nothing = "No address is suppressed."
    list_display = ("__str__", "reason", "at")
    list_filter = ("reason", ("at", DayFilter), Whose)
    change_form_template = "admin/digests/suppression.html"
    asked_by = frozenset(["reason__exact", "at__gte", "at__lt", "whose"])

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell who suppresses by hand."""
        return decisions.can_suppress(request.user)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Ask for an address and a reason; keep the hash."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = SuppressForm(request.POST or None)

        def suppress() -> None:
            decisions.suppress_by_hand(by=request.user, at=now(), **form.cleaned_data)

        if form.is_valid() and attempt(request, suppress, "Nothing is sent to this address any more."):
            return redirect(LIST)
        context = {**self.admin_site.each_context(request), "title": "Suppress an address", "form": form}
        shown = {"opts": self.opts, **context, **(extra_context or {})}
        return TemplateResponse(request, "admin/digests/suppress.html", shown, headers={"Cache-Control": "no-store"})

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Show a suppression; lift it."""
        form = WhyForm(request.POST or None)
        if request.method == "POST":
            if not request.user.has_perm("commitments.delete_suppression"):
                raise PermissionDenied
            suppression = self.get_object(request, object_id or "")
            if suppression is None:
                attempt(request, _gone)
                return redirect(LIST)
            if form.is_valid() and _lifted(request, suppression, form):
                return redirect(reverse(LIST))
            request.method = "GET"  # shown again, with what was typed
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), "form": form})

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Add whether it can be lifted, and why not."""
        suppression: Suppression = context["original"]
        context |= {
            "suppression": suppression,
            "may_lift": decisions.can_lift(request.user, suppression),
            "refusal": why_not(decisions.check_can_lift, request.user, suppression),
        }
        return super().render_change_form(request, context, *args, **kwargs)


def _gone() -> None:
    raise RefusedError("This suppression was lifted already.")


def _lifted(request: HttpRequest, suppression: Suppression, form: WhyForm) -> bool:
    def lift() -> None:
        decisions.lift(suppression, by=request.user, at=now(), **form.cleaned_data)

    return attempt(request, lift, "Lifted: its owner may subscribe again.")
