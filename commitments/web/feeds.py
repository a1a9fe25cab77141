"""Atom: what became public, of everything, of a question to the list, of one pledge; in four languages."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.http.response import HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language, gettext, override, to_locale
from django.views.decorators.http import require_safe

from commitments.clock import today
from commitments.conditional import Validator, answered
from commitments.digests import letter
from commitments.locales import listed
from commitments.models import Pledge, text_in
from commitments.problems import problem, refused
from commitments.record import changes, codes, published
from commitments.record.changes import Event
from commitments.templatetags.feeds import feed as feed_path
from commitments.text import writable_as_xml
from commitments.web.asked import language_of, unknown
from commitments.web.question import FILTERS, Question, question_of

#: Events in a feed, at most.
NEWEST = 100
#: Feeds are asked for by the hour: five minutes spare us the crowd and keep nobody waiting.
CACHING = "public, max-age=300"
#: From when on the name of this site is ours, as a tag: URI (RFC 4151) has to say. It never changes.
SINCE = "2026"


class Atom(Atom1Feed):
    """Django's, but what an entry says is its content, no summary; and no date is the clock's."""

    def latest_post_date(self) -> datetime:
        """Return when the newest entry became public; of an empty feed the date that its Last-Modified gives."""
        return super().latest_post_date() if self.items else self.feed["as_of"]

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        """Write an entry."""
        super().add_item_elements(handler, item | {"description": None})
        handler.addQuickElement("content", item["description"], {"type": "html"})


@dataclass(frozen=True)
class Subject:
    """What a feed is about, in the current language: `path` is its own, `page` that of the page for readers.

    `about` are the pledges that it tells of; None for everything, figures too.
    """

    title: str
    path: str
    page: str
    about: QuerySet[Pledge] | None = None


@require_safe
def updates(request: HttpRequest) -> HttpResponseBase:
    """Everything that became public, or what did of the pledges that the list finds by the same filters."""
    language, problems = language_of(request.GET)
    with override(language):
        on = today()
        asked = question_of(request.GET, on=on)
        problems |= asked.problems | unknown(request.GET, FILTERS)
        return refused(problems) if problems else _answer(request, partial(_question, asked), on)


@require_safe
def pledge(request: HttpRequest, code: str) -> HttpResponseBase:
    """Everything that became public of one pledge."""
    language, problems = language_of(request.GET)
    with override(language):
        on = today()
        known = published.pledges(on=on)
        found = known.filter(code=codes.written(code)).first()
        problems |= unknown(request.GET, ())
        if problems:
            return refused(problems)
        if found is None:
            return problem(404, f"There is no pledge {code[:40]!r}. /api/v1/pledges/ lists them.")
        if found.code != code:
            return HttpResponsePermanentRedirect(feed_path(pledge=found.code))
        return _answer(request, partial(_pledge, found, known.filter(pk=found.pk)), on)


# --- what was asked for ---------------------------------------------------------------------


def _question(asked: Question) -> Subject:
    """Return everything, or the pledges that answer a question; it has been found valid."""
    if not asked.text:
        return Subject(gettext("All changes"), feed_path(), reverse("overview"))
    chosen = listed(asked.told(), get_language() or "en")
    return Subject(chosen, feed_path(asked.text), f"{reverse('pledges')}?{asked.text}", asked.found)


def _pledge(found: Pledge, alone: QuerySet[Pledge]) -> Subject:
    title = text_in(published.coding_of(found).title, get_language() or "en")[0]
    return Subject(f"{found.code} {title}", feed_path(pledge=found.code), found.get_absolute_url(), alone)


# --- the answer -----------------------------------------------------------------------------


def _answer(request: HttpRequest, describe: Callable[[], Subject], on: date) -> HttpResponseBase:
    """Return the feed, or 304 to whoever has it: told by the log's head, before anything else is read.

    Day and language are part of the tag: which pledges answer a question can change with the day, without an entry.
    The tag is weak: the same news may be worded anew by the next version of the site, and need not be fetched again.
    """
    seq, at = changes.newest()
    midnight = datetime.combine(on, time.min, tzinfo=UTC)
    modified = max(at or midnight, midnight)

    def make() -> HttpResponse:
        about = describe()
        events = changes.latest(NEWEST, through=seq, on=on, about=about.about)
        return HttpResponse(_written(about, events, as_of=modified), content_type=Atom.content_type)

    etag = f'W/"{seq}-{on.isoformat()}-{get_language()}"'
    return answered(request, Validator(etag, modified, CACHING), make)


def _written(subject: Subject, events: list[Event], *, as_of: datetime) -> str:
    """Return the feed as XML, in the current language."""
    language, site = get_language() or settings.LANGUAGE_CODE, gettext("Pledge Tracker")
    feed = Atom(
        title=writable_as_xml(f"{site} · {subject.title}"),
        link=f"{settings.SITE_URL}{subject.page}",
        description=None,
        language=to_locale(language).replace("_", "-"),
        author_name=site,
        subtitle=gettext("The newest %(n)d changes. Provisional statuses are left out.") % {"n": NEWEST},
        feed_url=f"{settings.SITE_URL}{subject.path}",
        feed_guid=_tag(subject.path),
        feed_copyright=gettext("The record's data: CC BY 4.0. The quoted texts remain their issuers'."),
        as_of=as_of,
    )
    for event in events:
        _add(feed, event, language)
    return feed.writeString("utf-8")


def _add(feed: Atom, event: Event, language: str) -> None:
    """Add an event to the feed.

    Its id is made of its number in the log and of the language: the same in every feed of a language, so that who
    takes several is told once. Another language is another entry: RFC 4287 lets a program drop all but one of those
    that share an id, and whoever reads two languages would lose either of them.
    """
    entry = letter.entry_of(event, language)
    feed.add_item(
        title=writable_as_xml(_title(entry)),
        link=entry["url"],
        description=writable_as_xml(render_to_string("feeds/entry.html", {"entry": entry})),
        unique_id=_tag(f"/log/{event.seq}/{language}"),
        pubdate=event.at,
        updateddate=event.at,
        categories=[kind.value for kind in sorted(event.kinds)],
    )


def _title(entry: dict[str, Any]) -> str:
    """Return a line that says the news: of what is no status also what kind of news it is."""
    news = letter.short(entry)
    if not entry["mark"]:
        news = f"{', '.join(entry['changed'])}: {news}"
    return f"{entry['code']} {news} · {entry['title']}"


def _tag(path: str) -> str:
    """Return a tag: URI, a name that stays whatever becomes of scheme and port."""
    return f"tag:{urlsplit(settings.SITE_URL).hostname},{SINCE}:{path}"
