"""What every file says of itself: for which day it holds, under which licence, and how to cite it."""

from datetime import date
from typing import Any

from commitments.exports.citing import plain
from commitments.exports.columns import Sheet
from commitments.exports.references import Reference
from commitments.record import permanent

LICENCE = "CC BY 4.0 for the record's data; the quoted texts remain their issuers'."
LICENCE_URL = "https://creativecommons.org/licenses/by/4.0/"


def about(sheet: Sheet, reference: Reference, *, on: date, asked: str) -> dict[str, Any]:
    """Return the facts about a file of one table; `asked` is the address that gives it again for the same day."""
    return {
        "title": sheet.title,
        "description": sheet.doc,
        "as_of": on.isoformat(),
        "version": reference.version or None,
        "url": asked,
        "licence": LICENCE,
        "licence_url": LICENCE_URL,
        "citation": plain(reference),
        "documentation": permanent.page("data"),
    }
