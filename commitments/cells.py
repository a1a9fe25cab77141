"""Cells of spreadsheets: text that a spreadsheet program would run as a formula is marked, and unmarked when read."""

import re

#: What begins a formula; the wide forms do where a spreadsheet program is set to Chinese or Japanese.
_LEADS = "[=+\\-@＝＋－＠\t\r\n]"
_RUNS = re.compile(f"^'*{_LEADS}")
_MARKED = re.compile(f"^'+{_LEADS}")


def guarded(text: str) -> str:
    """Return the text with an apostrophe before it where it begins like a formula (OWASP, CSV injection).

    A text that already begins so gets one more, so that `unguarded` always gives back what was there.
    """
    return f"'{text}" if _RUNS.match(text) else text


def unguarded(text: str) -> str:
    """Return the text as it was before `guarded`."""
    return text[1:] if _MARKED.match(text) else text
