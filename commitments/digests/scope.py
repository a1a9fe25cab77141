"""What a subscription follows: places, terms, pledges or a question to the list, and which kinds of change.

A scope is kept as plain data in one canonical form, so that all who follow the same share one digest.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils.translation import get_language, gettext

from commitments.locales import listed
from commitments.models import Actor, Change, Pledge, SectionKind, Theme
from commitments.models.ledger import canonical
from commitments.record import published
from commitments.record.changes import Event
from commitments.record.filters import PledgeFilter, named

EVERYTHING = "everything"
#: Follows of one subscription: more than a person picks by hand.
MOST = 200
#: Each search costs a query whenever digests are composed.
MOST_SEARCHES = 5
#: Characters of a search.
LONGEST = 500
#: What a search may ask the list.
_QUESTIONS = frozenset(PledgeFilter.base_filters) - {"ordering"}


class ScopeError(ValueError):
    """Something cannot be followed; the message names it."""


@dataclass(frozen=True)
class Scope:
    """`follows` are labels as events bear them, or `search:QUERY` for the list's filters; `kinds` are changes."""

    follows: frozenset[str]
    kinds: frozenset[Change]

    @classmethod
    def of(cls, stored: dict[str, Any]) -> "Scope":
        """Return the scope that a subscription stores."""
        return cls(frozenset(stored["follows"]), frozenset(map(Change, stored["kinds"])))

    def stored(self) -> dict[str, list[str]]:
        """Return it as plain data, in its canonical order."""
        return {"follows": sorted(self.follows), "kinds": sorted(self.kinds)}

    @property
    def key(self) -> str:
        """SHA-256 (hex) of the canonical form."""
        return hashlib.sha256(canonical(self.stored()).encode()).hexdigest()

    def why(self, event: Event, found: dict[str, frozenset[str]]) -> list[str]:
        """Return the follows by which an event belongs to this scope; none where it does not.

        `found` holds, for each `search:` that is followed, the codes of the pledges that it finds (`searched`).
        """
        if not event.kinds & self.kinds:
            return []
        direct = self.follows & event.labels
        code = event.pledge.code if event.pledge else ""
        return sorted([*direct, *(follow for follow in self.follows if code in found.get(follow, ()))])


def searched(scopes: Iterable[Scope], *, on: date) -> dict[str, frozenset[str]]:
    """Return the codes of the pledges that each followed question finds on a day; one query for each question."""
    asked = {follow for scope in scopes for follow in scope.follows if follow.startswith("search:")}
    return {follow: frozenset(_find(follow, on)) for follow in asked}


def _find(follow: str, on: date) -> Iterable[str]:
    found = PledgeFilter(QueryDict(follow.partition(":")[2]), queryset=published.pledges(on=on))
    return found.qs.values_list("code", flat=True) if found.is_valid() else ()


def question(asked: QueryDict) -> str:
    """Return the follow of a question to the list; ScopeError where it asks nothing, or what the list cannot tell."""
    if unknown := set(asked) - _QUESTIONS:
        names = ", ".join(sorted(unknown))[:60]
        raise ScopeError(gettext("A search of the list has nothing called “%(names)s”.") % {"names": names})
    kept = QueryDict(mutable=True)
    for name in sorted(asked):
        kept.setlist(name, sorted({value for value in asked.getlist(name) if value}))
    follow = f"search:{kept.urlencode()}"
    if follow == "search:":
        raise ScopeError(gettext("This search asks for nothing in particular. Follow everything instead."))
    if len(follow) > LONGEST or len(kept.getlist("q")) > 1:
        raise ScopeError(gettext("This search is too long to be followed. Take some of it away."))
    form = PledgeFilter(kept, queryset=Pledge.objects.none())
    if not form.is_valid():
        wrong = "; ".join(f"{name}: {' '.join(texts)}" for name, texts in form.errors.items())
        raise ScopeError(gettext("The list of pledges cannot be asked so. %(wrong)s") % {"wrong": wrong})
    return follow


def checked(follows: Iterable[str], *, on: date) -> list[str]:
    """Return follows as they are kept, each once; ScopeError where nothing of that name can be followed."""
    asked = list(dict.fromkeys(follows))
    if len(asked) > MOST or sum(follow.startswith("search:") for follow in asked) > MOST_SEARCHES:
        words = gettext("These are more than %(most)d things, or more than %(searches)d searches. Follow a section.")
        raise ScopeError(words % {"most": MOST, "searches": MOST_SEARCHES})
    known: dict[str, set[str]] = {}
    return [_checked(follow, known, on) for follow in asked]


def _checked(follow: str, known: dict[str, set[str]], on: date) -> str:
    """Check one; `known` holds the names of each kind once they were asked for."""
    kind, _, name = follow.partition(":")
    if follow == EVERYTHING:
        return follow
    if kind == "search" and name:
        return question(QueryDict(name))
    if kind in _KNOWN and kind not in known:
        known[kind] = _KNOWN[kind](on)
    if name not in known.get(kind, ()):
        raise ScopeError(gettext("There is nothing called “%(follow)s” to follow.") % {"follow": follow[:60]})
    return follow


def wanted(follows: Iterable[str], kinds: Iterable[str], *, on: date) -> Scope:
    """Return the scope that somebody asks for; ScopeError where it cannot be followed."""
    asked = checked(follows, on=on)
    if not asked:
        raise ScopeError(gettext("Choose what you want to follow: everything, or at least one thing."))
    return Scope(frozenset(asked), frozenset(map(Change, kinds)))


def _sections(kinds: Iterable[str]) -> set[str]:
    return {str(section) for section in published.sections() if section.kind in kinds}


_KNOWN: dict[str, Any] = {
    "document": lambda on: {document.slug for document in published.documents()},
    "project": lambda on: _sections([SectionKind.PROJECT]),
    "section": lambda on: _sections([SectionKind.SECTION, SectionKind.PARAGRAPH]),
    "pledge": lambda on: set(published.pledges(on=on).values_list("code", flat=True)),
    "theme": lambda on: set(Theme.objects.values_list("slug", flat=True)),
    "actor": lambda on: set(Actor.objects.values_list("slug", flat=True)),
}


def names() -> dict[str, str]:
    """Return what each follow is called in the current language, but for pledges and questions (`name_of`)."""
    found = {EVERYTHING: gettext("everything")}
    found |= {f"document:{document.slug}": named(document) for document in published.documents()}
    for section in published.sections():
        kind = "project" if section.kind == SectionKind.PROJECT else "section"
        found[f"{kind}:{section}"] = f"{section} {named(section)}"
    found |= {f"theme:{theme.slug}": named(theme) for theme in Theme.objects.all()}
    return found | {f"actor:{actor.slug}": named(actor) for actor in Actor.objects.all()}


def name_of(follow: str, known: dict[str, str]) -> str:
    """Return what a follow is called: a pledge by its code, a question to the list by what it asks."""
    kind, _, name = follow.partition(":")
    return known.get(follow) or (_asked_in_words(name) if kind == "search" else name)


def _asked_in_words(query: str) -> str:
    """Return a question to the list as its reader knows it from the list: `search: “climate”, Section 2.11`."""
    words = []
    for name, values in QueryDict(query).lists():
        if name not in _QUESTIONS:
            continue  # kept by an older version
        label = "" if name == "q" else f"{PledgeFilter.base_filters[name].label} "
        words += [f"{label}{value}" if label else f"“{value}”" for value in values]
    return gettext("search: %(words)s") % {"words": listed(words, get_language() or "en")}
