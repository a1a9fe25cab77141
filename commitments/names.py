"""Official names that mean the same in different languages: `catalogue/names.yaml`, read once."""

from functools import lru_cache
from pathlib import Path

import yaml

from commitments.text import runs, tokens

NAMES = Path(__file__).parent / "catalogue" / "names.yaml"

#: A name as the folded words and Chinese runs that it is made of.
Name = tuple[str, ...]


@lru_cache(maxsize=1)
def groups() -> tuple[tuple[str, ...], ...]:
    """Return the names as written, those that mean the same together."""
    return tuple(tuple(str(name) for name in group) for group in yaml.safe_load(NAMES.read_text(encoding="utf-8")))


@lru_cache(maxsize=1)
def known() -> dict[Name, tuple[str, ...]]:
    """Return every name → all names that mean the same, itself among them."""
    return {tuple(runs(name)): group for group in groups() for name in group}


@lru_cache(maxsize=1)
def beginnings() -> dict[str, list[Name]]:
    """Return the first word of names → the names, the longest first; of a Chinese name its first two characters."""
    found: dict[str, list[Name]] = {}
    for name in sorted(known(), key=lambda name: (-len(name), -len(name[0]))):
        found.setdefault(tokens(name[0])[0], []).append(name)
    return found
