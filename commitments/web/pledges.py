"""The list of pledges and the page of one."""

from datetime import date

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from commitments.exports.citing import cited
from commitments.exports.references import of_pledge
from commitments.exports.structured import claim
from commitments.models import Pledge
from commitments.record import codes, published
from commitments.record.filters import PledgeFilter, facets
from commitments.record.page import page_of
from commitments.web.day import day_of, show
from commitments.web.pages import not_found
from commitments.web.question import KNOWN, chips, page_number, query, question_of

PER_PAGE = 50


@require_safe
def pledge_list(request: HttpRequest) -> HttpResponse:
    """Find pledges; every state of the page is a plain address."""
    day = day_of(request)
    asked = question_of(request.GET, on=day.on, ordered=True)
    data, problems = asked.data, dict(asked.problems)
    pages = Paginator(published.with_quotes(published.with_place(asked.found)), PER_PAGE)
    number, problem = page_number(data, pages.num_pages)
    if problem:
        problems["page"] = [problem]
    every = published.pledges(on=day.on)
    choices = facets(data, every, problems)
    page = pages.page(number)
    context = {
        "page": page,
        "facets": choices,
        "filter": asked.filter,
        "asked_words": asked.filter.answer.question if asked.filter.answer else None,
        "problems": problems,
        "chips": chips(data, choices),
        "total": every.count(),
        "question": asked.text,
        "exported": query(data, PledgeFilter.base_filters),
        "previous": query(data, KNOWN, page=str(number - 1)) if page.has_previous() else "",
        "next": query(data, KNOWN, page=str(number + 1)) if page.has_next() else "",
    }
    return show(request, day, "pages/pledges.html", context, status=400 if problems else 200)


@require_safe
def pledge(request: HttpRequest, code: str) -> HttpResponse | HttpResponsePermanentRedirect:
    """Show one pledge: its words in every rendition in their context, how it is read, its neighbours."""
    day = day_of(request)
    found = published.whole(on=day.on).filter(code=codes.written(code)).first()
    if found is None:
        return not_found(request, code, _near(code, day.on))
    if found.code != code:
        asked = request.META["QUERY_STRING"]
        return redirect(f"{found.get_absolute_url()}{'?' if asked else ''}{asked}", permanent=True)
    context = page_of(found, on=day.on) | cited(of_pledge(found, on=day.on)) | {"structured": [claim(found)]}
    return show(request, day, "pages/pledge.html", context)


def _near(code: str, on: date) -> list[Pledge]:
    """Return pledges of the section that an unknown code seems to mean, so that the reader can go on."""
    if not codes.written(code):
        return []
    around = published.pledges(on=on)
    for section in (code, code.rpartition(".")[0]):
        number = section.partition("-")[2]
        near = around.filter(code__istartswith=f"{section}.", section__number=number)[:12] if number else []
        if near:
            return list(near)
    return []
