"""For search engines: `/sitemap.xml` with every page in every language, and `/robots.txt`."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from commitments.clock import today
from commitments.problems import problem
from commitments.record import actors, archive, changes, indicators, published, reviews, terms

#: Pages that stand for themselves, and whether the record is on them.
PAGES = {
    "overview": True,
    "documents": True,
    "pledges": True,
    "progress": True,
    "changes": True,
    "reviews": True,
    "calendar": True,
    "evidence-list": True,
    "actors": True,
    "themes": True,
    "indicators": True,
    "corrections": True,
    "data": True,
    "digests": False,
    "methodology": False,
    "about": False,
    "privacy": False,
    "subscribe": False,
}
CACHING = "public, max-age=3600"
MEDIA_TYPE = "application/xml; charset=utf-8"

#: An address without its language, and when what stands there last changed.
Place = tuple[str, tuple[str, ...], datetime | None]

_ROBOTS = """User-agent: *
Disallow: /admin/
Disallow: /account/
Disallow: /outbox/
Disallow: /unsubscribe/
Disallow: /*/subscriptions/

Sitemap: {site}{path}
"""


class _Pages(Sitemap):  # type: ignore[type-arg]  # not subscriptable at run time
    """Places, each in all languages, with links between them; the default language for whoever speaks none of ours."""

    i18n = True
    alternates = True
    x_default = True
    limit = 10_000  # in each language; a file may hold 50,000 addresses

    def __init__(self, on: date) -> None:
        """Ask for the pages of the day."""
        self.on = on

    def location(self, item: Place) -> str:
        """Return the path in the current language."""
        return reverse(item[0], args=item[1])

    def lastmod(self, item: Place) -> datetime | None:
        """Return when the page last changed, as far as the record says."""
        return item[2]


class Others(_Pages):
    """Everything that is neither a pledge nor a source."""

    def items(self) -> list[Place]:
        """Return lists, documents with their differences, years, actors, themes, indicators, announced numbers."""
        at = changes.newest()[1]
        own: list[Place] = [(name, (), at if recorded else None) for name, recorded in PAGES.items()]
        return own + [(name, (str(key),), at) for name, keys in self._recorded() for key in keys]

    def _recorded(self) -> Iterator[tuple[str, Iterable[Any]]]:
        """Yield (page, what of): each page of which there is one for every row of something."""
        on, documents = self.on, [one.slug for one in published.documents()]
        states = [one.slug for one in actors.places(on=on)[0]]
        yield "document", documents
        yield "differences", documents
        yield "review", reviews.years(on=on)
        yield "actor", [*(one.actor.slug for one in actors.promisers(on=on)), *states]
        yield "theme", [one.term.slug for one in terms.themes(on=on)]
        yield "indicator", [one.slug for one in indicators.indicators(on=on)]
        yield "target", [one.code for one in indicators.targets(on=on)]


class Pledges(_Pages):
    """The pledges."""

    def items(self) -> list[Place]:
        """Return every public pledge."""
        changed = archive.last_changes(on=self.on)
        found = published.pledges(on=self.on).values_list("pk", "code")
        return [("pledge", (code,), changed.get(pk)) for pk, code in found]


class Sources(_Pages):
    """The sources."""

    def items(self) -> list[Place]:
        """Return every public item of evidence."""
        found = published.evidence(on=self.on).order_by("public_id").values_list("public_id", "public_at")
        return [("evidence", (number,), at) for number, at in found]


SECTIONS: dict[str, type[_Pages]] = {"pages": Others, "pledges": Pledges, "evidence": Sources}


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List the parts of the sitemap."""
    found = []
    for name, made in SECTIONS.items():
        sitemap = made(today())
        address = f"{settings.SITE_URL}{reverse('sitemap-section', args=[name])}"
        pages = sitemap.paginator.num_pages if sitemap.paginator.count else 0  # an empty part would not be valid
        for number in range(1, pages + 1):
            found.append({"location": address if number == 1 else f"{address}?p={number}", "last_mod": None})
    return _answer(request, "sitemap_index.xml", {"sitemaps": found})


@require_safe
def section(request: HttpRequest, section: str) -> HttpResponse:
    """List the addresses of one part."""
    made, page = SECTIONS.get(section), request.GET.get("p", "1")
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 0
    sitemap = made(today()) if made else None
    if sitemap is None or not 1 <= number <= sitemap.paginator.num_pages:
        return problem(404, "There is no such part of the sitemap. /sitemap.xml lists them.")
    site = urlsplit(settings.SITE_URL)
    urls = sitemap.get_urls(page=number, site=SimpleNamespace(domain=site.netloc), protocol=site.scheme)  # type: ignore[arg-type]
    return _answer(request, "sitemap.xml", {"urlset": urls})


def _answer(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    answer = render(request, template, context, content_type=MEDIA_TYPE)
    answer["Cache-Control"] = CACHING
    return answer


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Tell robots what is not for them, and where the sitemap is."""
    text = _ROBOTS.format(site=settings.SITE_URL, path=reverse("sitemap"))
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers={"Cache-Control": CACHING})
