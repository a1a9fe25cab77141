"""Decisions as they are made at the desk: one on its own page, several from the list, all with a reason."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse

from commitments.admin.base import REFUSALS, now, reason
from commitments.admin.digests.discreet import to
from commitments.digests import decisions
from commitments.models import Dispatch, Ruling

#: More at once nobody decides with care; and so many refusals are said one by one.
MOST, SAID = 200, 10

#: What can be decided → how it is done.
DECIDE: dict[str, Callable[..., Any]] = {
    Ruling.SEND_AGAIN: decisions.send_again,
    Ruling.COUNT_AS_SENT: decisions.count_as_sent,
}
DONE = {Ruling.SEND_AGAIN: "will be sent again", Ruling.COUNT_AS_SENT: "counted as sent"}


class WhyForm(forms.Form):
    """A reason."""

    why = forms.CharField(
        label="Why",
        max_length=decisions.LONGEST,
        widget=forms.Textarea({"rows": 3}),
        help_text="Kept for good, in the audit trail. Name no address.",
    )


def _several(room: Any, request: HttpRequest, found: QuerySet[Dispatch], ruling: Ruling) -> TemplateResponse | None:
    """Ask for the reason; then decide about each message by itself, by the rules for one."""
    if found.count() > MOST:
        messages.error(request, f"Choose {MOST} messages at most, so that the reason is true of each.")
        return None
    form = WhyForm(request.POST if "confirmed" in request.POST else None)
    if not form.is_valid():
        return _asked(room, request, found, ruling, form)
    refused = []
    chosen = list(found.order_by("pk"))
    for dispatch in chosen:
        try:
            DECIDE[ruling](dispatch, by=request.user, why=form.cleaned_data["why"], at=now())
        except REFUSALS as refusal:
            refused.append(reason(refusal))
    _say(request, len(chosen) - len(refused), refused, DONE[ruling])
    return None


def _say(request: HttpRequest, count: int, refused: list[str], done: str) -> None:
    for words in refused[:SAID]:
        messages.error(request, words)
    if len(refused) > SAID:
        messages.error(request, f"{len(refused) - SAID} more were refused, too.")
    if count:
        messages.success(request, f"{count} message{'' if count == 1 else 's'} {done}.")


def _asked(
    room: Any, request: HttpRequest, found: QuerySet[Dispatch], ruling: Ruling, form: WhyForm
) -> TemplateResponse:
    context = {
        **room.admin_site.each_context(request),
        "title": ruling.label.capitalize(),
        "opts": room.opts,
        "chosen": [(dispatch, to(dispatch.subscription)) for dispatch in found.order_by("pk")],
        "box": ACTION_CHECKBOX_NAME,
        "action": ruling.value,
        "again": ruling == Ruling.SEND_AGAIN,
        "form": form,
    }
    return TemplateResponse(request, "admin/digests/several.html", context)


@admin.action(description="Send again …", permissions=["decide"])
def send_again(room: Any, request: HttpRequest, found: QuerySet[Dispatch]) -> TemplateResponse | None:
    """Send the chosen messages again."""
    return _several(room, request, found, Ruling.SEND_AGAIN)


@admin.action(description="Count as sent …", permissions=["decide"])
def count_as_sent(room: Any, request: HttpRequest, found: QuerySet[Dispatch]) -> TemplateResponse | None:
    """Let the chosen messages stand as sent."""
    return _several(room, request, found, Ruling.COUNT_AS_SENT)
