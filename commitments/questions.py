"""What a reader asks for in words: terms, each with the ways in which a text may hold it. Knows no database.

A word is held by the same word, by a form of it in one of three languages, and by a longer word that begins with it;
a run of Chinese by the same characters in a row; an official name by any name that means the same; what stands in
quotation marks by exactly these words in a row.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from commitments import names
from commitments.stems import stems_of
from commitments.text import Placed, Span, cut, fold, is_chinese, placed_runs, runs, tokens

#: More terms than this say nothing more, and each costs a look-up.
MOST_TERMS = 24
#: So much of a question is read: more has more terms than are asked for.
MOST_LETTERS = 2000
#: A word of fewer letters is matched only by itself: AI is not aid.
_SHORTEST_BEGINNING = 3

_QUOTED = re.compile(r'"([^"]*)"|“([^”]*)”|„([^“”]*)[“”]|«([^»]*)»|「([^」]*)」|『([^』]*)』')

#: Words that ask or join and name nothing, in English, then in Spanish and Portuguese.
#: They count only where there are no others.
_FILLERS = """
a about after all an and any are as at be been by can did do does for from has have how i if in into is it its
me not of on or our shall should tell than that the their them there these they this to under upon was we were
what when where which who whom whose why will with would you
promise promised promises pledge pledged pledges commitment commitments concern concerning concerns regarding

al como con cual cuales cuando de del desde donde e el ella ellos en entre es esta estan este esto fue ha hacia
han hay hizo la las le lo los mas me no nos o para pero por porque que quien quienes se ser si sin sobre son su
sus un una unas unos y ao aos as com da das do dos ela eles em essa esse foi ja na nas nem nos num numa os ou
pela pelas pelo pelos qual quais quando quem sao sem seu sua um uma umas uns
dice dicen diz dizem hace hacer faz fazer promete prometio prometido prometeu prometer promesa promesas
compromiso compromisos promessa promessas compromisso compromissos
"""
FILLERS = frozenset(_FILLERS.split())
#: Written in capitals they are no names: other search engines take them so for what joins words.
_OPERATORS = frozenset({"and", "or", "not"})
#: The mark of a word that stands in capitals, where in small letters it only joins: UN is not the Spanish "un".
_CAPITALS = "c_"
_LETTERS = re.compile(r"[^\W\d_]+")
#: The same in Chinese, where they stand without a blank between the words that name something.
_CHINESE_FILLERS = re.compile(
    "什么|哪些|哪个|怎么|怎样|如何|方面|关于|有关|是否|有没有|为什么|由谁|谁来|承诺|答应|做了|有何|多少|请问|吗|呢|的|了"
)


@dataclass(frozen=True)
class Way:
    """Tokens that stand in a row; `beginning`: the last may go on."""

    tokens: tuple[str, ...]
    beginning: bool = False


Ways = tuple[Way, ...]


@dataclass(frozen=True)
class Term:
    """One thing that is asked for. `ways` hold it wholly, `loosely` a longer word does that begins with it.

    `pieces` are what a run of Chinese falls into where no text holds it whole.
    """

    ways: Ways
    loosely: Ways = ()
    filler: bool = False
    pieces: tuple["Term", ...] = ()

    @property
    def any(self) -> Ways:
        """All ways."""
        return (*self.ways, *self.loosely)


@dataclass(frozen=True)
class Question:
    """What was asked, and the terms that count."""

    text: str
    terms: tuple[Term, ...] = field(default=())

    def __bool__(self) -> bool:
        """Whether anything is asked for at all."""
        return bool(self.terms)


def in_a_row(run: str) -> tuple[str, ...]:
    """Return the tokens that hold a run; of Chinese the pairs only, as the last character would end the run."""
    found = tuple(token for token, _, _ in cut(run))
    return found[:-1] if is_chinese(run) and len(run) > 1 else found


def _phrase(words: Iterable[str]) -> Way | None:
    """Return the way of folded runs that stand in a row; within it a Chinese run must end where it ends here."""
    row = list(words)
    if not row:
        return None
    if len(row) == 1 and is_chinese(row[0]) and len(row[0]) == 1:
        return Way((row[0],), beginning=True)
    inner = [token for run in row[:-1] for token, _, _ in cut(run)]
    return Way((*inner, *in_a_row(row[-1])))


def _in_capitals(word: str) -> bool:
    return len(word) > 1 and word.isupper()


def capitals_in(text: str) -> set[str]:
    """Return the marked words of a text that stand in capitals and would only join words in small letters."""
    words = {word for word in _LETTERS.findall(text) if _in_capitals(word)}
    return {_CAPITALS + fold(word) for word in words if fold(word) in FILLERS}


def _name(name: names.Name) -> Term:
    """Return the term of an official name: any name that means the same."""
    ways = (_written(other) for other in names.known()[name])
    return Term(tuple(way for way in ways if way))


def _written(name: str) -> Way | None:
    marked = capitals_in(name) if len(runs(name)) == 1 else None
    return Way(tuple(marked)) if marked else _phrase(runs(name))


def _word(word: str, written: str, telling: bool) -> Term:
    stems = sorted(stems_of(written))
    longer = (Way((word,), beginning=True),) if len(word) >= _SHORTEST_BEGINNING else ()
    filler = word in FILLERS and (not telling or word in _OPERATORS)
    return Term((Way((word,)), *(Way((stem,)) for stem in stems)), longer, filler=filler)


def _chinese(run: str) -> Term:
    if len(run) == 1:
        return Term((Way((run,), beginning=True),))
    pieces = tuple(Term((Way((pair,)),)) for part in _CHINESE_FILLERS.split(run) for pair in _pairs(part))
    filler = bool(_CHINESE_FILLERS.fullmatch(run))
    return Term((Way(in_a_row(run)),), filler=filler, pieces=pieces if len(run) > 2 else ())


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)]


def _names_in(run: str) -> Iterator[Term]:
    """Yield the terms of a Chinese run: the official names in it, and what stands between them."""
    begun = at = 0
    while at < len(run) - 1:
        near = names.beginnings().get(run[at : at + 2], [])
        name = next((name for name in near if len(name) == 1 and run.startswith(name[0], at)), None)
        if name is None:
            at += 1
            continue
        if begun < at:
            yield _chinese(run[begun:at])
        yield _name(name)
        begun = at = at + len(name[0])
    if begun < len(run):
        yield _chinese(run[begun:])


def _terms(text: str) -> Iterator[Term]:
    found = list(placed_runs(text))
    folded = tuple(placed.run for placed in found)
    telling = _telling(found, text)
    at = 0
    while at < len(found):
        near = names.beginnings().get(tokens(folded[at])[0], [])
        name = next((name for name in near if folded[at : at + len(name)] == name), None)
        if name and (len(name) > 1 or name[0] not in FILLERS or telling[at]):
            yield _name(name)
            at += len(name)
        else:
            yield from _of_run(found[at], text, telling[at])
            at += 1


def _as_written(placed: Placed, text: str) -> str:
    return text[slice(*placed.span(0, len(placed.run)))]


def _telling(found: list[Placed], text: str) -> list[bool]:
    """Tell of each word whether it stands in capitals where not all do: WHO is no question, UN no article."""
    written = [_as_written(placed, text) for placed in found]
    cased = [word for word in written if word.upper() != word.lower()]
    shouted = len(cased) > 1 and all(word.isupper() for word in cased)
    return [not shouted and _in_capitals(word) for word in written]


def _of_run(placed: Placed, text: str, telling: bool) -> Iterator[Term]:
    if is_chinese(placed.run):
        yield from _names_in(placed.run)
    else:
        yield _word(placed.run, _as_written(placed, text), telling)


def ask(text: str) -> Question:
    """Return the question that a reader's words make: at most MOST_TERMS terms, each once."""
    text = text[:MOST_LETTERS]
    quoted = [_phrase(runs("".join(filter(None, match.groups())))) for match in _QUOTED.finditer(text)]
    said = [Term((way,)) for way in quoted if way]
    terms = list(dict.fromkeys([*said, *_terms(_QUOTED.sub(" \n ", text))]))
    telling = [term for term in terms if not term.filler]
    return Question(text, tuple((telling or [replace(term, filler=False) for term in terms])[:MOST_TERMS]))


# --- where the words stand -------------------------------------------------------------------


@dataclass(frozen=True)
class _Token:
    text: str
    start: int
    end: int
    stems: frozenset[str]


def _tokens_of(text: str, stemmed: bool) -> Iterator[list[_Token]]:
    """Yield the tokens of a text with their places, one list that phrases are looked for in."""
    row: list[_Token] = []
    for placed in placed_runs(text):
        for token, start, end in cut(placed.run):
            at, until = placed.span(start, end)
            word = text[at:until] if stemmed and not is_chinese(placed.run) else ""
            row.append(_Token(token, at, until, stems_of(word) | capitals_in(word) if word else frozenset()))
    yield row


def _holds(way: Way, row: list[_Token], at: int) -> Span | None:
    """Return where the way stands in the row of tokens from `at` on."""
    last = at + len(way.tokens) - 1
    if last >= len(row):
        return None
    pairs = zip(way.tokens[:-1], row[at:last], strict=True)
    if not all(wanted == token.text or wanted in token.stems for wanted, token in pairs):
        return None
    wanted, token = way.tokens[-1], row[last]
    if way.beginning and token.text.startswith(wanted):
        # Of a pair only the one character was asked for; of a word all of it is the word that was found.
        end = token.end if len(wanted) > 1 or token.end - token.start == 1 else token.start + 1
        return row[at].start, end
    if wanted == token.text or wanted in token.stems:
        return row[at].start, token.end
    return None


def spans(question: Question, text: str) -> list[Span]:
    """Return where a text holds what was asked for, in order, without overlaps: offsets of the text as written."""
    every = [term for asked in question.terms for term in (asked, *asked.pieces)]
    ways = {way for term in every for way in term.any}
    if not ways or not text:
        return []
    stemmed = any("_" in token for way in ways for token in way.tokens)
    found = [
        span
        for row in _tokens_of(text, stemmed)
        for at in range(len(row))
        for way in ways
        if (span := _holds(way, row, at))
    ]
    return _joined(sorted(found))


def _joined(found: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in found:
        if joined and start <= joined[-1][1] and start < end:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        elif start < end:
            joined.append((start, end))
    return joined
