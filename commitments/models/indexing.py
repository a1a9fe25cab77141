"""Fills the search indexes from the rows: when something becomes public, and all of it again when asked to.

What is written is what readers may read of a row, in every language in which it is there.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from django.db import transaction

from commitments.models.evidence import Evidence
from commitments.models.pledges import Coding
from commitments.models.search import (
    EvidenceSearch,
    Index,
    PassageSearch,
    PledgeSearch,
    UpdateSearch,
    tokens_of,
)
from commitments.models.sources import Passage, Rendition
from commitments.models.updates import StatusUpdate

#: A text with its language (BCP 47); empty where it may be any.
Said = tuple[str, str]

_BATCH = 1000


def _map(texts: dict[str, str]) -> Iterator[Said]:
    yield from ((text, language) for language, text in texts.items())


def _named(rows: Iterable[Any], field: str = "name") -> Iterator[Said]:
    """Yield the names of terms or sections, and their other names, of which nobody says in which language they are."""
    for row in rows:
        yield from _map(getattr(row, field))
        yield from ((alias, "") for alias in row.aliases)


def index_codings(codings: Iterable[Coding]) -> None:
    """Write what pledges are found by under these codings: titles and words, tags, the place, the test."""
    keys = [coding.pk for coding in codings]
    languages = dict(Rendition.objects.values_list("pk", "language"))
    for first in range(0, len(keys), _BATCH):
        rows = Coding.objects.filter(pk__in=keys[first : first + _BATCH]).select_related(
            "pledge__section__parent", "pledge__document"
        )
        linked = rows.prefetch_related("themes", "rights", "actors", "pledge__quotes")
        PledgeSearch.write(_coding(coding, languages) for coding in linked)


def _coding(coding: Coding, languages: dict[int, str]) -> PledgeSearch:
    section, document = coding.pledge.section, coding.pledge.document
    quotes = coding.pledge.quotes.all()
    tags = (*coding.themes.all(), *coding.rights.all(), *coding.actors.all())
    places = [place for place in (section, section.parent) if place]
    return PledgeSearch(
        rowid=coding.pk,
        title=tokens_of(_map(coding.title)),
        words=tokens_of((quote.exact, languages[quote.rendition_id]) for quote in quotes),
        tags=tokens_of(_named(tags)),
        rest=tokens_of(
            [*_named(places, "title"), *_map(coding.test), (document.code, ""), *_named([document], "title")]
        ),
    )


def index_passages(passages: Iterable[Passage]) -> None:
    """Write what these sentences are found by."""
    languages = dict(Rendition.objects.values_list("pk", "language"))
    PassageSearch.write(
        PassageSearch(
            rowid=passage.pk,
            title="",
            words=tokens_of([(passage.exact, languages[passage.rendition_id])]),
            tags="",
            rest="",
        )
        for passage in passages
    )


def index_evidence(items: Iterable[Evidence]) -> None:
    """Write what these items are found by: title, what they report, publisher, origin and number."""
    EvidenceSearch.write(
        EvidenceSearch(
            rowid=item.pk,
            title=tokens_of([(item.title, item.language)]),
            words=tokens_of(_map(item.fact)),
            tags=tokens_of([(item.publisher, ""), (item.origin.replace("-", " "), "")]),
            rest=tokens_of([(item.public_id, "")]),
        )
        for item in items
    )


def index_updates(updates: Iterable[StatusUpdate]) -> None:
    """Write what these updates are found by: summary, reasoning, number."""
    UpdateSearch.write(
        UpdateSearch(
            rowid=update.pk,
            title=tokens_of(_map(update.summary)),
            words=tokens_of(_map(update.reasoning)),
            tags="",
            rest=tokens_of([(update.public_id, "")]),
        )
        for update in updates
    )


def _empty(*indexes: type[Index]) -> None:
    for index in indexes:
        index._default_manager.all().delete()


@transaction.atomic
def reindex_catalogue(fresh: Collection[str] = ()) -> None:
    """Write the indexes of pledges and sentences anew: the words of the catalogue have changed.

    `fresh` are codes of pledges that were new in this transaction: what they are found by has just been written.
    """
    published = Coding.objects.filter(published_at__isnull=False)
    written = published.filter(pledge__code__in=fresh).values_list("pk", flat=True)
    PledgeSearch._default_manager.exclude(rowid__in=list(written)).delete()
    _empty(PassageSearch)
    index_codings(published.exclude(pledge__code__in=fresh).only("pk"))
    index_passages(Passage.objects.all())


@transaction.atomic
def reindex_evidence() -> None:
    """Write the indexes of evidence and updates anew."""
    _empty(EvidenceSearch, UpdateSearch)
    index_evidence(Evidence.objects.filter(public_at__isnull=False))
    index_updates(StatusUpdate.objects.filter(published_at__isnull=False))


def indexed() -> dict[str, int]:
    """Return how many rows each index holds."""
    indexes = (PledgeSearch, PassageSearch, EvidenceSearch, UpdateSearch)
    return {index._meta.model_name or "": index._default_manager.count() for index in indexes}
