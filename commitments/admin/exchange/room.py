"""The list's doors for spreadsheets: upload, trial, confirmation, download. What a row is stands in `sheets`."""

import os
import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.core.signing import BadSignature, dumps, loads
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.html import format_html, format_html_join
from import_export.admin import ImportExportMixin
from import_export.forms import ExportForm
from import_export.results import Result

from commitments.admin.base import now
from commitments.admin.exchange.formats import FORMATS, format_of
from commitments.admin.exchange.sheets import FormResource, seen

LARGEST_FILE = 5_000_000
#: How long a tried file waits for its confirmation; afterwards it is deleted.
WAITS = timedelta(days=1)
#: How many errors and rows a page shows of a file; what is more is counted.
MOST_SHOWN = 300
_SALT = "commitments.admin.exchange.room"


class SheetForm(forms.Form):
    """The upload. What format it has is seen from the file."""

    file = forms.FileField(
        label="File",
        help_text=f"A workbook (.xlsx) or CSV in UTF-8, up to {LARGEST_FILE // 1_000_000} MB.",
        error_messages={"empty": "The file is empty."},
        widget=forms.FileInput({"accept": ",".join(f".{each.extension}" for each in FORMATS)}),
    )

    def clean_file(self) -> Any:
        """Refuse what is too large before it is opened."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise ValidationError(f"The file is larger than {LARGEST_FILE // 1_000_000} MB: split it.")
        return file


class Exchange(ImportExportMixin):
    """Import and export on a list of the desk."""

    resource: ClassVar[type[FormResource]]
    export_template_name = "admin/exchange/export.html"
    export_form_class = ExportForm
    import_export_change_list_template = "admin/exchange/change_list.html"

    def get_resource_classes(self, request: HttpRequest) -> list[type[FormResource]]:
        """Return how a row is read and written."""
        return [self.resource]

    def get_export_formats(self) -> list[Any]:
        """Return the formats."""
        return list(FORMATS)

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Tell whether the person may add rows by hand."""
        return bool(self.has_add_permission(request))

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Tell whether the person may see the list."""
        return bool(self.has_view_permission(request))

    # --- the trial --------------------------------------------------------------------------

    def import_action(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Try a file: all of it, and all of it is taken back."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        form = SheetForm(request.POST or None, request.FILES or None)
        context = {"title": f"Import {self.opts.verbose_name_plural}", "form": form, "opts": self.opts}
        if request.method == "POST" and form.is_valid():
            try:
                context |= self._tried(request, form.cleaned_data["file"])
            except ValidationError as error:
                form.add_error("file", error)
        columns = [each.column_name for each in self.resource().get_import_fields()]
        context |= {**self.admin_site.each_context(request), "columns": columns, "media": self.media}
        status = 422 if request.method == "POST" and "sealed" not in context else 200
        return TemplateResponse(request, "admin/exchange/import.html", context, status=status)

    def _tried(self, request: HttpRequest, file: Any) -> dict[str, Any]:
        content = file.read()
        result = self._imported(request, content, dry_run=True)
        if not _good(result):
            return {"errors": _some(list(_errors(result)))}
        storage = storages["import_export"]
        _sweep(storage, now())
        name = storage.save(secrets.token_hex(16), ContentFile(content))
        sealed = {"file": name, "hands": self._hands(request), "seen": seen(result)}
        rows = _some([row for row in result.rows if not row.is_skip()])
        return {"result": result, "rows": rows, "name": file.name, "sealed": dumps(sealed, salt=_SALT)}

    def _hands(self, request: HttpRequest) -> list[Any]:
        return [request.user.pk, self.opts.model_name]

    def _imported(self, request: HttpRequest, content: bytes, *, dry_run: bool) -> Result:
        table = FORMATS[format_of(content)]().create_dataset(content)
        if not len(table):
            raise ValidationError("There is no row under the first, which names the columns.")
        return self.resource().import_data(
            table,
            dry_run=dry_run,
            use_transactions=True,
            rollback_on_validation_errors=True,
            user=request.user,
        )

    # --- the confirmation -------------------------------------------------------------------

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Import a file that was tried, if it still does what the trial showed."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            sealed = self._unsealed(request)
            result = self._kept(request, _taken(sealed["file"]), sealed["seen"])
        except ValidationError as error:
            listed = format_html_join(" ", "{}", ((text,) for text in error.messages))
            messages.error(request, format_html("Nothing was imported. {}", listed))
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_import")
        new, changed, same = (result.totals[kind] for kind in ("new", "update", "skip"))
        messages.success(request, f"Imported: {new} new, {changed} changed, {same} left alone.")
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def _unsealed(self, request: HttpRequest) -> dict[str, Any]:
        try:
            sealed = loads(request.POST.get("sealed", ""), salt=_SALT, max_age=WAITS)
        except BadSignature:
            sealed = {}
        if sealed.get("hands") != self._hands(request):
            raise ValidationError("This is not a file that you tried here within a day. Choose it again.")
        return cast("dict[str, Any]", sealed)

    def _kept(self, request: HttpRequest, content: bytes, shown: str) -> Result:
        with transaction.atomic():
            result = self._imported(request, content, dry_run=False)
            if not _good(result):
                raise ValidationError(
                    ["The desk has changed since the trial.", *(f"{at}: {text}" for at, text in _errors(result))]
                )
            if seen(result) != shown:
                raise ValidationError("The desk has changed since the trial, which showed something else. Try again.")
        return result

    # --- the download -----------------------------------------------------------------------

    def export_action(self, request: HttpRequest) -> HttpResponse:
        """Export the list as it is filtered."""
        try:
            return cast(HttpResponse, super().export_action(request))
        except IncorrectLookupParameters:
            messages.error(request, "The list cannot be filtered so. This would export all of it.")
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_export")

    def init_request_context_data(self, request: HttpRequest, form: Any) -> dict[str, Any]:
        """Add how many rows there are."""
        context = cast("dict[str, Any]", super().init_request_context_data(request, form))
        title = f"Export {self.opts.verbose_name_plural}"
        return context | {"title": title, "rows": self.get_export_queryset(request).count()}

    def get_export_filename(self, request: HttpRequest, queryset: Any, file_format: Any) -> str:
        """Return what it is, and of which day."""
        return f"{self.opts.model_name}-{now():%Y-%m-%d}.{file_format.get_extension()}"


def _good(result: Result) -> bool:
    return not (result.has_errors() or result.has_validation_errors())


def _errors(result: Result) -> Any:
    """Yield (place, what is wrong) of all that keeps a file from being imported."""
    for failure in result.base_errors:
        yield from (("", text) for text in getattr(failure.error, "messages", [str(failure.error)]))
    for line, failures in result.row_errors():
        yield from ((f"row {line + 1}", str(failure.error)) for failure in failures)
    for row in result.invalid_rows:
        yield from ((cell, text) for cell, texts in row.error_dict.items() for text in texts)


def _some(found: list[Any]) -> tuple[list[Any], int]:
    """Return as many as a page shows, and how many there are besides."""
    return found[:MOST_SHOWN], max(0, len(found) - MOST_SHOWN)


def _taken(name: str) -> bytes:
    """Return a tried file, once: whoever comes second finds it gone."""
    storage: Any = storages["import_export"]
    try:
        os.rename(storage.path(name), storage.path(f"{name}.taken"))
    except FileNotFoundError:
        raise ValidationError("The file is not here any more: it was imported already, or waited too long.") from None
    with storage.open(f"{name}.taken") as file:
        content: bytes = file.read()
    storage.delete(f"{name}.taken")
    return content


def _sweep(storage: Storage, at: datetime) -> None:
    """Delete the files that nobody confirmed in time."""
    with suppress(FileNotFoundError):
        for name in storage.listdir("")[1]:
            if storage.get_modified_time(name) < at - WAITS:
                storage.delete(name)
