"""Second codings as they were recorded, and the differences that a third person settles."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from commitments.admin.base import ReadOnly, attempt, now
from commitments.admin.fields import defined
from commitments.admin.front.queues import QueueFilter
from commitments.editorial import policies
from commitments.editorial.coding import VALUES, settle
from commitments.editorial.readiness import latest_coding
from commitments.models import Adjudication, Axis, BlindCoding, Coding
from commitments.record import blind, published


class SettleForm(forms.Form):
    """How a difference is settled."""

    why = forms.CharField(widget=forms.Textarea({"rows": 4}), help_text="Which rule of the codebook decides it.")

    def __init__(self, axis: str, *args: Any, **kwargs: Any) -> None:
        """Offer the values of the axis."""
        super().__init__(*args, **kwargs)
        self.fields["value"] = forms.ChoiceField(choices=defined(VALUES[axis]), widget=forms.RadioSelect)
        self.order_fields(["value", "why"])


def blinded(by: Any) -> bool:
    """Tell whether somebody codes blind and settles nothing: the codes of others may still be drawn for them."""
    may = by.has_perm
    return bool(may("commitments.add_blindcoding") and not may("commitments.settle_blindcoding"))


class Settled(admin.SimpleListFilter):
    """Whether a difference was settled."""

    title = "settled"
    parameter_name = "settled"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the two answers."""
        return [("yes", "settled"), ("no", "not settled")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[BlindCoding]) -> QuerySet[BlindCoding]:
        """Keep what was settled, or what was not."""
        wanted = {"yes": False, "no": True}.get(self.value() or "")
        return queryset if wanted is None else queryset.filter(adjudication__isnull=wanted)


@admin.register(BlindCoding)
class BlindCodingAdmin(ReadOnly):
    """Second codings. The page of one shows both codes, and settles them where they differ."""

    nothing = (
        "Nobody has coded a judgement a second time yet. The methodology page says how well two readers "
        "agree, once some have."
    )
    list_display = ("pledge", "axis", "first_code", "second_code", "alike", "by", "at", "settled_as")
    list_filter = (QueueFilter, "axis", Settled, ("by", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("pledge", "coding", "update", "by", "adjudication")
    search_fields = ("pledge__code",)
    change_list_template = "admin/second/list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[BlindCoding]:
        """Show to those who code blind, and settle nothing, their own."""
        rows = super().get_queryset(request)
        return rows.filter(by=request.user.pk) if blinded(request.user) else rows

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the list under the name that the pages use."""
        return super().changelist_view(request, {"title": "Second codings", **(extra_context or {})})

    @admin.display(description="first")
    def first_code(self, second: BlindCoding) -> str:
        """Return the published value."""
        return str(VALUES[second.axis](second.first).label)

    @admin.display(description="second")
    def second_code(self, second: BlindCoding) -> str:
        """Return the value that was coded blind."""
        return str(VALUES[second.axis](second.value).label)

    @admin.display(description="alike", boolean=True)
    def alike(self, second: BlindCoding) -> bool:
        """Tell whether both are the same."""
        return second.first == second.value

    @admin.display(description="settled as")
    def settled_as(self, second: BlindCoding) -> str:
        """Return the value as which a difference was settled."""
        settled = getattr(second, "adjudication", None)
        return str(VALUES[second.axis](settled.value).label) if settled else ""

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show both codes with their reasons beside the text; settle them."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        second = self.get_object(request, object_id)
        if second is None:
            raise Http404(f"There is no second coding {object_id[:20]}.")
        form = SettleForm(second.axis, request.POST or None)
        if request.method == "POST" and form.is_valid():
            said = form.cleaned_data
            done = "Settled. Nothing public has changed by it."
            if attempt(request, lambda: settle(second, by=request.user, at=now(), **said), done):
                return redirect("admin:commitments_blindcoding_change", second.pk)
        context = {**self.admin_site.each_context(request), "opts": self.opts, **_compared(second, request.user)}
        return TemplateResponse(request, "admin/second/difference.html", {**context, "form": form})


def _compared(second: BlindCoding, by: Any) -> dict[str, Any]:
    first = second.judged
    values = VALUES[second.axis]
    settled = getattr(second, "adjudication", None)
    return {
        "title": f"{second.pledge} coded twice: {second.axis}",
        "second": second,
        "first": first,
        "first_value": values(second.first),
        "first_why": first.reason if isinstance(first, Coding) else first.reasoning,
        "second_value": values(second.value),
        "settled": settled,
        "settled_value": values(settled.value) if settled else None,
        "grounds": blind.grounds(first, on=now().date()),
        "can_settle": policies.can_settle(by, second),
        "proposal": _proposal(second, settled, by) if settled else "",
    }


def _proposal(second: BlindCoding, settled: Adjudication, by: Any) -> str:
    """Return where the settled value can be proposed; empty where it is the published one already."""
    if not policies.can_propose(by, second.pledge):
        return ""
    if second.axis == Axis.TRACKABILITY:
        query = {"pledge": second.pledge.code, "settled": settled.pk}
        differs = latest_coding(second.pledge).trackability != settled.value
        return f"{reverse('admin:commitments_codingdraft_add')}?{urlencode(query)}" if differs else ""
    current = published.current_updates(on=now().date()).filter(pledge=second.pledge).first()
    if current is None or current.status == settled.value:
        return ""
    query = {"pledge": second.pledge.code, "correct": current.public_id, "status": settled.value}
    return f"{reverse('admin:commitments_statusdraft_add')}?{urlencode(query)}"


@admin.register(Adjudication)
class AdjudicationAdmin(ReadOnly):
    """How differences were settled."""

    list_display = ("blind_coding", "value", "by", "at")
    list_filter = ("blind_coding__axis", ("by", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("blind_coding__pledge", "by")
    search_fields = ("blind_coding__pledge__code",)
    fields = ("blind_coding", "value", "why", "by", "at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Adjudication]:
        """Show to those who code blind, and settle nothing, how their own second codings were settled."""
        rows = super().get_queryset(request)
        return rows.filter(blind_coding__by=request.user.pk) if blinded(request.user) else rows
