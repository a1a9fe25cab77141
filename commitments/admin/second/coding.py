"""The second coding: a judgement drawn at random, coded again by somebody who is not shown the first code."""

import hashlib
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from commitments.admin.base import attempt, now
from commitments.admin.fields import defined
from commitments.admin.site import DeskSite
from commitments.editorial import policies
from commitments.editorial.coding import VALUES, code_blind
from commitments.models import Axis, BlindCoding, Coding, StatusUpdate
from commitments.record import blind

Judged = Coding | StatusUpdate


class SecondForm(forms.Form):
    """A second code. `drawn` says, sealed by us, what was drawn for whom: nobody codes what they choose."""

    drawn = forms.CharField(widget=forms.HiddenInput)
    why = forms.CharField(
        widget=forms.Textarea({"rows": 4}), help_text="In a sentence or two: by this a difference is settled."
    )

    def __init__(self, axis: str, *args: Any, **kwargs: Any) -> None:
        """Offer the values of the axis."""
        super().__init__(*args, **kwargs)
        choices = defined(VALUES[axis])
        self.fields["value"] = forms.ChoiceField(choices=choices, widget=forms.RadioSelect, label=axis.capitalize())
        self.order_fields(["drawn", "value", "why"])


def _order(by: Any, axis: str, pk: int) -> str:
    """Return where a judgement stands in somebody's own shuffled order, the same at every call."""
    return hashlib.sha256(f"{by.pk}/{axis}/{pk}".encode()).hexdigest()


def draw(by: Any, axis: str, *, skipped: list[int]) -> Judged | None:
    """Return the next judgement for somebody to code: at random, but first those that nobody has coded again.

    Who settles differences sees the codes of others, and is drawn none that has any.
    """
    standing: Any = blind.current(axis, on=now().date())
    rows = standing.annotate(seconds=Count("blind_codings")).exclude(blind_codings__by=by)
    if by.has_perm("commitments.settle_blindcoding"):
        rows = rows.filter(seconds=0)
    shuffled = sorted(rows.exclude(pk__in=skipped), key=lambda row: (row.seconds > 0, _order(by, axis, row.pk)))
    return next((row for row in shuffled if policies.can_code_blind(by, row)), None)


def _seal(by: Any, axis: str, first: Judged) -> str:
    return signing.dumps([by.pk, axis, first.pk], salt="second-coding")


def _unseal(by: Any, axis: str, drawn: str) -> Judged | None:
    """Return the judgement that was drawn for this person, None where the seal is not ours or not theirs."""
    try:
        person, on_axis, pk = signing.loads(drawn, salt="second-coding")
    except signing.BadSignature:
        return None
    if (person, on_axis) != (by.pk, axis):
        return None
    model = Coding if axis == Axis.TRACKABILITY else StatusUpdate
    found: Judged | None = model._default_manager.select_related("pledge").filter(pk=pk).first()
    return found


def _skipped(request: HttpRequest, axis: str) -> list[int]:
    found: list[int] = request.session.get("skipped", {}).get(axis, [])
    return found


def _remember(request: HttpRequest, axis: str, skipped: list[int]) -> None:
    request.session["skipped"] = {**request.session.get("skipped", {}), axis: skipped}


def second_coding(request: HttpRequest) -> HttpResponse:
    """Choose an axis; then code what is drawn, or skip it."""
    if not request.user.has_perm("commitments.add_blindcoding"):
        raise PermissionDenied
    axis = request.GET.get("axis", "")
    if axis not in Axis.values:
        return _page(request, "admin/second/axes.html", {"axes": _axes(request.user)})
    return _answered(request, axis) if request.method == "POST" else _asked(request, axis)


def _axes(by: Any) -> list[dict[str, Any]]:
    done = dict(BlindCoding.objects.filter(by=by).order_by().values_list("axis").annotate(Count("pk")))
    return [{"axis": axis, "done": done.get(axis.value, 0)} for axis in Axis]


def _asked(request: HttpRequest, axis: str) -> HttpResponse:
    skipped = _skipped(request, axis)
    first = draw(request.user, axis, skipped=skipped)
    form = SecondForm(axis, initial={"drawn": _seal(request.user, axis, first)}) if first else None
    return _shown(request, axis, first, form)


def _answered(request: HttpRequest, axis: str) -> HttpResponse:
    again = redirect(f"{reverse('admin:second_coding')}?axis={axis}")
    if "_again" in request.POST:
        _remember(request, axis, [])
        return again
    form = SecondForm(axis, request.POST)
    first = _unseal(request.user, axis, form.data.get("drawn", ""))
    if first is None:
        messages.error(request, "This was not drawn for you. Nothing was recorded; here is what is.")
        return again
    if "_skip" in request.POST:
        _remember(request, axis, [*_skipped(request, axis), first.pk])
        return again
    if form.is_valid() and attempt(request, lambda: _record(request, first, form)):
        done = BlindCoding.objects.filter(by=request.user.pk, axis=axis).count()
        messages.success(request, f"Recorded. You have coded {done} on {axis}.")
        return again
    return _shown(request, axis, first, form)


def _record(request: HttpRequest, first: Judged, form: SecondForm) -> None:
    said = form.cleaned_data
    code_blind(first, by=request.user, value=said["value"], why=said["why"], at=now())


def _shown(request: HttpRequest, axis: str, first: Judged | None, form: SecondForm | None) -> HttpResponse:
    context = {
        "axis": Axis(axis),
        "form": form,
        "grounds": blind.grounds(first, on=now().date()) if first else None,
        "skipped": len(_skipped(request, axis)),
        "done": BlindCoding.objects.filter(by=request.user.pk, axis=axis).count(),
    }
    return _page(request, "admin/second/code.html", context)


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    shell = {**admin.site.each_context(request), "title": "Second coding"}
    return TemplateResponse(request, template, {**shell, **context}, headers={"Cache-Control": "no-store"})


DeskSite.pages["second-coding"] = second_coding
