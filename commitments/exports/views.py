"""`/export/`: tables of what the lists find, and everything as a data package; `/releases/`: what is frozen.

CSV and JSON are read while they are sent; a workbook is written whole first, a package once for an edition of the
record (`kept`). Who has the newest is told so (304), as by the API.
"""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, quote_etag
from django.utils.translation import override
from django.views.decorators.http import require_safe

from commitments.conditional import answered
from commitments.exports import asking, kept, references
from commitments.exports.about import about
from commitments.exports.columns import Sheet, walk
from commitments.exports.validators import of_edition
from commitments.exports.writing import csv_lines, json_lines, write_workbook
from commitments.problems import misasked, problem, refused
from commitments.record.releases import release_of

#: What is asked for again within five minutes is not asked of us; then they ask whether it still holds.
CACHING = "public, max-age=300"
#: What is frozen never changes.
FROZEN = "public, max-age=31536000, immutable"
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
    "md": "text/markdown; charset=utf-8",
}
OTHER = "text/plain; charset=utf-8"


@require_safe
def table(request: HttpRequest, name: str, form: str) -> HttpResponseBase:
    """Give out a table: what its list finds by the same filters, as of any day."""
    listed, data = asking.LISTED[name], request.GET
    with override("en"):
        on, problems = asking.day(data)
        problems |= listed.misasked(data, ("bom",) if form == "csv" else ())
        if data.get("bom", "1") not in ("0", "1"):
            problems.setdefault("bom", ["Must be 0 or 1."])
        found, wrong = asking.rows(listed, data, on=on)
        problems |= wrong
    if problems:
        return refused(problems)
    said = about(listed.sheet, references.of_dataset(on=on), on=on, asked=_again(request, name, form, on))

    def content() -> Any:
        if form == "xlsx":
            return _made(lambda stream: write_workbook(stream, listed.sheet, walk(found), said))
        return _lines(form, listed.sheet, found, said, mark=data.get("bom") != "0")

    return _given_out(request, f"{name}-{on.isoformat()}.{form}", content, on=on)


def _given_out(request: HttpRequest, name: str, content: Callable[[], Any], *, on: date) -> HttpResponseBase:
    """Return a file with its content, a file or pieces; 304 to whoever has it. HEAD makes nothing."""
    media_type, headers = MEDIA_TYPES[name.rpartition(".")[2]], _headers(name)

    def make() -> HttpResponseBase:
        if request.method == "HEAD":
            return HttpResponse(content_type=media_type, headers=headers)
        made = content()
        if not hasattr(made, "read"):
            return StreamingHttpResponse(made, content_type=media_type, headers=headers)
        answer = FileResponse(made, content_type=media_type)
        for header, value in headers.items():  # afterwards: by itself it names the file as it is called here
            answer[header] = value
        return answer

    return answered(request, of_edition(request, on=on, caching=CACHING), make)


def _lines(form: str, sheet: Sheet, found: Any, said: dict[str, Any], *, mark: bool) -> Iterator[bytes]:
    if form == "csv":
        return csv_lines(sheet, walk(found), mark=mark)
    return json_lines(sheet, walk(found), said)


def _made(write: Callable[[IO[bytes]], None]) -> IO[bytes]:
    """Return a file that is written whole before it is sent; the answer closes it."""
    stream = cast("IO[bytes]", TemporaryFile())  # noqa: SIM115
    write(stream)
    stream.seek(0)
    return stream


def _headers(name: str) -> dict[str, str]:
    return {"Content-Disposition": content_disposition_header(True, name) or "", "Cache-Control": CACHING}


def _again(request: HttpRequest, name: str, form: str, on: date) -> str:
    """Return the address that gives the same file on any later day."""
    asked = [(key, value) for key in request.GET for value in request.GET.getlist(key) if key not in ("as_of", "bom")]
    query = urlencode([*asked, ("as_of", on.isoformat())])
    return f"{settings.SITE_URL}{reverse('export', args=[name, form])}?{query}"


@require_safe
def datapackage(request: HttpRequest) -> HttpResponseBase:
    """Give out everything that was public by a day, as a Frictionless data package."""
    with override("en"):
        on, problems = asking.day(request.GET)
        problems |= misasked(request.GET, ("as_of",), ())
    if problems:
        return refused(problems)
    return _given_out(request, f"pledge-tracker-{on.isoformat()}.zip", lambda: kept.opened(on), on=on)


def _frozen(request: HttpRequest, path: Path, media_type: str) -> HttpResponseBase:
    if request.method == "HEAD":
        return HttpResponse(content_type=media_type, headers={"Content-Length": str(path.stat().st_size)})
    return FileResponse(path.open("rb"), content_type=media_type)


@require_safe
def released(request: HttpRequest, version: str, name: str) -> HttpResponseBase:
    """Give out a file of a frozen release."""
    release = release_of(version)
    there = {file["name"]: file for file in release.files} if release else {}
    path = Path(settings.RELEASES_DIR) / version / name
    if name not in there or not path.is_file():
        return problem(404, f"There is no {name[:60]!r} in a release {version[:40]!r}. /en/data/ lists them.")
    etag = quote_etag(there[name]["sha256"])
    media_type = MEDIA_TYPES.get(path.suffix.removeprefix("."), OTHER)
    headers = _headers(name if version in name else f"{version}-{name}") | {"Cache-Control": FROZEN, "ETag": etag}
    known = get_conditional_response(request, etag=etag)
    answer: HttpResponseBase = known or _frozen(request, path, media_type)
    for header, value in headers.items():
        answer[header] = value
    return answer
