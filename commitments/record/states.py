"""The 34 states: China and the members of CELAC, by ISO 3166 code; and the names of countries in four languages.

The list is data of our own: the 33 states that founded the Community of Latin American and Caribbean States (Caracas,
3 December 2011), to which China's policy paper speaks as one. The names are Babel's, that is CLDR's. The address of
a state is its code in lower case: that stays whatever a country comes to be called, and no word of the vocabulary of
actors is that short (tests/record/test_actors.py).
"""

import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Any

from babel import Locale
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, F, Func, Value
from django.db.models.sql.compiler import SQLCompiler
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from commitments import locales
from commitments.models import LANGUAGES

CHINA = "CN"
CELAC = (
    *("AG", "AR", "BB", "BO", "BR", "BS", "BZ", "CL", "CO", "CR", "CU"),
    *("DM", "DO", "EC", "GD", "GT", "GY", "HN", "HT", "JM", "KN", "LC"),
    *("MX", "NI", "PA", "PE", "PY", "SR", "SV", "TT", "UY", "VC", "VE"),
)
STATES = frozenset((CHINA, *CELAC))


class Names(Func):
    """Whether a list of codes in a JSON column names a code: all of it, never a part of another."""

    arity = 2
    output_field = BooleanField()
    #: As PostgreSQL is asked.
    template = "(%(expressions)s::text))"
    arg_joiner = " @> jsonb_build_array("

    def __init__(self, column: str, code: str) -> None:
        """Ask whether the list in `column` holds `code`."""
        super().__init__(F(column), Value(code))

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra_context: Any
    ) -> tuple[str, tuple[str | int, ...]]:
        """Ask SQLite, which has no containment of JSON."""
        template, joiner = "EXISTS (SELECT 1 FROM json_each(%(expressions)s)", ") WHERE json_each.value = "
        return self.as_sql(compiler, connection, template=template, arg_joiner=joiner, **extra_context)


def name(code: str, language: str = "") -> str:
    """Return the name of a country in one of the site's languages, by default the reader's; the code if unknown."""
    spoken = Locale.parse(language or get_language() or "en", sep="-")
    return str(spoken.territories.get(code, code))


def names(code: str) -> dict[str, str]:
    """Return the name of a country in every language of the site."""
    return {language: name(code, language) for language in LANGUAGES}


def address(code: str) -> str:
    """Return the last part of the address of a state's page."""
    return code.lower()


@cache
def _by_address() -> dict[str, str]:
    return {address(code): code for code in STATES}


@cache
def _by_name() -> dict[str, str]:
    spoken = ((slugify(name(code, "en").replace("&", "and")), code) for code in STATES)
    return {word: code for word, code in spoken if word != "china"}


def at(slug: str) -> str | None:
    """Return the code of the state whose page has this address; None where none has."""
    return _by_address().get(slug)


def called(slug: str) -> str | None:
    """Return the code of the state that an address means which people guess: `brazil`, `BR`.

    `china` is none of them: by that word the vocabulary names who promises.
    """
    return _by_name().get(slug.lower()) or at(slug.lower())


def key(code: str, language: str) -> tuple[str, str]:
    """Return by what countries are put in order: their name in the language, accents and case aside.

    Of Chinese, whose order needs a dictionary of sounds, the English name; the pages say so.
    """
    spoken = name(code, "en" if language.startswith("zh") else language)
    plain = unicodedata.normalize("NFD", spoken.casefold().replace("ñ", "n\uffff"))
    return "".join(sign for sign in plain if not unicodedata.combining(sign)), code


def in_order(codes: Iterable[str], language: str = "") -> list[str]:
    """Return codes in the order of the names in a language, by default the reader's."""
    spoken = language or get_language() or "en"
    return sorted(codes, key=lambda code: key(code, spoken))


def choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return every country with its name in the reader's language, the 34 states apart: choices of a field."""
    others = set(locales.countries()) - STATES
    groups = ((_("The 34 states"), STATES), (_("Other places"), others))
    return [(label, [(code, name(code)) for code in in_order(codes)]) for label, codes in groups]
