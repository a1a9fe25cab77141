"""Codes of countries (ISO 3166) and languages (BCP 47), and lists of words, as the CLDR data in Babel has them."""

from collections.abc import Iterable
from functools import cache

from babel import Locale
from babel.core import parse_locale
from babel.lists import format_list

#: Codes of CLDR that are no country's: groups, reserved islands, tests, unknown. XK (Kosovo) is in common use.
_NO_COUNTRY = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}


@cache
def countries() -> dict[str, str]:
    """Return the English name of every country by its code, in the order of the names."""
    names = Locale("en").territories
    found = {code: name for code, name in names.items() if len(code) == 2 and code not in _NO_COUNTRY}
    return dict(sorted(found.items(), key=lambda pair: pair[1]))


@cache
def _by_name() -> dict[str, str]:
    return {name.casefold(): code for code, name in countries().items()}


def country(text: str) -> str:
    """Return the code of a country given by its code or its English name; raise ValueError where there is none."""
    code = text.strip().upper()
    if code in countries():
        return code
    if found := _by_name().get(text.strip().casefold()):
        return found
    raise ValueError(text)


def language(tag: str) -> str:
    """Return a language tag as it is best written (`ZH-hans` → `zh-Hans`); raise ValueError where it is none."""
    main, territory, script, variant = parse_locale(tag.strip().replace("_", "-"), sep="-")[:4]
    known = Locale("en")
    if main not in known.languages or variant or (script and script not in known.scripts):
        raise ValueError(tag)
    if territory and territory not in known.territories:
        raise ValueError(tag)
    return "-".join(part for part in (main, script, territory) if part)


@cache
def language_name(tag: str) -> str:
    """Return the English name of a language; the tag where Babel has none."""
    return str(Locale("en").languages.get(tag.partition("-")[0], tag))


def listed(words: Iterable[str], language: str) -> str:
    """Return words as a list in one of the site's languages: `a, b and c`, `a、b和c`."""
    return format_list(list(words), "standard", Locale.parse(language, sep="-"))
