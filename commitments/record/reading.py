"""The reading view as data: rows of aligned sentences, each cut where a promise begins or ends."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from django.db.models import Case, When

from commitments.models import Authority, Document, Exact, Passage, Pledge, Quote, Rendition, Role, Section
from commitments.record import indicators, published
from commitments.text import Span, differing_words, segments

_DIFFERS = "differs"

#: A rendition's key, and a section's: None for what belongs to the document itself.
Place = tuple[int, int | None]


@dataclass(frozen=True)
class Run:
    """A stretch of a sentence: the pledges whose words it is, those that end with it, whether it differs."""

    text: str
    codes: tuple[str, ...]
    notes: tuple[str, ...]
    differs: bool


@dataclass(frozen=True)
class Cell:
    """What one rendition says in a row; empty where it lacks the sentence."""

    rendition: Rendition
    passages: list[Passage]
    runs: list[Run]

    @property
    def quiet(self) -> bool:
        """Whether it promises nothing."""
        return all(passage.role != "pledge" for passage in self.passages)


@dataclass(frozen=True)
class Row:
    """Sentences that say the same, one cell per rendition shown, and the pledges in them."""

    number: int
    cells: list[Cell]
    pledges: list[Pledge]

    @property
    def role(self) -> Role:
        """What the row does: the role of its first sentence that promises, else of its first."""
        roles = [passage.role for cell in self.cells for passage in cell.passages]
        return Role.PLEDGE if Role.PLEDGE in roles or not roles else Role(roles[0])


@dataclass
class Part:
    """A numbered part (None for the document's own lead-in) with its rows."""

    section: Section | None
    rows: list[Row] = field(default_factory=list)

    @property
    def pledges(self) -> int:
        """How many pledges begin in it."""
        return sum(len(row.pledges) for row in self.rows)


def space_after_sentence(rendition: Rendition) -> str:
    """Return what stands between two sentences: a blank, in Chinese nothing."""
    return "" if rendition.language.startswith("zh") else " "


def _runs(passage: Exact, spans: list[tuple[int, int, str]]) -> Iterator[Run]:
    """Yield the runs of a sentence. A pledge is noted where the last of its words end, and only there."""
    last = {label: end for _, end, label in sorted(spans, key=lambda span: span[1])}
    for piece in segments(passage.start, passage.end, spans):
        text = passage.exact[piece.start - passage.start : piece.end - passage.start]
        codes = tuple(label for label in piece.labels if label != _DIFFERS)
        notes = tuple(label for label in piece.closing if label != _DIFFERS and last[label] == piece.end)
        yield Run(text, codes, notes, _DIFFERS in piece.labels)


def differing_in(words: Exact, differing: Iterable[Span]) -> list[Run]:
    """Return a sentence or heading cut at the spans (offsets of the rendition) that differ."""
    return list(_runs(words, [(start, end, _DIFFERS) for start, end in differing]))


def cell(
    rendition: Rendition, passages: list[Passage], quotes: Iterable[Quote], differing: Iterable[Span] = ()
) -> Cell:
    """Return the passages cut at the quotes, and at the spans that the other rendition words otherwise."""
    runs: list[Run] = []
    spans = [(quote.start, quote.end, quote.pledge.code) for quote in quotes]
    spans += [(start, end, _DIFFERS) for start, end in differing]
    for passage in passages:
        if runs:
            runs.append(Run(space_after_sentence(rendition), (), (), differs=False))
        runs += _runs(passage, spans)
    return Cell(rendition, passages, runs)


def _differing(shown: list[Rendition], passages: dict[int, list[Passage]]) -> dict[int, list[Span]]:
    """Return rendition key → the spans (offsets of the rendition) that the other words otherwise.

    Only where two renditions in one language are shown.
    """
    if len(shown) != 2 or shown[0].language != shown[1].language:
        return {}
    ours, theirs = (passages.get(rendition.pk, []) for rendition in shown)
    found = differing_words(*("\n".join(passage.exact for passage in side) for side in (ours, theirs)))
    return {
        rendition.pk: list(_placed(side, spans))
        for rendition, side, spans in zip(shown, (ours, theirs), found, strict=True)
    }


def _placed(passages: list[Passage], spans: list[Span]) -> Iterator[Span]:
    """Yield spans of the joined passages as spans of the rendition, cut where a sentence ends."""
    at = 0
    for passage in passages:
        end = at + len(passage.exact)
        for start, stop in spans:
            if start < end and stop > at:
                yield passage.start + max(start, at) - at, passage.start + min(stop, end) - at
        at = end + 1


def _cells(
    shown: list[Rendition], passages: dict[int, list[Passage]], quotes: dict[Place, list[Quote]]
) -> Iterator[Cell]:
    section = next(iter(passages.values()))[0].section_id
    differing = _differing(shown, passages)
    for r in shown:
        yield cell(r, passages.get(r.pk, []), quotes.get((r.pk, section), []), differing.get(r.pk, ()))


@dataclass(frozen=True)
class _Words:
    """Everything of one document that the reading view needs, fetched once."""

    passages: list[Passage]
    quotes: list[Quote]
    pledges: dict[int, Pledge]

    def by_row(self) -> dict[int, dict[int, list[Passage]]]:
        """Return row number → rendition key → its sentences."""
        rows: dict[int, dict[int, list[Passage]]] = defaultdict(lambda: defaultdict(list))
        for passage in self.passages:
            rows[passage.row][passage.rendition_id].append(passage)
        return rows

    def quotes_by_place(self) -> dict[Place, list[Quote]]:
        """Return (rendition key, section key) → the quotes there of pledges that are public."""
        found: dict[Place, list[Quote]] = defaultdict(list)
        for quote in self.quotes:
            if quote.pledge_id in self.pledges:
                found[quote.rendition_id, quote.pledge.section_id].append(quote)
        return found

    def pledges_by_row(self) -> dict[int, list[Pledge]]:
        """Return row number → the pledges whose first quoted words, authoritative ones before others, lie in it."""
        first: dict[int, Quote] = {}
        for quote in self.quotes:
            first.setdefault(quote.pledge_id, quote)
        starts = {(passage.rendition_id, passage.start): passage.row for passage in self.passages}
        places = sorted(starts)
        found: dict[int, list[Pledge]] = defaultdict(list)
        for pledge in self.pledges.values():
            quote = first[pledge.pk]
            at = bisect_right(places, (quote.rendition_id, quote.start)) - 1
            found[starts[places[at]]].append(pledge)
        return found


def _fetch(document: Document, on: date) -> _Words:
    authoritative_first = Case(When(rendition__authority=Authority.AUTHORITATIVE, then=0), default=1)
    quotes = Quote.objects.filter(rendition__document=document).select_related("pledge")
    return _Words(
        passages=list(Passage.objects.filter(rendition__document=document).order_by("row", "ordinal")),
        quotes=list(quotes.order_by(authoritative_first, "start")),
        pledges={pledge.pk: pledge for pledge in published.pledges(on=on).filter(document=document)},
    )


def read(document: Document, shown: list[Rendition], *, on: date) -> list[Part]:
    """Return the document in order, part by part, in the renditions asked for.

    The number of queries does not depend on the document's length.
    """
    words = _fetch(document, on)
    quotes, pledges = words.quotes_by_place(), words.pledges_by_row()
    sections = indicators.with_figures(published.sections().filter(document=document), on=on)
    parts = {None: Part(None)} | {section.pk: Part(section) for section in sections}
    for number, passages in words.by_row().items():
        home = next(iter(passages.values()))[0].section_id
        parts[home].rows.append(Row(number, list(_cells(shown, passages, quotes)), pledges.get(number, [])))
    return [part for part in parts.values() if part.section or part.rows]


@dataclass(frozen=True)
class InContext:
    """A pledge's words in one rendition: the sentences they lie in, and what stands before and after."""

    rendition: Rendition
    before: str
    cell: Cell
    after: str
    blank: str
    notes: list[str]


def context_of(pledge: Pledge) -> list[InContext]:
    """Return the pledge's words in every rendition that has them, each between its neighbouring sentences."""
    shown = []
    section = list(
        Passage.objects.filter(section_id=pledge.section_id)
        .select_related("rendition")
        .order_by("rendition", "ordinal")
    )
    for _, group in groupby(pledge.quotes.all(), key=lambda quote: quote.rendition_id):
        quotes = list(group)
        rendition = quotes[0].rendition
        passages = [passage for passage in section if passage.rendition_id == rendition.pk]
        inside = [p for p in passages if any(q.start < p.end and q.end > p.start for q in quotes)]
        before = [p.exact for p in passages if p.end <= inside[0].start][-1:]
        after = [p.exact for p in passages if p.start >= inside[-1].end][:1]
        blank = space_after_sentence(rendition)
        between = [p for p in passages if inside[0].ordinal <= p.ordinal <= inside[-1].ordinal]
        notes = [quote.note for quote in quotes if quote.note]
        shown.append(
            InContext(rendition, "".join(before), cell(rendition, between, quotes), "".join(after), blank, notes)
        )
    return shown
