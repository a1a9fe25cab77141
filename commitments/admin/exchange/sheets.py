"""Spreadsheets in and out, by django-import-export: a row goes through the same form as an entry by hand.

A file is first tried as a whole and rolled back; every bad cell is named. Nothing is kept unless all of it is good.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar, cast

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models, transaction
from django.utils.html import format_html
from import_export import fields, resources
from openpyxl.utils import get_column_letter
from tablib import Dataset

from commitments.admin.base import REFUSALS, reason
from commitments.admin.exchange.formats import plain
from commitments.cells import guarded, unguarded
from commitments.models.base import LANGUAGES, TextMap

Cells = dict[str, str]

_YES, _NO = {"yes", "true", "1", "x"}, {"", "no", "false", "0"}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _text(cell: str) -> str:
    return unguarded(plain(cell)).strip()


class Column(fields.Field):
    """One column: its name, and how its cell is read off a row of the database."""

    def __init__(self, name: str, read: Callable[[Any], Any] | None = None) -> None:
        """Take the header, and the reader where it is not the field of this name."""
        super().__init__(column_name=name, readonly=True)
        self.read = read or (lambda row: getattr(row, name))

    def export(self, instance: Any, **kwargs: Any) -> str:
        """Return the cell, safe for spreadsheet programs."""
        return guarded(plain(self.read(instance))) if instance.pk else ""

    def clean_cell(self, cell: str) -> str:
        """Return what the form is sent; raise ValidationError where the cell is no such thing."""
        return cell


class Day(Column):
    """A day. Written any other way it would mean one day here and another there."""

    def clean_cell(self, cell: str) -> str:
        """Return a day of ISO 8601."""
        if cell and not _DAY.fullmatch(cell):
            raise ValidationError(f"“{cell[:20]}” is no day written as 2026-01-31.")
        return cell


class Flag(Column):
    """Something that is so, or is not."""

    def export(self, instance: Any, **kwargs: Any) -> str:
        """Return yes, or an empty cell."""
        return "yes" if instance.pk and self.read(instance) else ""

    def clean_cell(self, cell: str) -> str:
        """Return what a ticked box sends."""
        if cell.casefold() not in _YES | _NO:
            raise ValidationError(f"“{cell[:20]}” is neither yes nor no: write yes, or leave the cell empty.")
        return "true" if cell.casefold() in _YES else ""


def text_columns(name: str) -> list[Column]:
    """Return a column for every language of a text: `fact_en`, `fact_zh-hans` and so on."""

    def read(language: str) -> Callable[[Any], Any]:
        return lambda row: getattr(row, name).get(language, "")

    return [Column(f"{name}_{language}", read(language)) for language in LANGUAGES]


class Difference:
    """What an import would change, cell by cell, in HTML without inline styles."""

    def __init__(self, resource: "FormResource", instance: Any, new: bool) -> None:
        """Read the row as it is."""
        self._before = [] if new else resource.cells(instance)

    def compare_with(self, resource: "FormResource", instance: Any) -> None:
        """Read the row as it would be; one that is left alone need not be read again."""
        self._after = self._before if resource.left_alone and self._before else resource.cells(instance)

    def as_html(self) -> list[str]:
        """Return every cell; of a row that is changed with what is taken out and what is put in."""
        before = self._before or self._after  # a new row is new as a whole
        return [
            format_html("{}", new) if old == new else format_html("{}{}", _marked("del", old), _marked("ins", new))
            for old, new in zip(before, self._after, strict=True)
        ]


def _marked(tag: str, text: str) -> str:
    return format_html(f"<{tag}>{{}}</{tag}> ", text) if text else ""


class FormResource(resources.ModelResource):
    """Rows that go through a form of the desk. Subclasses name the columns, and how a row is kept."""

    #: In the order of the sheet. The first is the row's public number, empty for a new one.
    columns: ClassVar[list[Column]]
    #: Columns that an import reads past: they say what the desk itself keeps.
    told: ClassVar[frozenset[str]] = frozenset()
    #: Columns without which a row means nothing.
    needed: ClassVar[frozenset[str]]
    #: Fields of the form whose column has another name.
    named: ClassVar[dict[str, str]] = {}

    class Meta:
        report_skipped = True
        skip_unchanged = True

    def __init__(self, **kwargs: Any) -> None:
        """Take the columns as the fields of the sheet."""
        super().__init__(**kwargs)
        self.fields = {each.column_name: each for each in self.columns}
        self._headers: list[str] = []
        self.line, self.left_alone = 0, False
        #: What stands of the row that is being imported, as cells; nothing of a new one.
        self.stood: Cells = {}

    # --- what a subclass says ---------------------------------------------------------------

    def find(self, number: str) -> models.Model | None:
        """Return the row of this public number."""
        raise NotImplementedError

    def form(self, cells: Cells, instance: Any, user: Any) -> "forms.ModelForm[Any]":
        """Return the form of the desk, filled from the cells; ValidationError where the row is nothing for a form."""
        raise NotImplementedError

    def problems(self, form: Any, cells: Cells, user: Any) -> Iterator[tuple[str, str]]:
        """Yield (column, what is wrong) where the form cannot say it. Asked once the form was."""
        yield from ()

    def keep(self, form: Any, cells: Cells, *, new: bool, user: Any) -> None:
        """Keep a valid row, through the desk's own action."""
        raise NotImplementedError

    # --- the sheet --------------------------------------------------------------------------

    def get_import_fields(self) -> list[Column]:
        """Return the columns that an import reads."""
        return [each for each in self.columns if each.column_name not in self.told]

    def get_export_order(self) -> list[str]:
        """Return the columns in the order of the sheet."""
        return [each.column_name for each in self.columns]

    def get_diff_class(self) -> type[Difference]:
        """Return how changes are shown."""
        return Difference

    def _check_import_id_fields(self, headers: list[str]) -> None:
        """Leave it to `before_import`, which names every header that is wrong."""

    def cells(self, instance: Any) -> list[str]:
        """Return the row as an import reads it."""
        return [each.export(instance) for each in self.get_import_fields()]

    def before_import(self, dataset: Dataset, **kwargs: Any) -> None:
        """Refuse a sheet whose headers are wrong, and say which; its rows then mean nothing, and none is tried."""
        self._headers = list(dataset.headers)
        if wrong := list(self._wrong_headers()):
            dataset.wipe()
            raise ValidationError(wrong)

    def _wrong_headers(self) -> Iterator[str]:
        known = ", ".join(self.get_export_order())
        for name in sorted(set(self._headers) - set(self.fields)):
            yield f"There is no column “{name}”. Known are: {known}." if name else "A column has no name."
        for name in sorted({name for name in self._headers if self._headers.count(name) > 1}):
            yield f"The column “{name}” is there more than once."
        for name in sorted(self.needed - set(self._headers)):
            yield f"The column “{name}” is missing."

    # --- the way of a row -------------------------------------------------------------------

    def get_instance(self, instance_loader: Any, row: dict[str, Any]) -> models.Model | None:
        """Return the row that a number names; None for a row without a number."""
        first = self.columns[0].column_name
        number = _text(row.get(first, ""))
        if not number:
            return None
        found = self.find(number)
        if found is None:
            raise ValidationError({first: f"There is no {number[:20]}. Leave the cell empty for a new row."})
        return found

    def import_row(self, row: dict[str, Any], instance_loader: Any, **kwargs: Any) -> Any:
        """Import one row, and name the cells of its errors."""
        self.line = kwargs["row_number"] + 1  # the first row names the columns
        result = super().import_row(row, instance_loader, **kwargs)
        if result.validation_error:
            result.validation_error = self._at_cells(result.validation_error)
        return result

    def _at_cells(self, error: ValidationError) -> ValidationError:
        found = error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
        named: dict[str, list[str]] = {}
        for name, messages in found.items():
            named.setdefault(self._cell(name), []).extend(messages)
        return ValidationError(named)

    def _cell(self, name: str) -> str:
        if name not in self._headers:
            return f"row {self.line}"
        return f"{get_column_letter(self._headers.index(name) + 1)}{self.line} ({name})"

    def import_instance(self, instance: Any, row: dict[str, Any], **kwargs: Any) -> None:
        """Fill the form from the cells; leave a row alone that is empty or says what stands already."""
        user, number = kwargs["user"], self.columns[0].column_name
        cells = {each.column_name: _text(row.get(each.column_name, "")) for each in self.get_import_fields()}
        cells = {name: cell for name, cell in cells.items() if name in row}
        empty = not any(cells.values())
        self.stood = self.stands(instance) if instance.pk else {}
        cells[number] = self.stood.get(number, "")  # as it is spelled here
        self.left_alone = empty or self.stood | cells == self.stood
        if self.left_alone:
            return
        self._cells, wrong = self._cleaned(self.stood | cells)
        self._form, malformed = self.form(self._cells, instance, user), set(wrong)
        for name, message in [*self._errors(self._form), *self.problems(self._form, self._cells, user)]:
            if name not in malformed:
                wrong.setdefault(name, []).append(message)
        if wrong:
            raise ValidationError(wrong)

    def _cleaned(self, cells: Cells) -> tuple[Cells, dict[str, list[str]]]:
        """Return the cells as the form takes them, and what is wrong with those that are empty for that."""
        clean, wrong = dict(cells), {}
        for name, cell in cells.items():
            try:
                clean[name] = self.fields[name].clean_cell(cell)
            except ValidationError as error:
                clean[name], wrong[name] = "", error.messages
        return clean, wrong

    def stands(self, instance: Any) -> Cells:
        """Return what stands; a column that a sheet leaves out stays so."""
        return {each.column_name: _text(each.export(instance)) for each in self.get_import_fields()}

    def _errors(self, form: "forms.ModelForm[Any]") -> Iterator[tuple[str, str]]:
        for field, messages in form.errors.items():
            name = self.named.get(field, field)
            name = f"{name}_{LANGUAGES[0]}" if f"{name}_{LANGUAGES[0]}" in self.fields else name
            for message in messages:  # one that holds a link stays HTML
                yield (name if name in self.fields else NON_FIELD_ERRORS), cast("str", message)

    def skip_row(self, instance: Any, original: Any, row: Any, import_validation_errors: Any = None) -> bool:
        """Tell whether the row is left alone."""
        return bool(self.left_alone) and not import_validation_errors

    def validate_instance(self, instance: Any, import_validation_errors: Any = None, **kwargs: Any) -> None:
        """Raise what the form found; it has validated the instance."""
        if import_validation_errors:
            raise ValidationError(import_validation_errors)

    def save_instance(self, instance: Any, is_create: bool, row: Any, **kwargs: Any) -> None:
        """Keep the row by the desk's own action; a refusal is an error of the row."""
        try:
            with transaction.atomic():
                self.keep(self._form, self._cells, new=is_create, user=kwargs["user"])
        except REFUSALS as refusal:
            raise ValidationError(reason(refusal)) from refusal

    def save_m2m(self, instance: Any, row: Any, **kwargs: Any) -> None:
        """Leave it: `keep` has kept everything."""


def seen(result: Any) -> str:
    """Return what a trial showed as one number, but the numbers that new rows would get."""
    rows = [[row.import_type, *row.diff[row.is_new() :]] for row in result.rows if row.diff and not row.is_skip()]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def form_data(cells: Cells, model: type[models.Model], names: Iterable[str]) -> dict[str, Any]:
    """Return the cells as a form of the model would be sent: a text in four languages is four boxes."""
    data: dict[str, Any] = {}
    texts = {field.name for field in model._meta.fields if isinstance(field, TextMap)}
    for name in names:
        if name in texts:
            data |= {f"{name}_{language}": cells.get(f"{name}_{language}", "") for language in LANGUAGES}
        else:
            data[name] = cells.get(name, "")
    return data
