"""`/cite/`: how to cite the data set, a document, a pledge or a source, for reference managers and footnotes."""

from collections.abc import Callable
from datetime import date

from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.utils.translation import override
from django.views.decorators.http import require_safe

from commitments.clock import today
from commitments.exports import asking, references
from commitments.exports.citing import bibtex, csl, plain, ris
from commitments.exports.references import Reference
from commitments.exports.views import CACHING
from commitments.problems import misasked, problem, refused
from commitments.record import ledger
from commitments.record.releases import release_of

#: Ending of the address → (media type, how it is written).
FORMS: dict[str, tuple[str, Callable[[Reference, date], str]]] = {
    "bib": ("application/x-bibtex; charset=utf-8", lambda found, on: bibtex(found, accessed=on)),
    "ris": ("application/x-research-info-systems; charset=utf-8", lambda found, on: ris(found, accessed=on)),
    "json": ("application/vnd.citationstyles.csl+json", lambda found, on: csl(found, accessed=on)),
    "txt": ("text/plain; charset=utf-8", lambda found, on: f"{plain(found)}\n"),
}


@require_safe
def cite(request: HttpRequest, key: str, form: str) -> HttpResponseBase:
    """Give out a reference, as of a day or in a frozen release."""
    with override("en"):
        on, version, problems = _state(request.GET)
        problems |= misasked(request.GET, ("as_of", "version"), ())
        if problems:
            return refused(problems)
        if not ledger.size(on=on):
            return problem(404, f"Nothing was public yet on {on.isoformat()}: there is nothing to cite of that day.")
        found = references.find(key, on=on, version=version)
        if found is None:
            return problem(404, f"There was nothing of the name {key[:40]!r} on {on.isoformat()}.")
        media_type, written = FORMS[form]
        content = written(found, today())
    name = content_disposition_header(form != "txt", f"{key}-{version or on.isoformat()}.{form}")
    return HttpResponse(
        content,
        content_type=media_type,
        headers={"Cache-Control": CACHING, "Content-Disposition": name or "inline"},
    )


def _state(data: QueryDict) -> tuple[date, str, asking.Problems]:
    """Return (day, version, problems): the day of the release where one is named."""
    on, problems = asking.day(data)
    version = data.get("version", "")
    if not version:
        return on, "", problems
    if "as_of" in data:
        return on, "", problems | {"version": ["Ask for a day or for a version, not for both."]}
    release = release_of(version)
    if release is None:
        return on, "", problems | {"version": ["There is no such release. /en/data/ lists them."]}
    return release.as_of, release.version, problems
