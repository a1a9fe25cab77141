"""Drafts of status updates as a table. A row begins a draft of one's own, or changes one that is still open."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms.models import modelform_factory

from commitments.admin.base import now
from commitments.admin.drafts.status_form import JUDGEMENT, StatusForm
from commitments.admin.exchange.sheets import Cells, Column, Day, Flag, FormResource, form_data, text_columns
from commitments.editorial import drafts, policies
from commitments.editorial.begun import begun_from, update_to_undo
from commitments.editorial.policies import RefusedError
from commitments.models import DraftState, Pledge, StatusDraft, UpdateKind

#: The fields of the form that have a column.
FIELDS = ("status", "effective_on", "reported_delivered", "search", "summary", "reasoning", "to_reviewer")
#: What a draft is about; it keeps that.
ABOUT = ("pledge", "kind", "corrects")


def _lines(draft: StatusDraft) -> str:
    return "\n".join(sorted(f"{cited.evidence.public_id} {cited.bearing}" for cited in draft.citations.all()))


def _whole(rows: QuerySet[StatusDraft]) -> QuerySet[StatusDraft]:
    found = rows.select_related("pledge__document", "corrects", "author", "search")
    return found.prefetch_related("citations__evidence")


class DraftResource(FormResource):
    """Drafts of status updates, corrections and withdrawals."""

    columns = [
        Column("id", lambda draft: draft.pk),
        Column("pledge", lambda draft: draft.about.code),
        Column("kind"),
        Column("corrects", lambda draft: draft.corrects.public_id if draft.corrects else ""),
        Column("status"),
        Day("effective_on"),
        *text_columns("summary"),
        *text_columns("reasoning"),
        Flag("reported_delivered"),
        Column("search", lambda draft: draft.search_id),
        Column("evidence", _lines),
        Column("to_reviewer"),
        Column("revision"),
        Column("state"),
        Column("author", lambda draft: draft.author.get_username()),
        Column("changed_at"),
    ]
    told = frozenset({"state", "author", "changed_at"})
    needed = frozenset({"id", "pledge", "status", "effective_on", "revision"})
    named = {"citations": "evidence"}

    class Meta(FormResource.Meta):
        model = StatusDraft

    def export(self, queryset: QuerySet[StatusDraft] | None = None, **kwargs: Any) -> Any:
        """Return the table of the drafts."""
        found = StatusDraft.objects.all() if queryset is None else queryset
        return super().export(_whole(found), **kwargs)

    def find(self, number: str) -> StatusDraft | None:
        """Return the draft of this number."""
        known = number.isascii() and number.isdigit() and len(number) < 10
        return _whole(StatusDraft.objects.filter(pk=int(number))).first() if known else None

    def form(self, cells: Cells, instance: StatusDraft, user: Any) -> "forms.ModelForm[Any]":
        """Return the form of the draft."""
        if instance.pk is None:
            _begin(instance, cells)
        else:
            _check_open(instance, user)
        data = form_data(cells, StatusDraft, (*FIELDS, "revision")) | _citations(cells.get("evidence", ""))
        form: forms.ModelForm[Any] = modelform_factory(StatusDraft, form=StatusForm, fields=FIELDS)(
            data, instance=instance
        )
        return form

    def problems(self, form: Any, cells: Cells, user: Any) -> Iterator[tuple[str, str]]:
        """Yield what would be changed of a draft that it keeps, and what a withdrawal has no say in."""
        for name in ABOUT if self.stood else ():
            if cells[name] != self.stood[name]:
                yield name, f"A draft keeps this ({self.stood[name] or 'empty'}): for another, begin a new one."
        if self.stood and cells["revision"] != self.stood["revision"]:
            yield "revision", "The draft was changed since this sheet was exported. Export it again."
        if form.instance.kind == UpdateKind.WITHDRAWAL:
            for name in ("status", "effective_on", "reported_delivered", "search", "evidence"):
                if cells.get(name, "") != self.stood.get(name, ""):
                    yield name, "A withdrawal has no say in this: leave the cell as it was."
        numbers = [line.split()[0].upper() for line in cells.get("evidence", "").splitlines() if line.strip()]
        for number in sorted({number for number in numbers if numbers.count(number) > 1}):
            yield "evidence", f"{number} is there more than once."

    def keep(self, form: Any, cells: Cells, *, new: bool, user: Any) -> None:
        """Begin or change the draft, with what it cites."""
        draft, at = form.save(commit=False), now()
        if new:
            drafts.begin(draft, by=user, at=at)
        else:
            drafts.open_edit(draft, by=user, revision=form.cleaned_data["revision"] or 0, at=at)
            draft.save()
        if "citations" in form.cleaned_data:
            drafts.cite(draft, form.cleaned_data["citations"], by=user, at=at)


def _begin(draft: StatusDraft, cells: Cells) -> None:
    """Let a new draft be about what the row says."""
    code, kind, number = (cells.get(name, "") for name in ABOUT)
    pledge = Pledge.objects.select_related("document").filter(code__iexact=code).first()
    if pledge is None:
        raise ValidationError({"pledge": f"There is no pledge “{code[:20]}”." if code else "Write a pledge's code."})
    if kind not in ("", *UpdateKind.values):
        raise ValidationError({"kind": f"“{kind[:20]}” is none of {', '.join(UpdateKind.values)}."})
    draft.pledge, draft.kind = pledge, kind or UpdateKind.STATUS
    if draft.kind == UpdateKind.STATUS:
        if number:
            raise ValidationError({"corrects": "Only a correction or a withdrawal names an update."})
        return
    if not number:
        raise ValidationError({"corrects": "Write the number of the update that is undone, such as U12."})
    try:
        begun = begun_from(update_to_undo(number, code), UpdateKind(draft.kind))
    except RefusedError as refusal:
        raise ValidationError({"corrects": str(refusal)}) from refusal
    for name in ("corrects", *(name for name in JUDGEMENT if name != "citations")):
        setattr(draft, name, getattr(begun, name))


def _check_open(draft: StatusDraft, user: Any) -> None:
    """Refuse what the form would refuse, and to take a draft out of review unseen."""
    try:
        policies.check_can_edit(user, draft)
    except RefusedError as refusal:
        raise ValidationError(str(refusal)) from refusal
    if draft.state == DraftState.IN_REVIEW:
        raise ValidationError(f"The {draft} is in review: no import takes it out of there. Edit it by hand.")


def _citations(cell: str) -> dict[str, Any]:
    """Return lines such as `E0001 supports` as the form of a draft would be sent."""
    said = [line.strip().partition(" ") for line in cell.splitlines() if line.strip()]
    bearings = {number.upper(): bearing.strip() for number, _, bearing in said}
    return {"citations": list(bearings), **{f"citations-{number}": bearing for number, bearing in bearings.items()}}
