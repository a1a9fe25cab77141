"""Pure helpers on strings: sentences of words, offsets, tokens. Knows no ORM.

Offsets are Unicode code points, start inclusive, end exclusive, as Python slices.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise

Span = tuple[int, int]

#: No word is longer; what is, is searched for by its beginning.
LONGEST_TOKEN = 64

_CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_RUN = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+")
_WORD = re.compile(r"\w+(?:[’'\-]\w+)*")
_IS_CJK = re.compile(rf"[{_CJK}]")
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def plain(text: str) -> str:
    """Return `text` on one line: page breaks and double blanks of the source become one blank."""
    return re.sub(r"\s+", " ", text).strip()


def writable_as_xml(text: str) -> str:
    """Return `text` without what XML 1.0 has no way to write, not even escaped."""
    return _NO_XML.sub("", text)


def fold(text: str) -> str:
    """Return `text` without case, accents or width variants, so that `emissoes` meets `emissões`."""
    # Twice: what a sign stands for may itself have case (№ is No) or accents.
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def is_chinese(run: str) -> bool:
    """Tell whether a run of letters is Chinese, which is written without blanks."""
    return bool(_IS_CJK.match(run))


def cut(run: str) -> Iterator[tuple[str, int, int]]:
    """Yield (token, start, end) of a folded run of letters: a word whole, Chinese in overlapping pairs.

    Pairs find every two-character word; the last character stands on its own, so that a search for one character
    can end a run. What is longer than LONGEST_TOKEN characters is cut off there.
    """
    if not is_chinese(run):
        yield run[:LONGEST_TOKEN], 0, len(run)
        return
    yield from ((run[i : i + 2], i, i + 2) for i in range(len(run) - 1))
    yield run[-1], len(run) - 1, len(run)


def runs(text: str) -> list[str]:
    """Return the words and the Chinese runs of `text`, folded, in order."""
    return _RUN.findall(fold(text))


def tokens(text: str) -> list[str]:
    """Return the search tokens of `text`, in order: folded words, and pairs of Chinese characters."""
    return [token for run in runs(text) for token, _, _ in cut(run)]


@lru_cache(maxsize=4096)
def _folded(letter: str) -> str:
    return fold(letter)


@dataclass(frozen=True)
class Placed:
    """A folded run of letters, with the place in the text as written of each of its letters."""

    run: str
    places: tuple[int, ...]

    def span(self, start: int, end: int) -> Span:
        """Return where the letters `start`–`end` of the run stand in the text; what is folded away stays with them."""
        return self.places[start], self.places[end]


def placed_runs(text: str) -> Iterator[Placed]:
    """Yield the words and the Chinese runs of `text` with their places in it."""
    letters: list[str] = []
    places: list[int] = []
    for at, letter in enumerate(text):
        for folded in _folded(letter):
            letters.append(folded)
            places.append(at)
    places.append(len(text))
    for run in _RUN.finditer("".join(letters)):
        inner = places[run.start() : run.end()]
        yield Placed(run.group(), (*inner, _end(text, inner[-1] + 1)))


def _end(text: str, at: int) -> int:
    """Return where a letter ends that is written with accents of their own."""
    while at < len(text) and unicodedata.combining(text[at]):
        at += 1
    return at


@dataclass(frozen=True)
class Segment:
    """A stretch of text over which the same labels hold; `closing` are the labels that end with it."""

    start: int
    end: int
    labels: tuple[str, ...]
    closing: tuple[str, ...]


def segments(start: int, end: int, labelled: Iterable[tuple[int, int, str]]) -> list[Segment]:
    """Cut `start`–`end` where a labelled span begins or ends; spans may overlap and stick out."""
    inside = [(max(a, start), min(b, end), b, name) for a, b, name in labelled if a < end and b > start]
    cuts = sorted({start, end, *(a for a, *_ in inside), *(b for _, b, *_ in inside)})
    return [
        Segment(
            a,
            b,
            tuple(name for x, y, _, name in inside if x <= a and y >= b),
            # A span that goes on in the next passage has not ended here.
            tuple(name for _, y, real_end, name in inside if y == b and real_end == b),
        )
        for a, b in pairwise(cuts)
    ]


def differing_words(ours: str, theirs: str) -> tuple[list[Span], list[Span]]:
    """Return the spans of `ours` and of `theirs` that the other words otherwise, ignoring case and accents.

    One comparison gives both, so that what is not marked is the same on both sides.
    """
    words, others = list(_WORD.finditer(ours)), list(_WORD.finditer(theirs))
    matcher = SequenceMatcher(
        None, [fold(w.group()) for w in words], [fold(w.group()) for w in others], autojunk=False
    )
    changed = [code[1:] for code in matcher.get_opcodes() if code[0] != "equal"]
    return (
        [(words[a].start(), words[b - 1].end()) for a, b, _, _ in changed if a < b],
        [(others[c].start(), others[d - 1].end()) for _, _, c, d in changed if c < d],
    )
