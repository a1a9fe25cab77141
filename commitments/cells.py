"""Cells of spreadsheets: text that a spreadsheet program would run as a formula is marked, and unmarked when read."""

import re

#: What begins a formula; the wide forms do where a spreadsheet program is set to Chinese or Japanese.
_LEADS = "[=+\\-@＝＋－＠\t\r\n]"
#: A spreadsheet program holds no more in a cell, counted in UTF-16.
LONGEST_CELL = 32_767
_CUT = " […]"
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


def fitting(text: str) -> str:
    """Return the text as a cell can hold it: a longer one is cut, and ends with a sign that says so."""
    if len(text) * 2 <= LONGEST_CELL or _units(text) <= LONGEST_CELL:
        return text
    room = LONGEST_CELL - len(_CUT)
    return text.encode("utf-16-le")[: room * 2].decode("utf-16-le", errors="ignore") + _CUT


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
