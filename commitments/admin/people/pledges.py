"""Who looks after which pledge, and who stands too close to one."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from commitments.admin.base import REFUSALS, Desk, attempt, now, reason
from commitments.admin.fields import ByNumber
from commitments.editorial import people, policies
from commitments.editorial.policies import RefusedError
from commitments.models import Assignment, Conflict, Pledge


def _named(person: Any) -> str:
    return str(person.get_full_name() or person.get_username())


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not subscriptable at run time
    """Somebody of the desk, under their name."""

    def label_from_instance(self, obj: Any) -> str:
        """Return the name, else the name of the account."""
        return _named(obj)


class AssignForm(forms.Form):
    """To whom."""

    person = PersonField(User.objects.none(), empty_label=None)

    def __init__(self, by: Any, *args: Any, **kwargs: Any) -> None:
        """Offer those who write at the desk; only oneself to those who may not assign to others."""
        super().__init__(*args, **kwargs)
        writes = Q(groups__permissions__codename="add_draft") | Q(user_permissions__codename="add_draft")
        able = get_user_model()._default_manager.filter(writes | Q(is_superuser=True), is_active=True)
        own = {} if by.has_perm("commitments.assign_pledge") else {"pk": by.pk}
        self.fields["person"].queryset = able.filter(**own).distinct().order_by("username")  # type: ignore[attr-defined]


@admin.action(description="Assign to …")
def assign_to(room: Any, request: HttpRequest, queryset: QuerySet[Pledge]) -> HttpResponse | None:
    """Ask to whom, then let them look after the chosen pledges. For the list of pledges."""
    if refusal := _may_not_assign(request.user):
        messages.error(request, refusal)
        return None
    pledges = list(queryset)
    form = AssignForm(request.user, request.POST if "_assign" in request.POST else None)
    if form.is_valid():
        person = form.cleaned_data["person"]
        which = "1 pledge is" if len(pledges) == 1 else f"{len(pledges)} pledges are"
        done = f"{which} looked after by {_named(person)} now."
        attempt(request, lambda: _assign(pledges, person, request.user), done)
        return None
    context = {
        **room.admin_site.each_context(request),
        "title": "Assign pledges",
        "opts": room.opts,
        "form": form,
        "pledges": pledges,
        "checkbox": ACTION_CHECKBOX_NAME,
    }
    return TemplateResponse(request, "admin/desk/assign.html", context)


def _may_not_assign(by: Any) -> str:
    try:
        policies.check_can_assign(by, by)
    except RefusedError as refusal:
        return str(refusal)
    return ""


@transaction.atomic
def _assign(pledges: list[Pledge], person: Any, by: Any) -> None:
    for pledge in pledges:
        people.assign(pledge, person, by=by, at=now())


@admin.register(Assignment)
class AssignmentAdmin(Desk):
    """Who looks after which pledge. New ones are made in the list of pledges."""

    nothing = "Nobody looks after a pledge yet."
    list_display = ("pledge", "person")
    list_filter = (("person", admin.RelatedOnlyFieldListFilter), "pledge__document")
    list_select_related = ("pledge", "person")
    search_fields = ("pledge__code", "person__username", "person__first_name")
    actions = ("release",)
    change_list_template = "admin/desk/assignments.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """No: pledges are chosen in their own list, several at once."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No: an assignment ends, and another is made."""
        return False

    @admin.action(description="End these assignments")
    def release(self, request: HttpRequest, queryset: QuerySet[Assignment]) -> None:
        """End that these people look after these pledges."""
        for row in list(queryset.select_related("pledge", "person")):
            done = f"{row.person} no longer looks after {row.pledge}."
            attempt(request, lambda row=row: people.release(row.pledge, row.person, by=request.user, at=now()), done)  # type: ignore[misc]


class ConflictForm(forms.ModelForm):  # type: ignore[type-arg]
    """One's own declaration."""

    pledge = ByNumber(Pledge, "code", help_text="Its code, such as SPC-3.4.")

    class Meta:
        model = Conflict
        fields = ("pledge", "reason")


class Standing(admin.SimpleListFilter):
    """Whether a conflict of interest still stands."""

    title = "standing"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the two answers."""
        return [("yes", "standing"), ("no", "ended")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Conflict]) -> QuerySet[Conflict]:
        """Keep those that stand, or those that were ended."""
        wanted = {"yes": True, "no": False}.get(self.value() or "")
        return queryset if wanted is None else queryset.filter(ended_at__isnull=wanted)


@admin.register(Conflict)
class ConflictAdmin(Desk):
    """Conflicts of interest: everybody declares their own, an administrator ends those of others."""

    nothing = "Nobody has declared a conflict of interest. It is declared on the page of the pledge."
    form = ConflictForm
    list_display = ("pledge", "person", "reason", "declared_at", "ended_at")
    list_filter = (Standing, ("person", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("pledge", "person")
    search_fields = ("pledge__code", "person__username")
    actions = ("end",)
    change_list_template = "admin/desk/conflicts.html"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Ask for pledge and reason; show the rest once it is declared."""
        return ["person", "pledge", "reason", "declared_at", "ended_at"] if obj else ["pledge", "reason"]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Use the declaration's form for a new one."""
        return super().get_form(request, obj, change=change, **({"form": forms.ModelForm} if obj else {}), **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No: a declaration stands as it was made, until it is ended."""
        return False

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Show or declare. A refusal comes back with what was typed."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except REFUSALS as refusal:
            messages.error(request, reason(refusal))
            return self.once_more(request, request.POST.get("pledge", ""))

    def once_more(self, request: HttpRequest, pledge: str) -> HttpResponse:
        """Show the form with the reason that was typed, here or on the page of the pledge, after it was refused."""
        request.typed = {"pledge": pledge, "reason": request.POST.get("reason", "")}  # type: ignore[attr-defined]
        request.method = "GET"
        return self.add_view(request, form_url=reverse("admin:commitments_conflict_add"))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin with what was typed, or with what the address brings."""
        return getattr(request, "typed", None) or super().get_changeform_initial_data(request)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Declare it."""
        declared = people.declare_conflict(obj.pledge, by=request.user, reason=obj.reason, at=now())
        obj.pk, obj.person, obj.declared_at = declared.pk, declared.person, declared.declared_at

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """Lead back to the list."""
        words = f"Declared: you neither write nor approve on {obj.pledge} until an administrator ends it."
        self.message_user(request, words)
        return redirect("admin:commitments_conflict_changelist")

    @admin.action(description="End these conflicts of interest")
    def end(self, request: HttpRequest, queryset: QuerySet[Conflict]) -> None:
        """End them, one by one; nobody ends their own."""
        for row in list(queryset.select_related("pledge", "person")):
            done = f"Ended: {row.person} may write and approve on {row.pledge} again."
            attempt(request, lambda row=row: people.end_conflict(row, by=request.user, at=now()), done)  # type: ignore[misc]
