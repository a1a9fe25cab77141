"""The right of reply: statements that a responsible side wants printed beside a pledge, and drafts of them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from commitments.admin.base import ReadOnly
from commitments.admin.columns import published_at
from commitments.admin.drafts.drafting import DraftForm, Drafting, pledge_asked_for
from commitments.admin.fields import LANGUAGE_TAG, texts
from commitments.editorial.policies import RefusedError
from commitments.models import Pledge, Reply, ReplyDraft
from commitments.models.drafts import Content

SAYS = ("side", "speaker", "language", "text", "source_url", "received")


class ReplyForm(DraftForm):
    """A statement and whose it is."""

    language = forms.RegexField(
        LANGUAGE_TAG,
        help_text="In which it was made: en, zh-Hans, es, pt-BR, fr …",
        error_messages={"invalid": "Write a language tag such as en, zh-Hans or pt-BR."},
    )


@admin.register(ReplyDraft)
class ReplyDraftAdmin(Drafting):
    """A reply proposed. `&replaces=R12` begins from the published one that it would replace."""

    form = ReplyForm
    compared = (*SAYS, "stated_on")
    fieldsets = (
        (None, {"fields": ("revision", "side", "speaker", "stated_on", "language", "text")}),
        ("How it reached us", {"fields": ("source_url", "received"), "description": "At least one of the two."}),
        ("Note", {"fields": ("to_reviewer",)}),
    )

    def start(self, request: HttpRequest) -> Content:
        """Return an empty reply on the pledge, or what the one to be replaced says."""
        pledge = pledge_asked_for(request)
        replaces = _replaced(request, pledge)
        says = {name: getattr(replaces, name) for name in SAYS} if replaces else {}
        return ReplyDraft(pledge=pledge, replaces=replaces, **says)


def _replaced(request: HttpRequest, pledge: Pledge) -> Reply | None:
    number = request.GET.get("replaces", "")
    if not number:
        return None
    found = next((reply for reply in Reply.objects.filter(pledge=pledge) if reply.public_id == number), None)
    if found is None:
        raise RefusedError(f"There is no reply {number[:12]} beside {pledge}.")
    return found


@admin.register(Reply)
class ReplyAdmin(ReadOnly):
    """Published replies."""

    nothing = "No side has replied yet. A reply is proposed on the page of a pledge."
    list_display = ("public_id", "pledge", "side", "speaker", "stated_on", "replaced_by", published_at)
    list_filter = ("side", "language", "pledge__document")
    list_select_related = ("pledge", "replaced_by")
    search_fields = ("pledge__code", "speaker")
    fields = (
        "pledge",
        "side",
        "speaker",
        "stated_on",
        "language",
        texts("text"),
        "source_url",
        "received",
        "replaces",
        "author",
        "approver",
        published_at,
    )
    readonly_fields = fields
    change_form_template = "admin/published/reply.html"

    @admin.display(description="replaced by")
    def replaced_by(self, reply: Any) -> str:
        """Return the reply that stands in its place."""
        return str(getattr(reply, "replaced_by", "") or "")
