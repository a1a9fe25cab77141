"""Where the renditions of a document differ in substance: each place in its sentences, with the pledges it touches."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery

from commitments.models import (
    Authority,
    Difference,
    Document,
    Exact,
    Heading,
    Passage,
    Pledge,
    Quote,
    Rendition,
    Section,
    Wording,
)
from commitments.record import published
from commitments.record.reading import Run, differing_in, space_after_sentence

#: A difference at more places than these is a way of translating, and would hide the others when counted with them.
OFTEN = 10


@dataclass(frozen=True)
class Strip:
    """What one rendition says at a place, the words that differ set apart; no runs where it says nothing there."""

    rendition: Rendition
    runs: list[Run]


@dataclass(frozen=True)
class Place:
    """A row of aligned sentences, or a heading (`row` is None), at which the renditions differ."""

    section: Section | None
    row: int | None
    strips: list[Strip]
    pledges: list[Pledge]


@dataclass(frozen=True)
class Found:
    """A difference with its places: one, or several where it recurs."""

    difference: Difference
    places: list[Place]
    everywhere: int

    @property
    def pledges(self) -> list[Pledge]:
        """The pledges whose quoted words it touches, in the order of the record."""
        found = {pledge.pk: pledge for place in self.places for pledge in place.pledges}
        return sorted(found.values(), key=lambda pledge: pledge.position)


@dataclass(frozen=True)
class Share:
    """Of how many sentences of the authoritative rendition, how many hold words of a difference.

    `apart` leaves aside the differences that recur at more than `OFTEN` places.
    """

    holding: int
    apart: int
    sentences: int


def differences() -> QuerySet[Difference]:
    """Return every difference with its words, the authoritative ones first, in the order of the documents."""
    words = Wording.objects.select_related("rendition").defer("rendition__text")
    found = Difference.objects.select_related("document", "section__document")
    return found.prefetch_related(
        Prefetch("wordings", queryset=words.order_by("rendition__position", "start"))
    ).order_by("document__position", "position")


def in_section(found: QuerySet[Difference], number: str) -> QuerySet[Difference]:
    """Keep the differences that have words in a sentence or heading of a section of this number."""
    over = {"rendition": OuterRef("rendition"), "start__lt": OuterRef("end"), "end__gt": OuterRef("start")}
    inside = [Exists(model._default_manager.filter(section__number=number, **over)) for model in (Passage, Heading)]
    return found.filter(pk__in=Wording.objects.filter(inside[0] | inside[1]).values("difference"))


def by_kind(found: QuerySet[Difference]) -> dict[str, int]:
    """Count differences by kind."""
    return dict(found.order_by().values_list("kind").annotate(n=Count("pk")))


def by_section(document: Document) -> dict[str, int]:
    """Return section number → how many differences of the document have words in it."""
    found: dict[str, set[int]] = defaultdict(set)
    for model in (Passage, Heading):
        homes = model._default_manager.filter(
            rendition=OuterRef("rendition"), start__lt=OuterRef("end"), end__gt=OuterRef("start")
        )
        words = Wording.objects.filter(difference__document=document)
        for number, key in words.annotate(home=Subquery(homes.values("section__number")[:1])).values_list(
            "home", "difference"
        ):
            if number:
                found[number].add(key)
    return {number: len(keys) for number, keys in found.items()}


def beside(pledge: Pledge) -> QuerySet[Difference]:
    """Return the differences whose words overlap those that are quoted for the pledge."""
    overlaps = [
        Q(rendition=quote.rendition_id, start__lt=quote.end, end__gt=quote.start) for quote in pledge.quotes.all()
    ]
    if not overlaps:
        return Difference.objects.none()
    touching = Wording.objects.filter(reduce(or_, overlaps)).values("difference")
    return Difference.objects.select_related("document").filter(pk__in=touching)


def counted(document: Document, found: Iterable[Difference], *, section: str = "") -> Share:
    """Return how many of the document's sentences, or of those of a section, hold words of one of the differences."""
    rows = list(found)
    main = Passage.objects.filter(rendition__document=document, rendition__authority=Authority.AUTHORITATIVE)
    places = list((main.filter(section__number=section) if section else main).values_list("rendition", "start", "end"))
    authoritative = {
        row.pk: [w for w in row.wordings.all() if w.rendition.authority == Authority.AUTHORITATIVE] for row in rows
    }
    apart = [row for row in rows if len(authoritative[row.pk]) <= OFTEN]
    return Share(_holding(places, rows), _holding(places, apart), len(places))


def _holding(places: list[tuple[int, int, int]], found: list[Difference]) -> int:
    spans = [(w.rendition_id, w.start, w.end) for difference in found for w in difference.wordings.all()]
    return sum(any(k == key and s < end and e > start for k, s, e in spans) for key, start, end in places)


def touched(found: Iterable[Difference], *, on: date) -> dict[int, list[Pledge]]:
    """Return difference key → the pledges public on the day whose quoted words it touches."""
    rows = list(found)
    pledges = {pledge.pk: pledge for pledge in published.pledges(on=on)}
    quotes = _quotes(rows, pledges)
    return {
        row.pk: sorted(
            {pledges[key] for w in row.wordings.all() for key in quotes.of(w)}, key=lambda pledge: pledge.position
        )
        for row in rows
    }


@dataclass(frozen=True)
class _Quotes:
    """Quoted words by rendition."""

    by_rendition: dict[int, list[tuple[int, int, int]]]

    def of(self, words: Exact) -> Iterator[int]:
        """Yield the keys of the pledges whose quotes overlap the words."""
        for start, end, pledge in self.by_rendition.get(words.rendition_id, ()):
            if start < words.end and end > words.start:
                yield pledge


def _quotes(found: list[Difference], pledges: dict[int, Pledge]) -> _Quotes:
    documents = {difference.document_id for difference in found}
    rows: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    quotes = Quote.objects.filter(rendition__document__in=documents)
    for rendition, start, end, pledge in quotes.values_list("rendition", "start", "end", "pledge"):
        if pledge in pledges:
            rows[rendition].append((start, end, pledge))
    return _Quotes(rows)


#: A row of the document, or the headings of a section (None: of the document itself).
_Key = tuple[str, int | None]


class _Text:
    """The sentences and headings of a document: finds where words stand. Two queries."""

    def __init__(self, document: Document) -> None:
        self.renditions = list(document.renditions.all())
        self.at: dict[_Key, dict[int, list[Exact]]] = defaultdict(lambda: defaultdict(list))
        self.sections: dict[_Key, Section | None] = {}
        self._starts: dict[int, list[tuple[int, _Key]]] = defaultdict(list)
        of = {"rendition__document": document}
        sentences = Passage.objects.filter(**of).select_related("section__document").order_by("rendition", "ordinal")
        headings = Heading.objects.filter(**of).select_related("section__document").order_by("rendition", "start")
        for passage in sentences:
            self._add(("row", passage.row), passage, passage.section)
        for heading in headings:
            self._add(("heading", heading.section_id), heading, heading.section)
        for starts in self._starts.values():
            starts.sort(key=lambda pair: pair[0])

    def _add(self, key: _Key, words: Exact, section: Section | None) -> None:
        self.at[key][words.rendition_id].append(words)
        self.sections[key] = section
        self._starts[words.rendition_id].append((words.start, key))

    def key_of(self, words: Exact) -> _Key:
        """Return where the words stand."""
        starts = self._starts[words.rendition_id]
        return starts[bisect_right(starts, words.start, key=lambda pair: pair[0]) - 1][1]

    def strip(self, key: _Key, rendition: Rendition, words: list[Wording]) -> Strip:
        """Return the sentences that hold the words; where a rendition has none of them, all that it says there."""
        spans = [(w.start, w.end) for w in words if w.rendition_id == rendition.pk]
        said = self.at[key].get(rendition.pk, [])
        holding = [one for one in said if any(start < one.end and end > one.start for start, end in spans)]
        runs: list[Run] = []
        for one in holding or said:
            runs += [Run(space_after_sentence(rendition), (), (), differs=False)] if runs else []
            runs += differing_in(one, spans)
        return Strip(rendition, runs)


def described(document: Document, found: Iterable[Difference], *, on: date, section: str = "") -> list[Found]:
    """Return differences of the document place by place, with the pledges of the day that each place touches.

    `section` keeps to the places in the section of that number. `document` comes from `published.documents()`.
    The number of queries does not depend on how many there are.
    """
    rows, text = list(found), _Text(document)
    pledges = {pledge.pk: pledge for pledge in published.pledges(on=on).filter(document=document)}
    quotes = _quotes(rows, pledges)
    result = []
    for row in rows:
        places = [_place(text, key, words, quotes, pledges) for key, words in _by_place(text, row).items()]
        kept = [place for place in places if not section or (place.section and place.section.number == section)]
        result.append(Found(row, kept, everywhere=len(places)))
    return result


def _by_place(text: _Text, difference: Difference) -> dict[_Key, list[Wording]]:
    found: dict[_Key, list[Wording]] = defaultdict(list)
    for words in difference.wordings.all():
        found[text.key_of(words)].append(words)
    return found


def _place(text: _Text, key: _Key, words: list[Wording], quotes: _Quotes, pledges: dict[int, Pledge]) -> Place:
    touching = {pledge for one in words for pledge in quotes.of(one)}
    return Place(
        section=text.sections[key],
        row=key[1] if key[0] == "row" else None,
        strips=[text.strip(key, rendition, words) for rendition in text.renditions],
        pledges=[pledge for pk, pledge in pledges.items() if pk in touching],
    )
