"""Pure helpers on strings: sentences of words, offsets, tokens. Knows no ORM.

Offsets are Unicode code points, start inclusive, end exclusive, as Python slices.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

Span = tuple[int, int]

_CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_RUN = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+")
_WORD = re.compile(r"\w+(?:[’'\-]\w+)*")
_IS_CJK = re.compile(rf"[{_CJK}]")


def plain(text: str) -> str:
    """Return `text` on one line: page breaks and double blanks of the source become one blank."""
    return re.sub(r"\s+", " ", text).strip()


def fold(text: str) -> str:
    """Return `text` without case, accents or width variants, so that `emissoes` meets `emissões`."""
    # Twice: what a sign stands for may itself have case (№ is No) or accents.
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _cut(run: str) -> Iterator[str]:
    if not _IS_CJK.match(run):
        yield run
        return
    # Chinese is written without blanks: overlapping pairs find every two-character word,
    # and the last character on its own lets a one-character search end a run.
    yield from (run[i : i + 2] for i in range(len(run) - 1))
    yield run[-1]


def tokens(text: str) -> list[str]:
    """Return the search tokens of `text`, in order: folded words, and pairs of Chinese characters."""
    return [token for run in _RUN.findall(fold(text)) for token in _cut(run)]


def query_tokens(query: str) -> list[tuple[str, bool]]:
    """Return what a query asks for, as (token, is_prefix).

    A word of three letters or more matches what begins with it (`forum` finds `forums`), a shorter one only
    itself (`AI` is not `aid`); a single Chinese character matches every pair that begins with it, or itself.
    Of a longer Chinese run only the pairs are asked for, as the last character alone would add nothing.
    """
    asked: list[tuple[str, bool]] = []
    for run in _RUN.findall(fold(query)):
        if _IS_CJK.match(run) and len(run) > 1:
            asked += [(run[i : i + 2], False) for i in range(len(run) - 1)]
        else:
            asked.append((run, len(run) > 2 or bool(_IS_CJK.match(run))))
    return asked


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
