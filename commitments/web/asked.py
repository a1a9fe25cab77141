"""What addresses for machines are asked by: a language, and nothing that they do not know."""

from collections.abc import Iterable

from django.conf import settings
from django.http import QueryDict

from commitments.problems import misasked


def language_of(data: QueryDict) -> tuple[str, dict[str, list[str]]]:
    """Return (language, problems): the default where none of ours is asked for."""
    known = [code for code, _ in settings.LANGUAGES]
    asked = data.get("language", settings.LANGUAGE_CODE)
    if asked in known:
        return asked, {}
    return settings.LANGUAGE_CODE, {"language": [f"Unknown language. Known here: {', '.join(known)}."]}


def unknown(data: QueryDict, known: Iterable[str]) -> dict[str, list[str]]:
    """Return what is wrong with every parameter that is not known here; `language` is known everywhere."""
    return misasked(data, {*known, "language"})
