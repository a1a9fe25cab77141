"""A reference in the formats that reference managers read: BibTeX, RIS, CSL-JSON; and as plain text.

`accessed` is the day on which a reader asks, for the formats that have a field for it.
"""

import json
import re
from datetime import date
from typing import Any

from commitments.exports.references import AUTHOR, Reference
from commitments.text import plain as one_line

#: What LaTeX would take for a command. Letters of every script stay as they are: the file is UTF-8.
_LATEX = {
    "\\": r"\textbackslash{}",
    # Not \{: BibTeX counts braces whatever stands before them, and a lone one would swallow what follows.
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: f"\\{sign}" for sign in "&%$#_"},
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NO_URL = re.compile(r"[{}\\\s]")


def _latex(text: str) -> str:
    return "".join(_LATEX.get(sign, sign) for sign in one_line(text))


def _verbatim(url: str) -> str:
    """Return an address for a field that LaTeX does not read: what would end the field is escaped as %XX."""
    return _NO_URL.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), url)


def _state(reference: Reference) -> str:
    day = f"as of {reference.on.isoformat()}"
    return f"release {reference.version}, {day}" if reference.version else day


def _key(reference: Reference) -> str:
    return f"pledge-tracker:{reference.key}:{reference.version or reference.on.isoformat()}"


def bibtex(reference: Reference, *, accessed: date) -> str:
    """Return a BibTeX entry, which BibLaTeX reads too."""
    note = "; ".join(filter(None, (reference.note, f"Data set, {_state(reference)}" if reference.dataset else "")))
    fields = {
        "author": f"{{{AUTHOR}}}",  # in braces of its own: a body, not a first and a last name
        "title": f"{{{_latex(reference.title)}}}",
        "year": f"{reference.on.year}",
        "month": _MONTHS[reference.on.month - 1],
        "howpublished": _latex(f"{AUTHOR}, {_state(reference)}"),
        "version": _latex(reference.version or reference.on.isoformat()),
        "note": _latex(note),
        "url": _verbatim(reference.url),
        "urldate": accessed.isoformat(),
    }
    lines = (f"  {name} = {value if name == 'month' else f'{{{value}}}'}" for name, value in fields.items() if value)
    return f"@misc{{{_key(reference)},\n" + ",\n".join(lines) + ",\n}\n"


def ris(reference: Reference, *, accessed: date) -> str:
    """Return a RIS record: lines of `XX  - value`, ended by CR and LF."""
    tags = [
        ("TY", "DATA" if reference.dataset else "ELEC"),
        ("ID", _key(reference)),
        ("AU", AUTHOR),
        ("TI", reference.title),
        ("PY", f"{reference.on.year}"),
        ("DA", f"{reference.on:%Y/%m/%d}"),
        ("ET", reference.version or f"as of {reference.on.isoformat()}"),
        ("PB", AUTHOR),
        ("N1", reference.note),
        ("LA", "en"),
        ("UR", reference.url),
        ("Y2", f"{accessed:%Y/%m/%d}"),
        ("ER", ""),
    ]
    return "".join(f"{tag}  - {one_line(value)}\r\n" for tag, value in tags if value or tag == "ER")


def csl(reference: Reference, *, accessed: date) -> str:
    """Return CSL-JSON: a list of one item, as processors take it."""
    item: dict[str, Any] = {
        "id": _key(reference),
        "type": "dataset" if reference.dataset else "webpage",
        "author": [{"literal": AUTHOR}],
        "title": one_line(reference.title),
        "container-title": "" if reference.dataset else AUTHOR,
        "publisher": AUTHOR,
        "issued": {"date-parts": [[reference.on.year, reference.on.month, reference.on.day]]},
        "accessed": {"date-parts": [[accessed.year, accessed.month, accessed.day]]},
        "version": reference.version or reference.on.isoformat(),
        "note": one_line(reference.note),
        "language": "en",
        "URL": reference.url,
    }
    return json.dumps([{name: value for name, value in item.items() if value}], ensure_ascii=False, indent=2) + "\n"


def cited(reference: Reference) -> dict[str, str]:
    """Return what `templates/components/cite.html` shows of a reference."""
    return {"citation": plain(reference), "key": reference.key}


def plain(reference: Reference) -> str:
    """Return one line for a footnote."""
    kind = "Data set" if reference.dataset else one_line(reference.note)
    said = f"{AUTHOR} ({reference.on.year}). {one_line(reference.title)}. {kind}, {_state(reference)}."
    return f"{said} {reference.url}"
