"""Cells of spreadsheets: text that a spreadsheet program would run as a formula is marked, and unmarked when read."""

import re

#: What begins a formula; the wide forms do where a spreadsheet program is set to Chinese or Japanese.
_SIGNS = "=+\\-@＝＋－＠"
#: At what spreadsheet programs split a line into cells and a file into lines, whatever the file says: Excel of Spanish
#: or Portuguese takes `;`, pasted text is split at tabs.
_BREAKS = ";\t\r\n"
#: A place where a cell may begin, before the apostrophes and the sign that make a formula of it. A break at the very
#: start is marked too (OWASP); one further on only begins the next cell.
_START = f"(?:\\A(?='*[{_SIGNS}\t\r\n])|(?<=[{_BREAKS}])(?='*[{_SIGNS}]))"
#: A spreadsheet program holds no more in a cell, counted in UTF-16.
LONGEST_CELL = 32_767
_CUT = " […]"
_RUNS = re.compile(_START)
_MARKED = re.compile(f"{_START}'")


def guarded(text: str) -> str:
    """Return the text with an apostrophe wherever a cell may begin in it like a formula (OWASP, CSV injection).

    That is at its start, and after a semicolon, a tab or the end of a line in it. Where apostrophes stand there
    already there is one more, so that `unguarded` always gives back what was there.
    """
    return _RUNS.sub("'", text)


def unguarded(text: str) -> str:
    """Return the text as it was before `guarded`."""
    return _MARKED.sub("", text)


def fitting(text: str) -> str:
    """Return the text as a cell can hold it: a longer one is cut, and ends with a sign that says so."""
    if len(text) * 2 <= LONGEST_CELL or _units(text) <= LONGEST_CELL:
        return text
    room = LONGEST_CELL - len(_CUT)
    return text.encode("utf-16-le")[: room * 2].decode("utf-16-le", errors="ignore") + _CUT


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
