"""The way that every draft form takes: begun from an address, edited by its author alone, saved under its revision.

A save that is refused comes back with the reason and with everything that was typed.
"""

from typing import Any, ClassVar, cast

from django import forms
from django.contrib import messages
from django.db.models import TextField, URLField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html

from commitments.admin.base import REFUSALS, Desk, attempt, now, reason
from commitments.editorial import drafts, policies
from commitments.editorial.policies import RefusedError
from commitments.editorial.readiness import problems
from commitments.models import Draft, DraftState, Pledge, Review, Verdict
from commitments.models.drafts import Content
from commitments.record import published
from commitments.record.reading import InContext, context_of
from commitments.templatetags.comparing import Difference, differences


class DraftForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A draft on the screen, with the revision that it had when it came there."""

    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    #: What a new draft starts from, and why the last try to save was refused: set for each request.
    begun: ClassVar[Content | None] = None
    refusal: ClassVar[str] = ""

    def __init__(self, data: Any = None, files: Any = None, *, instance: Any = None, **kwargs: Any) -> None:
        """Start from `begun` where there is no draft yet."""
        instance = instance or self.begun
        if self.refusal and data is not None and instance.pk:
            # Whoever has read why, and saves once more, means it: the form goes on from what stands now.
            data = data.copy()
            data["revision"] = Draft.objects.get(pk=instance.pk).revision
        super().__init__(data, files, instance=instance, **kwargs)
        self.initial["revision"] = self.instance.revision

    def clean(self) -> Any:
        """Show the refusal beside what was typed."""
        if self.refusal:
            raise forms.ValidationError(self.refusal, code="refused")
        return super().clean()


def pledge_asked_for(request: HttpRequest) -> Pledge:
    """Return the pledge that `?pledge=CODE` names."""
    code = request.GET.get("pledge", "")
    found = published.whole(on=now().date()).filter(code__iexact=code).first()
    if found is None:
        raise RefusedError(f"There is no pledge “{code[:20]}”. Choose one from the list, and propose from its page.")
    return found


def words_of(pledge: Pledge | None) -> list[InContext]:
    """Return a pledge's text in all renditions, to stand beside a form; none where it is about no pledge."""
    whole = published.whole(on=now().date()).filter(pk=pledge.pk).first() if pledge else None
    return context_of(whole) if whole else []


def _returns(draft: Draft) -> list[Review]:
    """Return what reviewers asked for, where the draft waits for it."""
    if draft.state != DraftState.RETURNED:
        return []
    return list(Review.objects.filter(draft=draft.pk, verdict=Verdict.RETURNED).select_related("by"))


def _said(request: HttpRequest, draft: Content | None) -> str:
    """Return why the last try to save was refused, and how to go on; empty where none was."""
    refusal: str = getattr(request, "refusal", "")
    if not refusal or draft is None:
        return refusal
    address = reverse("admin:commitments_draft_review", args=[draft.pk])
    link = format_html('<a href="{}" target="_blank">Look at it as it stands</a>', address)
    again = " If you save again, yours takes its place." if policies.can_edit(request.user, draft) else ""
    return format_html("{} Nothing that you typed is lost. {}.{}", refusal, link, again)


class Drafting(Desk):
    """A kind of draft. Its room says where a new one starts (`start`) and what else stands beside the form (`beside`).

    The add address carries what it is about (`?pledge=CODE`, …), and keeps it when the form is sent.
    """

    form = DraftForm
    exclude = ("revision",)  # the model's own is not for editing: the form's stands in its place
    formfield_overrides = {
        **Desk.formfield_overrides,
        TextField: {"widget": forms.Textarea({"rows": 3})},
        URLField: {"assume_scheme": "https", "widget": forms.URLInput({"class": "vURLField"})},
    }
    change_form_template = "admin/drafting/change_form.html"

    #: The fields in which two versions of a draft are compared, when both were written at once.
    compared: ClassVar[tuple[str, ...]] = ()

    def start(self, request: HttpRequest) -> Content:
        """Return an unsaved draft as the form should first show it; raise RefusedError on a wrong address."""
        raise NotImplementedError

    def links(self, request: HttpRequest) -> dict[str, Any]:
        """Return the rows that a new draft begins linked to, by field: an unsaved row can hold none."""
        return {}

    def beside(self, request: HttpRequest, draft: Any) -> dict[str, Any]:
        """Return what the template shows beside the form."""
        return {}

    # --- who may ---

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only the author; whether the draft is still open is said when saving, so that nothing typed is lost."""
        return super().has_change_permission(request, obj) and (obj is None or obj.author_id == request.user.pk)

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        """Stand in no index: the list of all drafts does."""
        return {}

    # --- pages ---

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Lead to the list of all drafts."""
        subject = self.model.SUBJECT
        return redirect(f"{reverse('admin:commitments_draft_changelist')}?subject__exact={subject}")

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Show or save; who cannot edit is led to where the draft can be read."""
        if elsewhere := self._elsewhere(request, object_id):
            return elsewhere
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except REFUSALS as refusal:
            if request.method != "POST":
                raise
            request.refusal = reason(refusal)  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, extra_context)

    def _elsewhere(self, request: HttpRequest, object_id: str | None) -> HttpResponse | None:
        if object_id is None:
            return self._not_begun(request) if self.has_add_permission(request) else None
        draft = self.get_object(request, object_id) if request.method != "POST" else None
        if draft is None or not self.has_view_permission(request, draft) or policies.can_edit(request.user, draft):
            return None
        return redirect("admin:commitments_draft_review", draft.pk)

    def _not_begun(self, request: HttpRequest) -> HttpResponse | None:
        try:
            draft = self.start(request)
            if request.method != "POST":  # what was typed comes back with the refusal instead
                policies.check_can_propose(request.user, draft.pledge)
        except RefusedError as refusal:
            messages.error(request, str(refusal))
            return redirect("admin:index")
        return None

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Return the form of this request."""
        form = cast(type[DraftForm], super().get_form(request, obj, change=change, **kwargs))
        form.begun = None if obj else self.start(request)
        form.refusal = _said(request, obj)
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Take nothing from the address but what `start` takes."""
        return self.links(request)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Add the draft, its pledge's words, and what the room has beside them."""
        draft = context["adminform"].form.instance
        pledge = draft.pledge
        context |= {"draft": draft, "pledge": pledge, "contexts": words_of(pledge), "returns": _returns(draft)}
        context["subtitle"] = None
        context["title"] = str(draft) if draft.pk else f"Propose a {draft.SUBJECT.label}"
        context["other"] = self._other(request, draft)
        context |= self.beside(request, draft)
        return super().render_change_form(request, context, *args, **kwargs)

    def _other(self, request: HttpRequest, draft: Any) -> list[Difference]:
        """Return where what is stored differs from what was typed, after a save was refused."""
        stored = self.model._default_manager.filter(pk=draft.pk).first() if hasattr(request, "refusal") else None
        return [row for row in differences(draft, stored, self.compared) if row.changed] if stored else []

    # --- saving ---

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save through the desk's actions, which judge who may and which revision was on the screen."""
        if not change:
            drafts.begin(obj, by=request.user, at=now())
            return
        drafts.open_edit(obj, by=request.user, revision=form.cleaned_data["revision"] or 0, at=now())
        obj.save()

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """Go on after a first save."""
        return self._saved(request, obj)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Go on after a later save."""
        return self._saved(request, obj)

    def _saved(self, request: HttpRequest, draft: Draft) -> HttpResponse:
        if "_submit" in request.POST:
            done = "Saved and submitted: another person reads and approves it now."
            if attempt(request, lambda: drafts.submit(draft, by=request.user, at=now()), done):
                return redirect("admin:commitments_draft_review", draft.pk)
        else:
            self._say_what_is_missing(request, draft)
        return redirect(f"admin:commitments_{self.opts.model_name}_change", draft.pk)

    def _say_what_is_missing(self, request: HttpRequest, draft: Draft) -> None:
        missing = problems(Draft.objects.get(pk=draft.pk), on=now().date())
        messages.success(request, "Saved." if missing else "Saved. It is ready to be submitted.")
        for problem in missing:
            messages.warning(request, f"Before it can be submitted: {problem}")
