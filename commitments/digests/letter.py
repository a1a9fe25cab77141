"""What a digest says, in its reader's language: entries as data, and from them subject, plain text and HTML.

Nothing in it is about one reader. What is, the links to change and to leave, is filled in when a message is sent.
"""

from typing import Any
from urllib.parse import urlsplit

import css_inline
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language, gettext, ngettext

from commitments.digests.scope import name_of
from commitments.locales import listed
from commitments.models import Bearing, Change, Coding, DataPoint, Digest, Reply, Subscription, text_in
from commitments.record import published
from commitments.record.changes import Event

#: Mail programs drop style sheets; the rules for dark screens stay in one, for those that do not.
_INLINER = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
#: Where on a pledge's page the kinds of rows stand that have no address of their own there.
_PLACES: dict[type[Any], str] = {Reply: "replies", Coding: "reading"}
#: Under which a mail's HTML is shown in a browser: it brings its rules along, may load nothing and run nothing; its
#: links open in a tab.
APART = "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-popups allow-popups-to-escape-sandbox"
#: Entries that a subject names before it counts the rest.
NAMED = 2


def message_id(digest: Digest, subscription: Subscription) -> str:
    """Return the Message-ID of a digest to a subscription: the same whenever it is asked for."""
    return f"<{digest.key[:32]}.{subscription.pk}@{urlsplit(settings.SITE_URL).hostname}>"


def write(digest: Digest, told: list[tuple[Event, list[str]]], known: dict[str, str]) -> None:
    """Fill in what the digest says, in its language: each event once, with the follows that brought it.

    `known` are `scope.names()` in that language.
    """
    with translation.override(digest.language):
        digest.entries = [
            entry_of(event, digest.language) | {"why": [name_of(follow, known) for follow in why]}
            for event, why in told
        ]
        context = {
            "digest": digest,
            "entries": digest.entries,
            "first": digest.after_seq + 1,
            "own": f"{settings.SITE_URL}{reverse('subscription', args=[digest.placeholder])}",
            "on_site": f"{settings.SITE_URL}{digest.get_absolute_url()}",
        }
        digest.subject = _subject(digest.entries)
        digest.text = render_to_string("emails/digest.txt", context)
        digest.html = html("emails/digest.html", digest.subject, digest.language, context)


def html(template: str, subject: str, language: str, context: dict[str, Any]) -> str:
    """Return a mail's HTML, with its rules where mail programs look for them."""
    around = {"subject": subject, "language": language, "site": gettext("Pledge Tracker")}
    return _INLINER.inline(render_to_string(template, context | around))


def entry_of(event: Event, language: str) -> dict[str, Any]:
    """Return what digests and feeds say of an event, in a language that is active: plain data."""
    about = _about_pledge(event, language) if event.pledge else _about_indicator(event, language)
    text, text_language = text_in(_words(event.row), language)
    return {
        "seq": event.seq,
        "at": event.at.isoformat(),
        "kinds": sorted(event.kinds),
        "changed": [str(kind.label) for kind in Change if kind in event.kinds],
        "text": text,
        "text_language": text_language,
        **about,
        **_said(event.row, language),
    }


def _about_pledge(event: Event, language: str) -> dict[str, str]:
    pledge: Any = event.pledge
    title = text_in(published.coding_of(pledge).title, language)[0]
    at = _PLACES.get(type(event.row)) or event.row.public_id
    return {"code": pledge.code, "title": title, "url": f"{settings.SITE_URL}{pledge.get_absolute_url()}#{at}"}


def _about_indicator(event: Event, language: str) -> dict[str, str]:
    indicator: Any = event.indicator
    title = text_in(indicator.title, language)[0]
    url = f"{settings.SITE_URL}{indicator.get_absolute_url()}#{event.row.public_id}"
    return {"code": event.row.public_id, "title": title, "url": url}


def _words(row: Any) -> dict[str, str]:
    """Return what people wrote about it."""
    if isinstance(row, Reply):
        return dict(row.text)
    if isinstance(row, Coding):
        return dict(row.reason)
    if isinstance(row, DataPoint):
        return dict(row.why or row.note)
    return dict(row.reasoning if row.corrects_id else row.summary)


def _said(row: Any, language: str) -> dict[str, Any]:
    """Return what there is to say of a kind of row besides its words."""
    if isinstance(row, Coding):
        return {"headline": row.get_trackability_display(), "mark": ""}
    if isinstance(row, Reply):
        return {"headline": row.speaker, "mark": ""}
    if isinstance(row, DataPoint):
        return {"headline": f"{row.value.normalize():f} · {row.on.isoformat()}", "mark": ""}
    bearings = [cited.bearing for cited in row.citations.all()]
    return {
        "headline": row.get_status_display(),
        "mark": row.status,
        "id": row.public_id,
        "corrects": row.corrects.public_id if row.corrects else "",
        "withdrawn": row.kind == "withdrawal",
        "since": row.effective_on.isoformat(),
        "grade": row.grade,
        "supports": bearings.count(Bearing.SUPPORTS),
        "contradicts": bearings.count(Bearing.CONTRADICTS),
    }


def _subject(entries: list[dict[str, Any]]) -> str:
    """Return a subject that says the news: the first changes by name, and how many more there are."""
    if not entries:
        return gettext("Nothing has changed")
    named = [f"{entry['code']} {short(entry)}" for entry in entries[:NAMED]]
    more = len(entries) - len(named)
    if more:
        named.append(ngettext("%(n)d more", "%(n)d more", more) % {"n": more})
    return " ".join(listed(named, get_language() or "en").split())[:250]


def short(entry: dict[str, Any]) -> str:
    """Return the news of an entry in a few words, for a line that names what it is about."""
    if entry.get("withdrawn"):
        return gettext("withdrawn")
    if entry.get("corrects"):
        return gettext("corrected: %(status)s") % {"status": entry["headline"]}
    return str(entry["headline"])
