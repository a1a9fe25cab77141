"""The sources: a list that can be filtered, and the page of one."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from commitments.evidence.files import address
from commitments.exports.citing import cited
from commitments.exports.references import of_evidence
from commitments.models import Evidence
from commitments.record import indicators, published
from commitments.record.sources import EvidenceFilter
from commitments.web.day import day_of, show
from commitments.web.pages import not_found
from commitments.web.question import page_number, query

PER_PAGE = 50


@require_safe
def evidence_list(request: HttpRequest) -> HttpResponse:
    """List the sources, newest first; every state of the page is a plain address."""
    day = day_of(request)
    base = published.with_pledges(published.evidence(on=day.on), on=day.on)
    asked = EvidenceFilter(request.GET, queryset=base, on=day.on)
    problems = {} if asked.is_valid() else {name: list(texts) for name, texts in asked.form.errors.items()}
    pages = Paginator(base.none() if problems else asked.qs, PER_PAGE)
    number, problem = page_number(request.GET, pages.num_pages)
    if problem:
        problems["page"] = [problem]
    page = pages.page(number)
    known = [*EvidenceFilter.base_filters, "as_of", "page"]
    context = {
        "page": page,
        "filter": asked,
        "asked_words": asked.answer.question if asked.answer else None,
        "problems": problems,
        "total": base.count(),
        "exported": query(request.GET, EvidenceFilter.base_filters),
        "previous": query(request.GET, known, page=str(number - 1)) if page.has_previous() else "",
        "next": query(request.GET, known, page=str(number + 1)) if page.has_next() else "",
    }
    return show(request, day, "pages/evidence_list.html", context, status=400 if problems else 200)


@require_safe
def evidence(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one source: what it is, what it reports, and on which pledges it bears."""
    day = day_of(request)
    on = day.on
    found = published.with_pledges(published.evidence(on=on), on=on).filter(public_id=public_id).first()
    if found is None:
        return not_found(request, public_id)
    pledges = {pledge.pk: pledge for pledge in published.pledges(on=on).filter(attachments__evidence=found)}
    context = {
        "item": found,
        "rows": [(attachment, pledges[attachment.pledge_id]) for attachment in found.public_attachments],  # type: ignore[attr-defined]
        "copy": _stored_copy(found),
        "predecessors": published.predecessors(found, on=on),
        "targets": indicators.targets(on=on).filter(evidence=found),
        "indicators": indicators.drawn_from(found, on=on),
    }
    return show(request, day, "pages/evidence.html", context | cited(of_evidence(found, on=on)))


def _stored_copy(item: Evidence) -> dict[str, Any] | None:
    """Return what is said of the file that is kept; its size is left out where the file is not at its place."""
    if not item.file:
        return None
    kept = item.file.storage.exists(str(item.file.name))
    name = item.media_type.partition("/")[2].upper()
    return {"type": name, "size": item.file.size if kept else None, "address": address(item) if kept else ""}
