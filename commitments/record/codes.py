"""What the code of a pledge, a section or a project looks like: one pattern for whatever reads one from outside."""

import re

#: `SPC-3`, `SPC-3.1`, `FMP-2.11.3`, in capitals or not.
CODE = re.compile(r"[A-Za-z]{2,8}-[0-9]{1,4}(\.[0-9]{1,4}){0,2}")


def written(text: str) -> str:
    """Return a code as the record writes it, in capitals; empty where the text is no code."""
    return text.upper() if CODE.fullmatch(text) else ""
