"""Fills the search indexes from the rows: when something becomes public, and all of it again when asked to.

What is written is what readers may read of a row, in every language in which it is there. Rows are cut into tokens
before they are written, a batch at a time: on SQLite nobody else writes between the first row written and the commit.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from django.db.models import Model, QuerySet

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


def _batches(rows: Iterable[Model]) -> Iterator[list[int]]:
    """Yield the keys of rows, so many at once."""
    keys = list(rows.values_list("pk", flat=True) if isinstance(rows, QuerySet) else (row.pk for row in rows))
    yield from (keys[first : first + _BATCH] for first in range(0, len(keys), _BATCH))


def index_codings(codings: Iterable[Coding]) -> None:
    """Write what pledges are found by under these codings: titles and words, tags, the place, the test."""
    languages = dict(Rendition.objects.values_list("pk", "language"))
    for keys in _batches(codings):
        rows = Coding.objects.filter(pk__in=keys).select_related("pledge__section__parent", "pledge__document")
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
    for keys in _batches(passages):
        PassageSearch.write(
            PassageSearch(
                rowid=passage.pk,
                title="",
                words=tokens_of([(passage.exact, languages[passage.rendition_id])]),
                tags="",
                rest="",
            )
            for passage in Passage.objects.filter(pk__in=keys)
        )


def index_evidence(items: Iterable[Evidence]) -> None:
    """Write what these items are found by: title, what they report, publisher, origin and number."""
    for keys in _batches(items):
        EvidenceSearch.write(
            EvidenceSearch(
                rowid=item.pk,
                title=tokens_of([(item.title, item.language)]),
                words=tokens_of(_map(item.fact)),
                tags=tokens_of([(item.publisher, ""), (item.origin.replace("-", " "), "")]),
                rest=tokens_of([(item.public_id, "")]),
            )
            for item in Evidence.objects.filter(pk__in=keys)
        )


def index_updates(updates: Iterable[StatusUpdate]) -> None:
    """Write what these updates are found by: summary, reasoning, number."""
    for keys in _batches(updates):
        UpdateSearch.write(
            UpdateSearch(
                rowid=update.pk,
                title=tokens_of(_map(update.summary)),
                words=tokens_of(_map(update.reasoning)),
                tags="",
                rest=tokens_of([(update.public_id, "")]),
            )
            for update in StatusUpdate.objects.filter(pk__in=keys)
        )


def _public() -> list[tuple[type[Index], QuerySet[Any], Callable[[Iterable[Any]], None]]]:
    """Return each index with the rows that are found by it, and what writes it."""
    return [
        (PledgeSearch, Coding.objects.filter(published_at__isnull=False), index_codings),
        (PassageSearch, Passage.objects.all(), index_passages),
        (EvidenceSearch, Evidence.objects.filter(public_at__isnull=False), index_evidence),
        (UpdateSearch, StatusUpdate.objects.filter(published_at__isnull=False), index_updates),
    ]


def _rewrite(*indexes: type[Index], but: Collection[int] = ()) -> None:
    """Write indexes anew, without the rows `but`, which are right; what is no longer there is taken out."""
    for index, rows, write in _public():
        if index in indexes:
            index._default_manager.exclude(rowid__in=rows.order_by().values("pk")).delete()
            write(rows.exclude(pk__in=but))


def reindex_catalogue(fresh: Collection[str] = ()) -> None:
    """Write the indexes of pledges and sentences anew: the words of the catalogue have changed.

    `fresh` are codes of pledges that were new in this transaction: what they are found by has just been written.
    """
    written = Coding.objects.filter(published_at__isnull=False, pledge__code__in=fresh)
    _rewrite(PledgeSearch, but=list(written.values_list("pk", flat=True)))
    _rewrite(PassageSearch)


def reindex_evidence() -> None:
    """Write the indexes of evidence and updates anew."""
    _rewrite(EvidenceSearch, UpdateSearch)


def fill_empty() -> None:
    """Write those indexes that hold nothing though something is public: a new version has emptied them."""
    for index, rows, write in _public():
        if not index._default_manager.exists() and rows.exists():
            write(rows)


def indexed() -> dict[str, int]:
    """Return how many rows each index holds."""
    return {index._meta.model_name or "": index._default_manager.count() for index, _, _ in _public()}
