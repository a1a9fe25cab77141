"""The documents and their reading view, where the text itself is the interface."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from commitments.exports.citing import cited
from commitments.exports.references import of_document
from commitments.models import Authority, Document, Rendition
from commitments.record import published
from commitments.record.reading import read
from commitments.web.day import day_of, show
from commitments.web.pages import not_found

NONE = "none"


@dataclass(frozen=True)
class Choice:
    """Which renditions are shown; `problem` says what was asked for and is not there."""

    shown: list[Rendition]
    problem: str = ""


@require_safe
def documents(request: HttpRequest) -> HttpResponse:
    """List the tracked documents with their renditions and where each was taken from."""
    return show(request, day_of(request), "pages/documents.html", {"documents": published.documents()})


def _speaks(rendition: Rendition, language: str) -> bool:
    return rendition.language.casefold() == language.casefold()


def _default(renditions: list[Rendition]) -> list[Rendition]:
    """The authoritative text; beside it one that the reader can read, where the first is in another language."""
    main = next(r for r in renditions if r.authority == Authority.AUTHORITATIVE)
    language = get_language() or "en"
    if _speaks(main, language):
        return [main]
    others = [r for r in renditions if r != main and r.language != main.language]
    return [main, *sorted(others, key=lambda r: not _speaks(r, language))[:1]]


def choose(document: Document, text: str | None, beside: str | None) -> Choice:
    """Return the renditions to show, for `?text=KEY` (the first) and `?with=KEY` (the second; `none` for one text)."""
    renditions = list(document.renditions.all())
    keys = {rendition.key: rendition for rendition in renditions}
    default = _default(renditions)
    for asked in (text, beside if beside != NONE else None):
        if asked and asked not in keys:
            return Choice(default, _("There is no rendition “%(key)s” of this document.") % {"key": asked})
    main = keys.get(text or "", default[0])
    if beside is None and text is None:
        return Choice(default)
    second = keys.get(beside or "")
    return Choice([main, second] if second and second != main else [main])


@require_safe
def reading(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a document sentence by sentence, its promises marked and noted in the margin."""
    document = published.documents().filter(slug=slug).first()
    if document is None:
        return not_found(request, slug)
    day, choice = day_of(request), choose(document, request.GET.get("text"), request.GET.get("with"))
    parts = read(document, choice.shown, on=day.on)
    context = {
        "document": document,
        "parts": parts,
        "shown": choice.shown,
        "problem": choice.problem,
        "same_language": len({rendition.language for rendition in choice.shown}) < len(choice.shown),
        "pledges": sum(part.pledges for part in parts),
    }
    context |= cited(of_document(document, on=day.on))
    return show(request, day, "pages/reading.html", context, status=400 if choice.problem else 200)
