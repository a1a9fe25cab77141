"""The search indexes: a row of tokens for everything that readers find by words, in each database's own engine.

FTS5 on SQLite, GIN over text vectors on PostgreSQL. Both get the same tokens, cut by `commitments.text`, and are asked
the same questions, so that both find the same. The tables are made by a migration, and `indexing.py` fills them.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

from django.db import connections, models, transaction
from django.db.models.lookups import Lookup

from commitments.models.base import Mutability
from commitments.questions import Ways, capitals_in
from commitments.stems import stems_in
from commitments.text import tokens

#: Stands between two texts of one field, so that no phrase reaches from one into the next.
GAP = "_"
#: Rows are counted up to this number: what more of them hold is common.
MOST_COUNTED = 2_000
#: PostgreSQL keeps no position beyond it.
_LAST_POSITION = 16_383


@lru_cache(maxsize=4096)
def _read(text: str, language: str) -> tuple[list[str], frozenset[str]]:
    """Return tokens and forms of one text. Names of themes, sections and documents come back with every pledge."""
    return tokens(text), frozenset(stems_in(text, language) | capitals_in(text))


def tokens_of(texts: Iterable[tuple[str, str]]) -> str:
    """Return the tokens of (text, its language in BCP 47 or empty): words in their order, then their forms, marked."""
    row: list[str] = []
    forms: set[str] = set()
    for text, language in texts:
        words, of_them = _read(text, language)
        row += [*words, GAP]
        forms.update(of_them)
    return " ".join([*row, *sorted(forms)])


def _vector(row: str) -> str:
    """Return a row of tokens as PostgreSQL writes a text vector; a token has neither quotes nor blanks in it.

    Where a row ends with a gap, the gap has its place, so that the field that follows begins behind it.
    """
    places: dict[str, list[str]] = defaultdict(list)
    found = row.split()
    for at, token in enumerate(found, 1):
        if token != GAP or at == len(found):
            places[token].append(str(min(at, _LAST_POSITION)))
    return " ".join(f"'{token}':{','.join(at[:255])}" for token, at in places.items())


class Tokens(models.TextField):  # type: ignore[type-arg]  # not subscriptable at run time
    """A row of tokens: text in FTS5, a text vector in PostgreSQL."""

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """Write the row as the database has it."""
        return _vector(value) if value is not None and connection.vendor == "postgresql" else value

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:
        """Say to PostgreSQL what the text is."""
        return "%s::tsvector" if connection.vendor == "postgresql" else "%s"


#: The fields in the order of their weight: a word in a title says more than one in a tag.
FIELDS = ("title", "words", "tags", "rest")
#: The same as PostgreSQL marks places in a text vector.
_PLACES = {"title": "A", "words": "B", "tags": "C", "rest": "D"}


class Index(models.Model):
    """The tokens of rows of one kind; `rowid` is the row's key.

    On PostgreSQL a trigger gathers the fields in one vector, `tokens`, and leaves them empty.
    """

    mutability = Mutability.DERIVED

    rowid = models.BigIntegerField(primary_key=True)
    title = Tokens()
    words = Tokens()
    tags = Tokens()
    rest = Tokens()

    class Meta:
        abstract = True
        managed = False

    def __str__(self) -> str:
        return f"tokens of {self.rowid}"

    @classmethod
    def write(cls, rows: Iterable[Self]) -> None:
        """Write rows anew, all or none, in the place of those with the same keys; they are made before."""
        written = list(rows)
        with transaction.atomic():
            for first in range(0, len(written), 500):
                batch = written[first : first + 500]
                cls._default_manager.filter(rowid__in=[row.rowid for row in batch]).delete()
                cls._default_manager.bulk_create(batch)

    @classmethod
    def holding(cls, terms: Iterable[Ways]) -> models.QuerySet[Any, Any]:
        """Return the keys of the rows that hold all terms, each in one of its ways at least."""
        return cls._default_manager.filter(title__holds=tuple(terms)).order_by().values("rowid")

    @classmethod
    def rarity(cls, terms: Sequence[Ways], among: models.QuerySet[Any, Any], key: str) -> list[float]:
        """Return how much each term tells: 0 for what none of the rows `among` holds, else more the fewer hold it.

        `key` names the field or annotation that has the key of the row in the index. What is not among the rows
        (published later, or replaced by then) counts nothing, so that an answer as of a past day stays what it is.
        One query. Counting stops at MOST_COUNTED rows, of which there are enough to know that a word is common.
        """
        among = among.order_by()
        # Looked up row by row until there are enough: by EXISTS, PostgreSQL would read all of the rows first.
        there = models.Subquery(among.filter(**{key: models.OuterRef("rowid")}).values("pk")[:1])
        holding = [cls.holding([ways]).query.sql_with_params()[1] for ways in terms]
        first = cls.holding(terms[:1]).alias(there=there).filter(there__isnull=False)[:MOST_COUNTED]
        sql, params = first.query.sql_with_params()  # made once: only what is held differs, and stands first
        compiled = [among.values(key)[:MOST_COUNTED].query.sql_with_params()]
        compiled += [(sql, (*held, *params[len(held) :])) for held in holding]
        counts = ", ".join(f"(SELECT COUNT(*) FROM ({sql}) AS n)" for sql, _ in compiled)  # noqa: S608
        with connections["default"].cursor() as cursor:
            cursor.execute(f"SELECT {counts}", [value for _, params in compiled for value in params])
            every, *found = cursor.fetchone()
        return [math.log(every / n) + 0.05 if n else 0.0 for n in found]


def _fts5(ways: Ways, fields: Sequence[str] = FIELDS) -> str:
    """Return as FTS5 asks it that one of these fields holds a term."""
    rows = (" + ".join(f'"{token}"' for token in way.tokens) + (" *" if way.beginning else "") for way in ways)
    columns = "" if fields == FIELDS else f"{{{' '.join(fields)}}} : "
    return f"{columns}({' OR '.join(rows)})"


def _tsquery(ways: Ways, fields: Sequence[str] = FIELDS) -> str:
    """Return as PostgreSQL asks it that one of these fields holds a term."""
    places = "" if fields == FIELDS else "".join(_PLACES[name] for name in fields)
    rows = []
    for way in ways:
        *before, last = way.tokens
        ending = f"{'*' if way.beginning else ''}{places}"
        row = [f"'{token}'{places and f':{places}'}" for token in before]
        rows.append(" <-> ".join([*row, f"'{last}'{ending and f':{ending}'}"]))
    return f"({' | '.join(f'({row})' for row in rows)})"


@Tokens.register_lookup
class Holds(Lookup):
    """`title__holds=(term, …)`: all terms are held, in whatever field, as an index covers all of them."""

    lookup_name = "holds"
    prepare_rhs = False
    rhs: tuple[Ways, ...]

    def _column(self, compiler: Any, name: str) -> str:
        return f'{compiler.quote_name_unless_alias(self.lhs.alias)}."{name}"'

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Ask FTS5."""
        table = self.lhs.target.model._meta.db_table
        return f"{self._column(compiler, table)} MATCH %s", [" AND ".join(map(_fts5, self.rhs))]

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Ask the text search of PostgreSQL."""
        return f"{self._column(compiler, 'tokens')} @@ %s::tsquery", [" & ".join(map(_tsquery, self.rhs))]


@dataclass(frozen=True)
class Part:
    """What a term is worth where one of `fields` holds it."""

    ways: Ways
    worth: float
    fields: tuple[str, ...] = FIELDS


class Score(models.Expression):
    """What the row of an index, whose key an expression gives, is worth: the sum of the parts that it holds."""

    output_field = models.FloatField()

    def __init__(self, key: str, index: type[Index], parts: Iterable[Part]) -> None:
        """Score the row of `index` whose key stands in the field or annotation `key`."""
        super().__init__()
        self.key: Any = models.F(key)
        self.table = index._meta.db_table
        self.parts = tuple(parts)

    def get_source_expressions(self) -> list[Any]:
        """Return the key."""
        return [self.key]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        """Take the key as the query resolves it."""
        (self.key,) = exprs

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Ask FTS5 once for each part, and look the key up in what it answers."""
        key, inner = compiler.compile(self.key)
        held = f'{key} IN (SELECT rowid FROM "{self.table}" WHERE "{self.table}" MATCH %s)'  # noqa: S608
        params = [value for part in self.parts for value in (*inner, _fts5(part.ways, part.fields), part.worth)]
        return f"({' + '.join([f'CASE WHEN {held} THEN %s ELSE 0.0 END'] * len(self.parts))})", params

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Look at the row itself: asking the index for each part would be left to a guess of the planner's."""
        key, inner = compiler.compile(self.key)
        worth = " + ".join(["CASE WHEN s.tokens @@ %s::tsquery THEN %s::float8 ELSE 0 END"] * len(self.parts))
        params = [value for part in self.parts for value in (_tsquery(part.ways, part.fields), part.worth)]
        if key.endswith('."rowid"'):  # of the index itself
            return f"({worth.replace('s.tokens', key.replace('rowid', 'tokens'))})", params
        return f'(SELECT {worth} FROM "{self.table}" s WHERE s.rowid = {key})', [*params, *inner]  # noqa: S608


class PledgeSearch(Index):
    """What a pledge is found by under one of its codings, by the coding's key: a past day has its own words."""

    class Meta(Index.Meta):
        abstract = False
        db_table = "commitments_pledgesearch"


class PassageSearch(Index):
    """What a sentence of a rendition is found by."""

    class Meta(Index.Meta):
        abstract = False
        db_table = "commitments_passagesearch"


class EvidenceSearch(Index):
    """What a public item of evidence is found by."""

    class Meta(Index.Meta):
        abstract = False
        db_table = "commitments_evidencesearch"


class UpdateSearch(Index):
    """What a published update is found by."""

    class Meta(Index.Meta):
        abstract = False
        db_table = "commitments_updatesearch"
