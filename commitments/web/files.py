"""Uploaded sources: the one address that gives them out, and the host that gives out nothing else."""

from collections.abc import Callable

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, quote_etag
from django.views.decorators.http import require_safe

from commitments.clock import today
from commitments.evidence.files import files_host, opened_by
from commitments.models import Evidence
from commitments.models.evidence import kept_files
from commitments.record import published

#: What a browser may do with a file of ours: keep it. Should it show one all the same, nothing in it runs.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
}
#: An item's file never changes once it is public; an hour lets one be taken down all the same.
PUBLIC, KEYED = "public, max-age=3600", "private, no-store"


class FilesHost:
    """Keeps site and files apart where `EVIDENCE_ORIGIN` names a host for files."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Remember what comes next."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer files on their host and everything else on the site's; nothing on the wrong one."""
        host = files_host()
        if host and (request.get_host().casefold() == host) != request.path_info.startswith("/files/"):
            return _nothing()
        return self.get_response(request)


def _nothing() -> HttpResponse:
    words = "Nothing is here. A link from the desk opens its file for five minutes: go back and follow it again.\n"
    return HttpResponse(words, status=404, content_type="text/plain", headers=HEADERS | {"Cache-Control": "no-store"})


@require_safe
def evidence_file(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Give out the file of a public item, and with `?key=` that of one that is not public yet."""
    item = published.evidence(on=today()).filter(public_id=public_id).first()
    caching = PUBLIC
    if item is None and opened_by(request.GET.get("key", "")) == public_id:
        item, caching = Evidence.objects.filter(public_id=public_id).first(), KEYED
    if item is None or not item.file or not kept_files().exists(str(item.file)):
        return _nothing()
    etag = quote_etag(item.sha256)
    answer = get_conditional_response(request, etag=etag) or _content(request, item)
    for name, value in (HEADERS | {"ETag": etag, "Cache-Control": caching}).items():
        answer[name] = value
    return answer


def _content(request: HttpRequest, item: Evidence) -> HttpResponseBase:
    """Return the file as the type that was found when it was uploaded, to be kept and not shown."""
    if request.method == "HEAD":
        named = content_disposition_header(True, item.file_name) or "attachment"
        headers = {"Content-Length": str(item.file.size), "Content-Disposition": named}
        return HttpResponse(content_type=item.media_type, headers=headers)
    file = item.file.open("rb")
    return FileResponse(file, as_attachment=True, filename=item.file_name, content_type=item.media_type)
