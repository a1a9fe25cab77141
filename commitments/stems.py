"""What is common to the forms of a word, in English, Spanish and Portuguese; marked with the language it is of."""

import re
import unicodedata
from functools import lru_cache
from threading import Lock

import snowballstemmer

from commitments.text import LONGEST_TOKEN, fold

#: The mark of a language in a stem. No word holds a low line, so that no word is ever taken for a stem.
MARKS = {"en": "e_", "es": "s_", "pt": "p_"}

_STEMMERS = {
    "e_": snowballstemmer.stemmer("english"),
    "s_": snowballstemmer.stemmer("spanish"),
    "p_": snowballstemmer.stemmer("portuguese"),
}
_LOCK = Lock()  # a stemmer keeps the word that it works on
_WORD = re.compile(r"[^\W\d_]+")
#: Shorter words are their own stems, and match as they are.
_SHORTEST = 4


def marks_of(language: str) -> tuple[str, ...]:
    """Return the marks for texts in a language (BCP 47): all of them where it is none of the three."""
    mark = MARKS.get(language.partition("-")[0].lower())
    return (mark,) if mark else tuple(MARKS.values())


@lru_cache(maxsize=100_000)
def _stem(mark: str, word: str) -> str:
    if mark == "p_" and word.endswith(("ões", "oes")):  # the plural that the stemmer keeps apart: ações, ação
        word = f"{word[:-3]}{'ão' if word.endswith('ões') else 'ao'}"
    with _LOCK:
        return mark + fold(_STEMMERS[mark].stemWord(word))[:LONGEST_TOKEN]


@lru_cache(maxsize=100_000)
def stems_of(word: str, marks: tuple[str, ...] = tuple(MARKS.values())) -> frozenset[str]:
    """Return the stems of one word, as written and without accents, as readers may leave them out."""
    written = unicodedata.normalize("NFC", word).casefold()
    if len(written) < _SHORTEST or not _WORD.fullmatch(written):
        return frozenset()
    return frozenset(_stem(mark, form) for mark in marks for form in {written, fold(written)})


def stems_in(text: str, language: str) -> set[str]:
    """Return the stems of the words of a text in a language."""
    marks = marks_of(language)
    words = set(_WORD.findall(unicodedata.normalize("NFC", text)))
    return {stem for word in words if len(word) <= LONGEST_TOKEN for stem in stems_of(word, marks)}
