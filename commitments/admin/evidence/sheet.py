"""Evidence as a table: every column is a field of the form, and what an item bears on is one line for each pledge."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms.models import modelform_factory
from django.utils.html import format_html

from commitments.admin.base import now
from commitments.admin.evidence import bearing_lines
from commitments.admin.evidence.form import EvidenceForm, linked
from commitments.admin.exchange.sheets import Cells, Column, Day, Flag, FormResource, form_data, text_columns
from commitments.clock import today
from commitments.editorial import evidence
from commitments.editorial.policies import RefusedError
from commitments.models import Evidence, Pledge, Target

#: The fields of the form that have a column. A file is uploaded by hand.
FIELDS = (
    *("source_url", "title", "publisher", "publisher_kind", "side", "record", "origin", "countries", "language"),
    *("published_on", "event_on", "event_precision", "accessed_on", "fact", "excerpt_only", "confidence", "targets"),
)


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in cell.replace(",", ";").split(";") if part.strip()]


class RowForm(EvidenceForm):
    """The form of the desk, which says of a row by what it is doubled."""

    #: The numbers of items that this import has made, each with its row.
    made: ClassVar[dict[str, int]] = {}

    def _already(self, field: str, what: str, items: list[Evidence]) -> None:
        if not items:
            return
        rows = [f"row {self.made[item.public_id]}" for item in items if item.public_id in self.made]
        words = format_html("{} is recorded already: {}.", what, ", ".join(rows) if rows else linked(items))
        again = "Another fact from the same source is a new item: if this is one, write yes in the column “again”."
        self.add_error(field, format_html("{} {}", words, again))


class EvidenceResource(FormResource):
    """Items of evidence."""

    columns = [
        Column("id", lambda item: item.public_id),
        *map(Column, ("source_url", "title", "publisher", "publisher_kind", "side", "record", "origin")),
        Column("countries", lambda item: "; ".join(item.countries)),
        Column("language"),
        *map(Day, ("published_on", "event_on")),
        Column("event_precision"),
        Day("accessed_on"),
        *text_columns("fact"),
        Flag("excerpt_only"),
        Column("confidence"),
        Column("targets", lambda item: "; ".join(sorted(target.code for target in item.targets.all()))),
        Column("bearings", bearing_lines.written),
        Flag("again", lambda item: False),
        Column("file", lambda item: item.file_name),
        Column("public_at"),
    ]
    told = frozenset({"file", "public_at"})
    needed = frozenset({"id"})

    class Meta(FormResource.Meta):
        model = Evidence

    def __init__(self, **kwargs: Any) -> None:
        """Begin with no row kept."""
        super().__init__(**kwargs)
        self.made: dict[str, int] = {}
        form: Any = modelform_factory(Evidence, form=RowForm, fields=FIELDS)
        form.today, form.made = today(), self.made
        self._row_form = form
        self._targets = dict(Target.objects.values_list("code", "pk"))
        self._pledges = {pledge.code: pledge for pledge in Pledge.objects.select_related("document")}

    def export(self, queryset: QuerySet[Evidence] | None = None, **kwargs: Any) -> Any:
        """Return the table of the items, in few queries."""
        found = Evidence.objects.all() if queryset is None else queryset
        return super().export(found.prefetch_related("targets", "attachments__pledge"), **kwargs)

    def find(self, number: str) -> Evidence | None:
        """Return the item of this number."""
        return Evidence.objects.filter(public_id=number.upper()).first()

    def form(self, cells: Cells, instance: Evidence, user: Any) -> "forms.ModelForm[Any]":
        """Return the form of an item; of one that readers see an empty one: there only what it bears on may change."""
        if instance.pk and not evidence.can_change(user, instance):
            self._refuse_other_changes(cells, instance, user)
            return modelform_factory(Evidence, fields=())({}, instance=instance)
        data = form_data(cells, Evidence, FIELDS)
        data["countries"] = ", ".join(_parts(data["countries"]))
        data["event_precision"] = data["event_precision"] or "day"
        data["targets"] = [self._targets[code] for code in _parts(data["targets"]) if code in self._targets]
        data["again"] = cells.get("again", "")
        form: forms.ModelForm[Any] = self._row_form(data, instance=instance)
        return form

    def _refuse_other_changes(self, cells: Cells, item: Evidence, user: Any) -> None:
        stands, _ = self._cleaned(self.stands(item))
        if any(stands[name] != cell for name, cell in cells.items() if name not in ("bearings", "again")):
            try:
                evidence.check_can_change(user, item)
            except RefusedError as refusal:
                raise ValidationError(str(refusal)) from refusal

    def problems(self, form: Any, cells: Cells, user: Any) -> Iterator[tuple[str, str]]:
        """Yield the announced numbers that are unknown, and what is wrong with the lines."""
        if unknown := [code for code in _parts(cells.get("targets", "")) if code not in self._targets]:
            known = ", ".join(sorted(self._targets))
            yield "targets", f"There is no announced number {', '.join(unknown)}. Known are: {known}."
        try:
            said = self._lines(cells)
        except ValidationError as error:
            yield from (("bearings", text) for text in error.messages)
            return
        for act in bearing_lines.acts(form.instance, said):
            try:
                act.check(user)
            except RefusedError as refusal:
                yield "bearings", str(refusal)

    def _lines(self, cells: Cells) -> list[bearing_lines.Line]:
        return bearing_lines.read(cells.get("bearings", ""), self._pledges)

    def keep(self, form: Any, cells: Cells, *, new: bool, user: Any) -> None:
        """Record or mend the item, and lay it beside the pledges."""
        item, at = form.save(commit=False), now()
        if new:
            evidence.record(item, by=user, at=at)
            self.made[item.public_id] = self.line
        elif set(form.changed_data) - {"again"}:
            evidence.open_edit(item, by=user, at=at)
            item.save()
        form.save_m2m()
        for act in bearing_lines.acts(item, self._lines(cells)):
            act.do(user, at)
