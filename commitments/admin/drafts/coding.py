"""Codings proposed: a new version of how a pledge is read, beginning from the newest published one."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from commitments.admin.drafts.drafting import DraftForm, Drafting, pledge_asked_for
from commitments.admin.fields import TermsField, defined
from commitments.admin.second.differences import blinded
from commitments.admin.widgets import TextMapField
from commitments.editorial.policies import RefusedError
from commitments.editorial.publish import brings
from commitments.editorial.readiness import latest_coding
from commitments.models import Actor, Adjudication, Axis, Coding, CodingDraft, Pledge, Right, Theme, Trackability
from commitments.models.drafts import Content

#: What a draft takes over from the coding, or the draft, that it starts from.
SAYS = ("title", "trackability", "reason", "test", "due_on", "recurrence", "note")


class CodingForm(DraftForm):
    """How the words are read."""

    trackability = forms.ChoiceField(choices=defined(Trackability), widget=forms.RadioSelect)
    reason = TextMapField(rows=2, required=False, help_text="Why these words are trackable so, in one line.")
    title = TextMapField(rows=2, required=False)
    test = TextMapField(
        rows=2,
        required=False,
        help_text="What would have to be seen for it to count as delivered, in one sentence. Each pledge has its own.",
    )
    note = TextMapField(rows=2, required=False, help_text="The coder's note. Public.")
    actors = TermsField(Actor, help_text="Who promises: those who speak in the text, not those who will carry it out.")
    addressees = TermsField(Actor, help_text="To whom, where the text says it.")
    themes = TermsField(Theme)
    rights = TermsField(Right, help_text="Human rights that the words touch.")


@admin.register(CodingDraft)
class CodingDraftAdmin(Drafting):
    """A coding proposed. `&like=ID` takes over a draft of one's own, `&settled=ID` what an adjudication found."""

    form = CodingForm
    change_form_template = "admin/coding/change_form.html"
    compared = SAYS
    fieldsets = (
        (None, {"fields": ("revision", "trackability", "reason", "title", "test")}),
        ("Who, and what about", {"fields": ("actors", "addressees", "themes", "rights")}),
        ("When", {"fields": ("due_on", "recurrence")}),
        ("Notes", {"fields": ("note", "to_reviewer")}),
    )

    def start(self, request: HttpRequest) -> Content:
        """Return a draft that says what the newest coding says, or what a draft of one's own did."""
        pledge = pledge_asked_for(request)
        source = _source(request, pledge)
        draft = CodingDraft(
            pledge=pledge, base=latest_coding(pledge), **{name: getattr(source, name) for name in SAYS}
        )
        if settled := _settled(request, pledge):
            # The reason is the author's to write: who settled the difference may be the one who approves.
            draft.trackability, draft.reason = settled.value, {}
            draft.to_reviewer = f"The second coding of {settled.blind_coding.judged} was settled: {settled.why}"
        return draft

    def links(self, request: HttpRequest) -> dict[str, Any]:
        """Return the terms of what it starts from."""
        source = _source(request, pledge_asked_for(request))
        return {name: list(getattr(source, name).all()) for name in Coding.sealed_links}

    def beside(self, request: HttpRequest, draft: Any) -> dict[str, Any]:
        """Return the version it follows, whether that is still the newest, and what a change of it would bring."""
        declaratory = draft.base.trackability == Trackability.DECLARATORY
        other = Trackability.VERIFIABLE if declaratory else Trackability.DECLARATORY
        return {
            "base": draft.base,
            "newest": latest_coding(draft.pledge),
            "declaratory": declaratory,
            "brings": brings(draft.base, other),
        }


def _asked_for(request: HttpRequest, name: str) -> int | None:
    """Return the number that a parameter of the address holds, if it holds one."""
    value = request.GET.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None


def _source(request: HttpRequest, pledge: Pledge) -> Coding | CodingDraft:
    if number := _asked_for(request, "like"):
        # One's own only: whoever approved a copy of their own words would publish what they wrote.
        draft = CodingDraft.objects.filter(pledge=pledge, pk=number, author=request.user.pk).first()
        if draft is None:
            raise RefusedError(f"You have no coding draft {number} on {pledge}.")
        return draft
    return latest_coding(pledge)


def _settled(request: HttpRequest, pledge: Pledge) -> Adjudication | None:
    number = _asked_for(request, "settled")
    found = Adjudication.objects.filter(blind_coding__pledge=pledge, blind_coding__axis=Axis.TRACKABILITY)
    if blinded(request.user):
        found = found.filter(blind_coding__by=request.user.pk)
    return found.filter(pk=number).first() if number else None
