"""Every public address of the site, found by walking the URLconf, and what each answers to strangers.

A new public route has no example here, and fails `test_nowhere_public.py` until it has one.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any, NamedTuple

import django_filters as df
from django.core.cache import cache
from django.test import Client
from django.urls import LocalePrefixPattern, URLResolver, get_resolver, resolve
from django.utils.translation import override

from commitments.evidence.files import files_host
from commitments.exports.sheets import EXPORTED
from commitments.models import LANGUAGES
from commitments.record.filters import PledgeFilter
from commitments.record.sources import EvidenceFilter
from commitments.record.updates import UpdateFilter

#: What lies behind the door: a test of its own knocks at it.
DOORS = ("admin/", "account/")


def routes() -> dict[str, bool]:
    """Return every public route, by its name or else its pattern, and whether it stands under a language."""
    return {name: speaks for name, _, speaks in _walk(get_resolver().url_patterns, "", False)}


def _walk(patterns: Iterable[Any], at: str, speaks: bool) -> Iterator[tuple[str, str, bool]]:
    for pattern in patterns:
        lingual = isinstance(pattern.pattern, LocalePrefixPattern)
        here = at if lingual else f"{at}{pattern.pattern}".replace("^", "")
        if here.startswith(DOORS):
            continue
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, here, speaks or lingual)
        else:
            yield pattern.name or here, here, speaks


@dataclass(frozen=True)
class Ids:
    """What the addresses name: numbers and codes, of what is public and of what is not."""

    pledges: list[str]
    evidence: list[str]
    updates: list[str]
    indicators: list[str]
    targets: list[str]


def examples(ids: Ids) -> dict[str, list[str]]:
    """Return route → addresses of it, without the language."""
    pledges = [f"pledges/{code}/" for code in ids.pledges]
    pages = {
        "overview": [""],
        "documents": ["documents/"],
        "document": ["documents/sao-paulo-consensus/?with=en-chen", "documents/policy-paper-2025/"],
        "differences": [
            "documents/sao-paulo-consensus/differences/",
            "documents/policy-paper-2025/differences/?kind=scope&section=2.9&as_of=2026-11-22",
        ],
        "changes": ["changes/", "changes/?from=2025-01-01&to=2026-11-22", "changes/?theme=oceans"],
        "progress": ["progress/", "progress/?as_of=2026-11-22", "progress/?project=2&q=forum"],
        "chart": [
            "charts/sections.svg",
            "charts/sources.svg?theme=energy",
            "charts/calendar.svg",
            "charts/still.svg",
        ],
        "chart-indicator": [f"charts/indicators/{slug}.svg" for slug in ids.indicators],
        "chart-target": [f"charts/targets/{code}/{slug}.svg" for code in ids.targets for slug in ids.indicators[:1]],
        "reviews": ["reviews/"],
        "review": ["reviews/2026/", "reviews/2025/"],
        "pledges": ["pledges/", "pledges/?page=2", "pledges/?as_of=2026-11-22"],
        "pledge": [*pledges, f"{pledges[0]}?as_of=2026-11-22"],
        "evidence-list": ["evidence/", "evidence/?page=2", "evidence/?ordering=id", "evidence/?as_of=2026-11-22"],
        "evidence": [f"evidence/{number}/" for number in ids.evidence],
        "indicators": ["indicators/"],
        "indicator": [f"indicators/{slug}/" for slug in ids.indicators],
        "target": [f"targets/{code}/" for code in ids.targets],
        "actors": ["actors/", "actors/?as_of=2026-11-22"],
        "actor": ["actors/china/", "actors/br/", "actors/brazil/", "actors/nobody/"],
        "themes": ["themes/"],
        "theme": ["themes/education/", "themes/nothing/"],
        "calendar": ["calendar/"],
        "corrections": ["corrections/", f"corrections/?pledge={ids.pledges[0]}"],
        "thanks": ["corrections/thanks/"],
        "subscribe": ["subscribe/", f"subscribe/?follow=pledge:{ids.pledges[0]}", "subscribe/?follow=pledge:FMP-99.9"],
        "subscribe-sent": ["subscribe/sent/"],
        "subscription": ["subscriptions/1.made-up:1tAbCd:up/"],
        "digests": ["digests/", "digests/?page=2"],
        "digest": ["digests/0123456789abcdef0123/"],
        "search": ["search/", "search/?q=forum", "search/?q=zzqx&as_of=2026-11-22"],
        "data": ["data/", "data/?as_of=2026-11-22"],
        "methodology": ["methodology/"],
        "about": ["about/"],
        "privacy": ["privacy/"],
        "not-found": ["drafts/", "media/", "sitemap/"],
    }
    machines = {
        "healthz": ["healthz"],
        "readyz": ["readyz"],
        "metrics": ["metrics"],
        "updates-feed": [
            "feeds/updates.atom",
            *(f"feeds/updates.atom?language={language}" for language in LANGUAGES),
            "feeds/updates.atom?draft=1",
        ],
        "pledge-feed": [f"feeds/pledges/{code}.atom" for code in [*ids.pledges, "SPC-99.9"]],
        "calendar-ics": ["calendar.ics", *(f"calendar.ics?language={language}" for language in LANGUAGES)],
        "embed": [f"embed/{code}/" for code in [*ids.pledges, "FMP-2.11", "FMP-2", "SPC-99.9"]],
        "unsubscribe": ["unsubscribe/1.made-up:1tAbCd:up/"],
        "outbox": ["outbox/"],
        "outbox-mail": ["outbox/no-such-mail/"],
        "outbox-html": ["outbox/no-such-mail/html/"],
        "evidence-file": [f"files/evidence/{number}/" for number in ids.evidence]
        + [f"files/evidence/{ids.evidence[0]}/?key=made-up:1tAbCd:nothing"],
    }
    return {**pages, **machines, **_exports(ids), **_api(ids)}


def _exports(ids: Ids) -> dict[str, list[str]]:
    tables = [f"export/{name}.{form}" for name in EXPORTED for form in ("csv", "xlsx", "json")]
    cited = ["SPC", "dataset", *ids.pledges, *ids.evidence]
    return {
        "export": [*tables, "export/pledges.csv?as_of=2026-11-22", "export/updates.json?draft=1"],
        "datapackage": ["export/datapackage.zip"],
        "release-file": ["releases/v0/datapackage.zip"],
        "cite": [f"cite/{key}.{form}" for key in cited for form in ("bib", "ris", "json", "txt")],
        "sitemap": ["sitemap.xml"],
        "sitemap-section": ["sitemap-pages.xml", "sitemap-pledges.xml", "sitemap-evidence.xml"],
        "robots": ["robots.txt"],
    }


def _api(ids: Ids) -> dict[str, list[str]]:
    at = "api/v1/"
    own = {
        "document": ["sao-paulo-consensus"],
        "section": ["FMP-2.11"],
        "update": ids.updates,
        "evidence": ids.evidence,
        "pledge": ids.pledges,
        "indicator": ids.indicators,
        "target": ids.targets,
        "actor": ["china", "br"],
        "theme": ["education"],
        "right": ["food"],
        "log": ["1"],
    }
    plural = {**{name: f"{name}s" for name in (*own, "passage", "difference")}, "evidence": "evidence", "log": "log"}
    lists = {
        f"api-{name}-list": [f"{at}{many}/?page_size=500", f"{at}{many}/?page_size=1&as_of=2026-11-22"]
        for name, many in plural.items()
    }
    alone = {
        f"api-{name}-detail": [f"{at}{plural[name]}/{one}/" for one in [*ones, "nothing"]]
        for name, ones in own.items()
    }
    lists["api-change-list"] = [f"{at}changes/?page_size=500&from=2025-01-01", f"{at}changes/?to=2026-11-22"]
    rest = {"api-root": [at], "api-schema": [f"{at}schema/?format=json"], "api-docs": [f"{at}docs/"]}
    rest |= {"api-guide": [f"{at}guide/"], "api-progress-list": [f"{at}progress/", f"{at}progress/?as_of=2026-11-22"]}
    return {**lists, **alone, **rest, "api/v1/(?P<rest>.*)$": [f"{at}drafts/", f"{at}audit/", f"{at}users/1/"]}


#: Pages and feeds whose answers can be filtered, and what they can be asked by.
FILTERED_PAGES: dict[str, Any] = {
    "en/pledges/": PledgeFilter,
    "en/evidence/": EvidenceFilter,
    "feeds/updates.atom": PledgeFilter,
    "export/pledges.json": PledgeFilter,
    "export/updates.json": UpdateFilter,
    "export/evidence.json": EvidenceFilter,
}

#: Filters that page and API share, and that ask nothing which the desk writes.
SEEN_IN_THE_API = ("document", "project", "section", "ordering", "actor", "right", "publisher_kind", "side", "record")


def _filtersets() -> dict[str, Any]:
    """Return every list that can be filtered, with its filters; those of the API say it themselves."""
    nobody = Ids([], [], [], [], [])
    lists = [found[0].partition("?")[0] for name, found in _api(nobody).items() if name.endswith("-list")]
    of_api = {at: resolve(f"/{at}").func.cls.filterset_class for at in lists}  # type: ignore[attr-defined]
    return FILTERED_PAGES | {at: filterset for at, filterset in of_api.items() if filterset}


def _values(name: str, asked: Any, ids: Ids) -> list[str]:
    """Return what to ask a filter for. One of a new kind has no value here: it is added."""
    given = {"pledge": ids.pledges, "country": ["BR", "CN"]}
    if name in given:
        return given[name]
    kinds = {df.DateFilter: ["2026-11-21"], df.BooleanFilter: ["true", "false"], df.NumberFilter: ["1"]}
    for kind, values in kinds.items():
        if isinstance(asked, kind):
            return values
    if isinstance(asked, df.ModelChoiceFilter | df.ModelMultipleChoiceFilter):
        key = asked.extra.get("to_field_name") or "__str__"
        return [str(row) if key == "__str__" else str(getattr(row, key)) for row in list(asked.queryset)[:2]]
    if isinstance(asked, df.AllValuesFilter) or callable(asked.extra.get("choices")):
        return []  # one text and one section after the other: nothing that the desk writes
    return [str(value) for value, _ in asked.extra["choices"]]


def filtered(ids: Ids) -> Iterator[str]:
    """Yield the addresses of the lists, asked by every filter that they have but words; of slow pages fewer."""
    for at, filterset in _filtersets().items():
        api = at.startswith("api/")
        for name, asked in filterset.base_filters.items():
            if name == "q" or (at in FILTERED_PAGES and name in SEEN_IN_THE_API):
                continue
            for value in _values(name, asked, ids)[: None if api else 1]:
                yield f"/{at}?{name}={value}{'&page_size=3' if api else ''}"


def searches(word: str) -> list[str]:
    """Return the addresses of everything that can be searched for a word."""
    lists = [f"/{at}?q={word}" for at, filterset in _filtersets().items() if "q" in filterset.base_filters]
    return [f"/en/search/?q={word}", *lists]


def addresses(ids: Ids) -> list[str]:
    """Return every example address; the first of every route in all languages where it stands under one."""
    speaks, found = routes(), []
    for name, (first, *others) in examples(ids).items():
        ways = [f"{language}/" for language in LANGUAGES] if speaks[name] else [""]
        found += [f"/{way}{first}" for way in ways] + [f"/{ways[0]}{other}" for other in others]
    return found


def route_of(address: str) -> str:
    """Return the route that answers an address."""
    path = address.partition("?")[0]
    language = path.split("/")[1]
    with override(language if language in LANGUAGES else "en"):
        match = resolve(path)
    return match.url_name or match.route


class Answer(NamedTuple):
    """All that a reader gets."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str

    def text(self) -> str:
        """Return all of it in one, lower case, and without what stands between the digits of a number."""
        whole = f"{self.status} {self.headers} {self.body}".casefold()
        return re.sub(r"(?<=\d)[.,\s\u00a0\u202f](?=\d)", "", whole)


#: What a form holds against forgery: another each time.
_TOKEN = re.compile(r'(?<=name="csrfmiddlewaretoken" value=")[^"]+')


#: What says that something may have changed, and not what: the desk moves it with a link of an item nobody sees yet.
STAMPS = ("etag", "last-modified")


def answer(client: Client, address: str) -> Answer:
    """Ask without an account. The count of requests is not the subject: it is begun anew each time."""
    cache.clear()
    host = {"HTTP_HOST": files_host()} if address.startswith("/files/") and files_host() else {}
    response = client.get(address, **host)
    content = b"".join(response.streaming_content) if response.streaming else response.content
    body = _TOKEN.sub("", _unpacked(content).decode(errors="replace"))
    headers = tuple(sorted(pair for pair in response.headers.items() if pair[0].lower() not in STAMPS))
    return Answer(response.status_code, headers, body)


def _unpacked(content: bytes) -> bytes:
    """Return what is in a workbook or a data package; anything else as it is."""
    if not content.startswith(b"PK\x03\x04"):
        return content
    with zipfile.ZipFile(BytesIO(content)) as packed:
        return b"\n".join(packed.read(name) for name in packed.namelist())


_NEXT = re.compile(r'"next":\s*"https?://[^/"]+([^"]+)"')


def answers(asked: Iterable[str]) -> dict[str, Answer]:
    """Return address → answer, with all pages of the lists of the API."""
    client, found, waiting = Client(), {}, list(asked)
    while waiting:
        address = waiting.pop(0)
        found[address] = answer(client, address)
        if "page_size=500" in address and (more := _NEXT.search(found[address].body)):
            waiting.append(more[1].replace("\\u0026", "&"))
    return found
