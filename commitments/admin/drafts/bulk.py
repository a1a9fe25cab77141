"""Several drafts at once, by the actions and rules for one: each in its own transaction, each refusal said."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.template.response import TemplateResponse

from commitments.admin.base import REFUSALS, now, reason
from commitments.admin.drafts.review import review
from commitments.clock import today
from commitments.editorial import drafts, policies
from commitments.models import Draft

#: More at once nobody reads with care.
MOST = 20


def _each(request: HttpRequest, found: QuerySet[Draft], action: Callable[[Draft], Any], done: str) -> None:
    """Do the action with every draft by itself; say of how many it was done, and of each other why not."""
    count = 0
    for draft in found.order_by("pk"):
        try:
            action(draft)
            count += 1
        except REFUSALS as refusal:
            messages.error(request, f"{draft}: {reason(refusal)}")
    if count:
        messages.success(request, f"{_drafts(count)} {done}.")


def _drafts(count: int) -> str:
    return f"{count} draft{'' if count == 1 else 's'}"


@admin.action(description="Submit mine for review", permissions=["propose"])
def submit(room: Any, request: HttpRequest, found: QuerySet[Draft]) -> None:
    """Submit the chosen drafts."""
    _each(request, found, lambda draft: drafts.submit(draft, by=request.user, at=now()), "submitted")


@admin.action(description="Withdraw", permissions=["propose"])
def withdraw(room: Any, request: HttpRequest, found: QuerySet[Draft]) -> None:
    """Withdraw the chosen drafts."""
    _each(request, found, lambda draft: drafts.withdraw(draft, by=request.user, at=now()), "withdrawn")


@admin.action(description="Return with one comment …", permissions=["approve"])
def return_(room: Any, request: HttpRequest, found: QuerySet[Draft]) -> TemplateResponse | None:
    """Ask for the comment, then return the chosen drafts with it."""
    text = request.POST.get("text", "")
    if "confirmed" not in request.POST or not text.strip():
        asked = "Say what has to change." if "confirmed" in request.POST else ""
        return _page(room, request, "admin/review/bulk_return.html", found, action="return_", problem=asked)
    done = "returned"
    _each(request, found, lambda draft: drafts.return_(draft, by=request.user, text=text, at=now()), done)
    return None


@admin.action(description="Approve and publish …", permissions=["approve"])
def approve(room: Any, request: HttpRequest, found: QuerySet[Draft]) -> TemplateResponse | None:
    """Show every chosen draft in full; then approve those that still are what was shown."""
    if "confirmed" in request.POST:
        shown = {draft.pk: request.POST.get(f"read-{draft.pk}", "") for draft in found}
        _each(
            request,
            found,
            lambda draft: drafts.approve(draft, by=request.user, read=shown[draft.pk], at=now()),
            "approved and published",
        )
        return None
    if found.count() > MOST:
        messages.error(request, f"Choose {MOST} drafts at most: each is shown in full, to be read.")
        return None
    return _page(room, request, "admin/review/bulk_approve.html", found, action="approve")


def _page(room: Any, request: HttpRequest, template: str, found: QuerySet[Draft], **more: Any) -> TemplateResponse:
    chosen = list(found.order_by("pk"))
    context = {
        **room.admin_site.each_context(request),
        "title": f"{'Approve' if more['action'] == 'approve' else 'Return'} {_drafts(len(chosen))}",
        "opts": room.opts,
        "chosen": chosen,
        "box": ACTION_CHECKBOX_NAME,
        "typed": request.POST.get("text", ""),
        **more,
    }
    if more["action"] == "approve":
        able = [draft for draft in chosen if policies.can_approve(request.user, draft)]
        context["shown"] = [_in_full(draft, request) for draft in able]
        context["refused"] = [
            (draft, policies.why_not(policies.check_can_approve, request.user, draft))
            for draft in chosen
            if draft not in able
        ]
    return TemplateResponse(request, template, context)


def _in_full(draft: Draft, request: HttpRequest) -> dict[str, Any]:
    """Return a draft as its own review page shows it, with the fingerprint of what is shown."""
    context = review(draft, by=request.user, on=today())
    return {"draft": draft, "read": context["read"], "page": render_to_string("admin/review/in_full.html", context)}
