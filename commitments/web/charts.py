"""Pictures as files: an SVG that stands alone, with title, legend and source in it; and the same as PNG.

The PNG is made from the SVG by resvg: about 1.5 MB of library and a few milliseconds, no browser and no script.
"""

import re
from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import resvg_py
from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from commitments.record.plots import Plot
from commitments.record.plots.shapes import wide

#: Of the file, in pixels: its width, the edge around what is drawn, a line of small words.
WIDTH, EDGE, LINE = 960, 32, 20
#: A PNG has so many pixels for each: sharp in print and on fine screens.
ZOOM = 2
MEDIA_TYPES = {"svg": "image/svg+xml", "png": "image/png"}
#: Words that are not the chart's own, in the file's style.
_FRAME = """
.paper { fill: var(--paper) }
.title { font: 600 21px var(--ui); fill: var(--ink) }
.note, .label { font: 400 13px var(--ui); fill: var(--soft) }
"""
#: What the fonts of a file are called, since no style sheet of a page is there to say it.
_FONTS = '"Noto Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "DejaVu Sans", sans-serif'


def drawn(plot: Plot, kind: str, *, on: date) -> HttpResponse:
    """Return a plot as a file in the reader's language; `kind` is svg or png."""
    svg = _svg(plot, on)
    content = svg.encode() if kind == "svg" else bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=ZOOM, **_fonts()))
    answer = HttpResponse(content, content_type=MEDIA_TYPES[kind])
    answer["Content-Disposition"] = f'inline; filename="{plot.name}-{on.isoformat()}.{kind}"'
    return answer


def _svg(plot: Plot, on: date) -> str:
    inner = WIDTH - 2 * EDGE
    note = _lines(plot.note, inner, 62)
    legend, rows = _legend(plot.legend, inner, 62 + LINE * len(note))
    top = 62 + LINE * (len(note) + rows) + 6
    day = date_format(on, "DATE_FORMAT")
    source = _("%(site)s, as of %(day)s (UTC). %(address)s. Data: CC BY 4.0.")
    said = source % {"site": _("Pledge Tracker"), "day": day, "address": settings.SITE_URL}
    foot = _lines(said, inner, top + plot.height + 30)
    context: dict[str, Any] = {"plot": plot, "note": note, "legend": legend, "foot": foot, "style": style()}
    context |= {"width": WIDTH, "edge": EDGE, "inner": inner, "top": top, "language": get_language()}
    context["height"] = top + plot.height + 30 + LINE * len(foot)
    return render_to_string("charts/chart.svg", context)


def _lines(text: str, width: int, first: int) -> list[dict[str, Any]]:
    """Break a text into lines that fit; Chinese breaks anywhere, other words between them."""
    lines, line = [], ""
    for piece in re.findall(r"[\u2e80-\u9fff\uff00-\uffef]|[^\s\u2e80-\u9fff\uff00-\uffef]+\s*|\s+", text):
        if line and wide(line + piece.rstrip()) > width:
            lines.append(line)
            line = ""
        line += piece
    return [{"text": one.strip(), "y": first + LINE * n} for n, one in enumerate([*lines, line])]


def _legend(legend: Iterable[tuple[str, str]], width: int, first: int) -> tuple[list[dict[str, Any]], int]:
    """Return the signs of the legend at their places, and how many rows they take."""
    signs: list[dict[str, Any]] = []
    x, row = 0.0, 0
    for kind, label in legend:
        room = 18 + wide(label) + 22
        if x and x + room > width:
            x, row = 0.0, row + 1
        y = first + LINE * row
        at = EDGE + round(x)
        signs.append({"kind": kind, "label": label, "x": at, "y": y - 10, "words": at + 18, "base": y})
        x += room
    return signs, row + 1 if signs else 0


@cache
def style() -> str:
    """Return the style of the plots with every token in its light value: a file knows no page around it."""
    tokens = dict(re.findall(r"(--[\w-]+):\s*([^;]+);", _read("css/tokens.css")))
    light = {name: re.sub(r"light-dark\(([^,]+),[^)]*\)", r"\1", value) for name, value in tokens.items()}
    light["--ui"] = _FONTS
    text = _FRAME + _read("css/plots.css").replace(".plot-file ", "")
    return re.sub(r"var\((--[\w-]+)\)", lambda found: light[found[1]], re.sub(r"/\*.*?\*/", "", text, flags=re.S))


def _read(path: str) -> str:
    return Path(str(finders.find(path))).read_text()


@cache
def _fonts() -> dict[str, Any]:
    """Return where resvg finds fonts: those of the system, and of the folder that the operator names."""
    return {"font_dirs": [settings.CHART_FONTS]} if settings.CHART_FONTS else {}
