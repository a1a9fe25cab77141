"""Finding pledges, sentences, evidence and updates by words, in four languages; ranked by how rare the words are.

What holds every term of a question is found. Where nothing does, that is found which holds most of it: a term weighs
more the fewer rows hold it, so that of a question asked in a sentence the words that name something decide. The same
rows come in the same order on every database, and to pages, API and files alike.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Max, Model, Q, QuerySet

from commitments.models import (
    Document,
    Evidence,
    EvidenceSearch,
    Index,
    Passage,
    PassageSearch,
    Pledge,
    PledgeSearch,
    StatusUpdate,
    UpdateSearch,
)
from commitments.models.search import Part, Score
from commitments.questions import Question, Term, ask

Row = TypeVar("Row", bound=Model)

#: What a term counts for by the field that holds it: titles say what a row is about. Fields left out count nothing.
WEIGHTS = {"title": 4.0, "words": 2.0, "tags": 1.5}
#: What it counts for where only a longer word begins with it.
LOOSELY = 0.5
#: Of the terms so many are ranked by, those that tell most.
RANKED_BY = 12
#: Where nothing holds every term, that is found which holds so much of what the best row holds.
MOST_OF_THE_BEST = 0.7
#: So much of the rarest term's weight makes a term rare enough to be looked for first.
_RARE = 0.4
#: Of long Chinese runs so many pairs are asked for.
_MOST_PIECES = 24

_CODE = re.compile(r"([A-Za-z]{2,8})-\d+(\.\d*){0,2}\Z")
_ITEM = re.compile(r"[Ee]\d{4,7}\Z")
_UPDATE = re.compile(r"[Uu]\d{1,9}\Z")


@dataclass(frozen=True)
class Answer(Generic[Row]):
    """The rows found, best first; `partial` where none holds every term, so that these hold most of them."""

    rows: QuerySet[Row]
    question: Question
    partial: bool = False


def _weights(rows: QuerySet[Row], terms: Sequence[Term], index: type[Index], key: str) -> dict[Term, float]:
    """Return how much each term, and each piece of one, tells among the rows that are public on the day."""
    pieces = [piece for term in terms for piece in term.pieces][:_MOST_PIECES]
    every = list(dict.fromkeys([*terms, *pieces]))
    return dict(zip(every, index.rarity([term.any for term in every], rows, key), strict=True))


def _ranked(rows: QuerySet[Row], weights: dict[Term, float], index: type[Index], key: str) -> QuerySet[Row]:
    """Return the rows in the order of what their fields hold of the terms; ties stand as they stood."""
    parts = []
    for term in sorted(weights, key=lambda term: -weights[term])[:RANKED_BY]:
        parts += [Part(term.ways, worth * weights[term], (field,)) for field, worth in WEIGHTS.items()]
        if term.loosely:
            parts.append(Part(term.loosely, LOOSELY * weights[term]))
    ties: Sequence[Any] = rows.query.order_by or rows.model._meta.ordering or ()
    scored: QuerySet[Row] = rows.annotate(relevance=Score(key, index, parts))  # type: ignore[assignment]
    return scored.order_by("-relevance", *ties)


def _most(rows: QuerySet[Row], weights: dict[Term, float], index: type[Index], key: str) -> QuerySet[Row]:
    """Return the rows that hold most of the terms, by weight, those first that hold more."""
    least = _RARE * max(weights.values())
    rare = tuple(way for term, weight in weights.items() if weight >= least for way in term.any)
    held = Score(key, index, [Part(term.any, weight) for term, weight in weights.items()])
    rarely = rows.filter(**{f"{key}__in": index.holding([rare])})
    near: QuerySet[Row] = rarely.annotate(held=held)  # type: ignore[assignment]
    best = near.aggregate(best=Max("held"))["best"] or 0.0
    found: QuerySet[Row] = _ranked(near.filter(held__gte=MOST_OF_THE_BEST * best), weights, index, key)
    return found.order_by("-held", *found.query.order_by)


def _answer(rows: QuerySet[Row], question: Question, index: type[Index], key: str = "pk") -> Answer[Row]:
    if not question:
        return Answer(rows.none(), question)
    terms = question.terms
    whole = rows.filter(**{f"{key}__in": index.holding([term.any for term in terms])})
    if len(terms) == 1 and (not terms[0].pieces or whole.exists()):  # one term alone is not weighed against others
        return Answer(_ranked(whole, {terms[0]: 1.0}, index, key), question)
    weights = _weights(rows, terms, index, key)
    if all(weights[term] for term in terms) and whole.exists():
        return Answer(_ranked(whole, {term: weights[term] for term in terms}, index, key), question)
    return _partial(rows, question, weights, index, key)


def _partial(
    rows: QuerySet[Row], question: Question, weights: dict[Term, float], index: type[Index], key: str
) -> Answer[Row]:
    """Answer with what holds most; a run of Chinese that none of the rows holds is asked for piece by piece."""
    parts = [part for term in question.terms for part in ([term] if weights[term] else term.pieces)]
    telling = {part: weights[part] for part in parts if weights.get(part)}
    if not telling:
        return Answer(rows.none(), question)
    return Answer(_most(rows, telling, index, key), question, partial=True)


def _coded(text: str, path: str) -> Q | None:
    """Return the condition that a pledge has this code, or one that begins with it; None where it is no code.

    Codes begin with that of a document: COVID-19 and Agenda-2030 are words.
    """
    code_like = _CODE.match(text)
    if not code_like or not Document.objects.filter(code__iexact=code_like[1]).exists():
        return None
    code = text.rstrip(".")
    return Q(**{f"{path}__iexact": code}) | Q(**{f"{path}__istartswith": f"{code}."})


def pledges(found: QuerySet[Pledge], query: str) -> Answer[Pledge]:
    """Search pledges of `published.pledges(on=…)` by the words of the coding that was current on the day.

    A code, or the beginning of one (`FMP-2.11`), finds what it is the code of.
    """
    coded = _coded(query.strip(), "code")
    if coded is not None:
        return Answer(found.filter(coded), Question(query))
    return _answer(found, ask(query), PledgeSearch, "current_coding")


def matching(found: QuerySet[Pledge], query: str) -> QuerySet[Pledge]:
    """Return those of `found` that answer the query, best first; none, where the query holds no word."""
    return pledges(found, query).rows


def passages(found: QuerySet[Passage], query: str) -> Answer[Passage]:
    """Search sentences of the texts; the code of a pledge finds the sentences in which its words stand."""
    coded = _coded(query.strip(), "quotes__pledge__code")
    if coded is not None:
        inside = Passage.objects.filter(coded).order_by().values("pk")
        return Answer(found.filter(pk__in=inside), Question(query))
    return _answer(found, ask(query), PassageSearch)


def evidence(found: QuerySet[Evidence], query: str) -> Answer[Evidence]:
    """Search items by title, publisher, origin and what they report; a number (`E0294`) finds the item."""
    if _ITEM.match(query.strip()):
        return Answer(found.filter(public_id=query.strip().upper()), Question(query))
    return _answer(found, ask(query), EvidenceSearch)


def updates(found: QuerySet[StatusUpdate], query: str) -> Answer[StatusUpdate]:
    """Search updates by what they say; a number (`U12`) finds the update, the code of a pledge what was said of it."""
    text = query.strip()
    if _UPDATE.match(text):
        return Answer(found.filter(seq=int(text[1:])), Question(query))
    coded = _coded(text, "pledge__code")
    if coded is not None:
        return Answer(found.filter(coded), Question(query))
    return _answer(found, ask(query), UpdateSearch)
