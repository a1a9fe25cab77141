"""Pictures as files: an SVG that stands alone, with title, legend and source in it; and the same as PNG.

The PNG is made from the SVG by resvg: about 1.5 MB of library and a few milliseconds, no browser and no script.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import resvg_py
from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from commitments.conditional import answered
from commitments.exports.validators import of_edition
from commitments.models import DataPoint, Indicator, Target
from commitments.record.charts import Chart
from commitments.record.plots import Plot
from commitments.record.plots.shapes import wide
from commitments.record.plots.standing import named

#: Of the file, in pixels: its width, the edge around what is drawn, a line of small words, one of the title.
WIDTH, EDGE, LINE, HEAD = 960, 32, 20, 28
#: A PNG has so many pixels for each: sharp in print and on fine screens.
ZOOM = 2
MEDIA_TYPES = {"svg": "image/svg+xml", "png": "image/png"}
#: Words that are not the chart's own, in the file's style.
_FRAME = """
.paper { fill: var(--paper) }
.title { font: 600 21px var(--ui); fill: var(--ink) }
.note, .label { font: 400 13px var(--ui); fill: var(--soft) }
"""
#: What the fonts of a file are called, since no style sheet of a page is there to say it. Of the Chinese signs resvg
#: finds those of any font where the first one has none: so a Chinese one comes first where they are many.
_FONTS = ['"Noto Sans"', '"Noto Sans CJK SC"', '"PingFang SC"', '"Microsoft YaHei"', '"DejaVu Sans"', "sans-serif"]


CACHING = "public, max-age=300"
#: Opened at its own address a picture is a page of its own: it may have nothing but its style.
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
#: A line of words, or a sign of the legend, with its place.
Line = dict[str, Any]


@dataclass(frozen=True)
class Picture:
    """What is drawn into a file: `template` makes its shapes from `context`, in a plane of `height` pixels.

    `over`, `under`, `left` and `right` are the pixels that words need around the plane. `legend` is (kind, label): a
    rectangle of that class, or where the template `signs` has signs of its own, the one of that id. `style` is the
    class under which the style sheets know it. `told` stands under the title, `sources` at the foot.
    """

    name: str
    title: str
    told: Sequence[str]
    height: float
    template: str
    context: dict[str, Any]
    legend: Sequence[tuple[str, str]]
    style: str
    signs: str = ""
    over: int = 0
    under: int = 0
    left: int = 0
    right: int = 0
    sources: str = ""


def of_plot(plot: Plot, about: Sequence[str] = ()) -> Picture:
    """Return a plot as a picture; `about` says of which pledges it is."""
    told = [plot.note, *about]
    return Picture(
        plot.name, plot.title, told, plot.height, "components/plot.svg", {"plot": plot}, plot.legend, style="plot"
    )


def of_figures(indicator: Indicator, points: list[DataPoint], chart: Chart, target: Target | None = None) -> Picture:
    """Return an indicator's figures as a picture, beside an announced number where there is one."""
    title = named(indicator.title)
    told = [_("In %(unit)s, drawn from zero.") % {"unit": named(indicator.unit)}]
    if target:
        told.append(f"{_('Beside')}: {named(target.title)} ({named(target.period)})")
    publishers = dict.fromkeys(point.publisher for point in points)
    return Picture(
        f"{target.code}-{indicator.slug}" if target else indicator.slug,
        title,
        told,
        300,
        "components/chart.svg",
        {"chart": chart},
        [(f"f-{kind.value}", str(kind.label)) for kind in chart.kinds],
        style="chart",
        signs="components/figure_signs.html",
        over=22,
        under=26,
        left=110 if chart.wide else 64,
        right=24,
        sources=_("Figures: %(publishers)s.") % {"publishers": "; ".join(publishers)},
    )


def drawn(request: HttpRequest, make: Callable[[], Picture], kind: str, *, on: date) -> HttpResponseBase:
    """Return a picture as a file in the reader's language; `kind` is svg or png. 304 to whoever has it, undrawn."""

    def file() -> HttpResponse:
        picture = make()
        svg = _svg(picture, on)
        content = (
            svg.encode() if kind == "svg" else bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=ZOOM, **_fonts()))
        )
        answer = HttpResponse(content, content_type=MEDIA_TYPES[kind])
        answer["Content-Security-Policy"] = POLICY
        answer["Content-Disposition"] = f'inline; filename="{picture.name}-{on.isoformat()}.{kind}"'
        return answer

    return answered(request, of_edition(request, on=on, caching=CACHING), file)


def _svg(picture: Picture, on: date) -> str:
    inner = WIDTH - 2 * EDGE
    head = _lines([picture.title], inner, 38, line=HEAD, size=21)
    below = 38 + HEAD * (len(head) - 1)
    note = _lines(picture.told, inner, below + 24)
    legend, rows = _legend(picture.legend, inner, below + 24 + LINE * len(note))
    top = below + 30 + LINE * (len(note) + rows) + picture.over
    day = date_format(on, "DATE_FORMAT")
    source = _("%(site)s, as of %(day)s (UTC). %(address)s. Data: CC BY 4.0.")
    said = source % {"site": _("Pledge Tracker"), "day": day, "address": settings.SITE_URL}
    foot = _lines([picture.sources, said], inner, top + picture.height + picture.under + 30)
    language = get_language() or "en"
    context: dict[str, Any] = {
        "picture": picture,
        "head": head,
        "note": note,
        "legend": legend,
        "foot": foot,
        "width": WIDTH,
        "height": foot[-1]["y"] + LINE,
        "edge": EDGE,
        "left": EDGE + picture.left,
        "inner": inner - picture.left - picture.right,
        "top": top,
        "style": style(language),
        "language": language,
    }
    return render_to_string("charts/chart.svg", context | picture.context)


def _lines(
    texts: Iterable[str], width: int, first: float, *, line: int = LINE, size: int = 13
) -> list[dict[str, Any]]:
    """Break texts into lines that fit; Chinese breaks anywhere, other words between them."""
    found = [one for text in texts if text for one in _broken(text, width * 13 / size)]
    return [{"text": one, "y": round(first + line * n)} for n, one in enumerate(found)]


def _broken(text: str, width: float) -> Iterator[str]:
    kept = ""
    for piece in re.findall(r"[\u2e80-\u9fff\uff00-\uffef]|[^\s\u2e80-\u9fff\uff00-\uffef]+\s*|\s+", text):
        if kept and wide(kept + piece.rstrip()) > width:
            yield kept.strip()
            kept = ""
        kept += piece
    yield kept.strip()


def _legend(legend: Iterable[tuple[str, str]], width: int, first: int) -> tuple[list[Line], int]:
    """Return the signs of the legend at their places, and how many rows they take."""
    signs: list[Line] = []
    x, row = 0.0, 0
    for kind, label in legend:
        room = 18 + wide(label) + 22
        if x and x + room > width:
            x, row = 0.0, row + 1
        at = EDGE + round(x)
        signs.append({"kind": kind, "label": label, "x": at, "words": at + 18, "base": first + LINE * row})
        x += room
    return signs, row + 1 if signs else 0


@cache
def style(language: str) -> str:
    """Return the style of the plots with every token in its light value: a file knows no page around it."""
    tokens = dict(re.findall(r"(--[\w-]+):\s*([^;]+);", _read("css/tokens.css")))
    light = {name: re.sub(r"light-dark\(([^,]+),[^)]*\)", r"\1", value) for name, value in tokens.items()}
    light["--ui"] = ", ".join(_FONTS[1:] if language.startswith("zh") else _FONTS)
    text = _FRAME + _read("css/plots.css") + _read("css/charts.css")
    return re.sub(r"var\((--[\w-]+)\)", lambda found: light[found[1]], re.sub(r"/\*.*?\*/", "", text, flags=re.S))


def _read(path: str) -> str:
    return Path(str(finders.find(path))).read_text()


@cache
def _fonts() -> dict[str, Any]:
    """Return where resvg finds fonts: those of the system, and of the folder that the operator names."""
    return {"font_dirs": [settings.CHART_FONTS]} if settings.CHART_FONTS else {}
