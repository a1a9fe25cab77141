"""The list of pledges and the page of one."""

import re
from collections.abc import Iterable
from datetime import date
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from commitments.exports.citing import cited
from commitments.exports.references import of_pledge
from commitments.exports.structured import claim
from commitments.models import Pledge
from commitments.record import published
from commitments.record.filters import PledgeFilter, facets
from commitments.record.page import page_of
from commitments.web.day import day_of, show
from commitments.web.pages import not_found

PER_PAGE = 50

#: What the code of a pledge, or of a section, looks like.
CODE = re.compile(r"[A-Za-z]{2,8}-\d{1,4}(\.\d{1,4}){0,2}\Z")


def asked_for(data: QueryDict) -> QueryDict:
    """Return the parameters that say something: a form without a script sends its empty fields too."""
    said = data.copy()
    for name in list(said):
        said.setlist(name, [value for value in said.getlist(name) if value])
        if not said.getlist(name):
            del said[name]
    return said


def page_number(data: QueryDict, last: int) -> tuple[int, str]:
    """Return (page, problem): the first page and what is wrong where the number is none or out of range."""
    asked = data.get("page") or "1"
    if asked.isascii() and asked.isdigit() and len(asked) < 10 and 1 <= int(asked) <= last:
        return int(asked), ""
    return 1, _("There is no page “%(page)s”; the last is %(last)d.") % {"page": asked[:20], "last": last}


def query(data: QueryDict, known: Iterable[str], **changes: str | None) -> str:
    """Return the query string of the same list with some values changed; None removes one.

    `known` are the list's own parameters: what others have added to the address is left behind.
    """
    pairs = [(name, value) for name in known if name not in changes for value in data.getlist(name) if value]
    pairs += [(name, value) for name, value in changes.items() if value]
    return urlencode(pairs)


KNOWN = (*PledgeFilter.base_filters, "as_of", "page")
#: What chooses pledges, and not how they are shown: what a feed can be asked by.
FILTERS = tuple(name for name in PledgeFilter.base_filters if name != "ordering")


def chips(data: QueryDict, found: list, known: Iterable[str] = KNOWN) -> list[dict[str, str]]:  # type: ignore[type-arg]
    """Return what is set, each with the query string of the list without it; `known` are the list's parameters."""
    found_chips = []
    if data.get("q"):
        found_chips.append({"label": f"“{data['q']}”", "without": query(data, known, q=None, page=None)})
    for facet in found:
        for choice in facet.selected:
            rest = data.copy()
            rest.setlist(facet.name, [value for value in data.getlist(facet.name) if value != choice.value])
            found_chips.append({"label": f"{facet.label}: {choice.label}", "without": query(rest, known, page=None)})
    return found_chips


@require_safe
def pledge_list(request: HttpRequest) -> HttpResponse:
    """Find pledges; every state of the page is a plain address."""
    day = day_of(request)
    base = published.pledges(on=day.on)
    data = asked_for(request.GET)
    asked = PledgeFilter(data, queryset=base)
    problems = {name: list(errors) for name, errors in asked.form.errors.items()} if not asked.is_valid() else {}
    found = base.none() if problems else asked.qs
    pages = Paginator(published.with_quotes(published.with_place(found)), PER_PAGE)
    number, problem = page_number(data, pages.num_pages)
    if problem:
        problems["page"] = [problem]
    choices = facets(data, base, problems)
    page = pages.page(number)
    context = {
        "page": page,
        "facets": choices,
        "filter": asked,
        "asked_words": asked.answer.question if asked.answer else None,
        "problems": problems,
        "chips": chips(data, choices),
        "total": base.count(),
        "question": query(data, FILTERS),
        "exported": query(data, PledgeFilter.base_filters),
        "previous": query(data, KNOWN, page=str(number - 1)) if page.has_previous() else "",
        "next": query(data, KNOWN, page=str(number + 1)) if page.has_next() else "",
    }
    return show(request, day, "pages/pledges.html", context, status=400 if problems else 200)


@require_safe
def pledge(request: HttpRequest, code: str) -> HttpResponse | HttpResponsePermanentRedirect:
    """Show one pledge: its words in every rendition in their context, how it is read, its neighbours."""
    day = day_of(request)
    found = published.whole(on=day.on).filter(code__iexact=code).first() if CODE.match(code) else None
    if found is None:
        return not_found(request, code, _near(code, day.on))
    if found.code != code:
        return redirect(found, permanent=True)
    context = page_of(found, on=day.on) | cited(of_pledge(found, on=day.on)) | {"structured": [claim(found)]}
    return show(request, day, "pages/pledge.html", context)


def _near(code: str, on: date) -> list[Pledge]:
    """Return pledges of the section that an unknown code seems to mean, so that the reader can go on."""
    if not CODE.match(code):
        return []
    around = published.pledges(on=on)
    for section in (code, code.rpartition(".")[0]):
        number = section.partition("-")[2]
        near = around.filter(code__istartswith=f"{section}.", section__number=number)[:12] if number else []
        if near:
            return list(near)
    return []
