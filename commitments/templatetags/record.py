"""Formatting only: text maps, marks, sentences with their notes, addresses in other languages."""

from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils import formats
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from commitments.models import Attachment, Coding, Pledge, Quote, Reply, text_in
from commitments.record import published
from commitments.record.flags import Flag
from commitments.record.flags import flags as flags_of
from commitments.record.reading import Cell, Run
from commitments.text import plain as plain_text

register = template.Library()


def bcp47(language: str) -> str:
    """Return the BCP 47 tag of one of our language codes: zh-hans → zh-Hans, pt-br → pt-BR."""
    main, _, rest = language.partition("-")
    return f"{main}-{rest.title() if len(rest) == 4 else rest.upper()}" if rest else main


register.filter("bcp47", bcp47)
register.filter("plain", plain_text)


@register.filter
def localized(value: dict[str, str]) -> str:
    """Return the text of a map in the reader's language, else in English."""
    return text_in(value, get_language() or "en")[0]


@register.filter
def amount(value: Decimal) -> str:
    """Return a number with its thousands set apart, and as many decimals as it has."""
    decimals = -int(value.normalize().as_tuple().exponent)
    return formats.number_format(value, max(0, decimals), force_grouping=True)


@register.simple_tag
def local(value: dict[str, str]) -> str:
    """Return the text of a map; where only another language has it, marked as that language."""
    wanted = get_language() or "en"
    text, language = text_in(value, wanted)
    return text if language == wanted else format_html('<span lang="{}">{}</span>', bcp47(language), text)


@register.filter
def plain_number(value: float) -> str:
    """Return a number as SVG and CSS write it, in every language: with a point, and without needless zeros."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


@register.filter
def told(value: Any) -> str:
    """Return a cell of a table in the reader's language: a day, a number, or words."""
    if isinstance(value, date):
        return str(formats.date_format(value, "DATE_FORMAT"))
    return str(formats.number_format(value, force_grouping=True)) if isinstance(value, int) else str(value)


@register.filter
def coding(pledge: Pledge) -> Coding:
    """Return the coding that came with the pledge."""
    return published.coding_of(pledge)


@register.filter
def status(pledge: Pledge) -> published.Standing:
    """Return where the pledge stands."""
    return published.standing(pledge)


@register.filter
def flags(pledge: Pledge) -> list[Flag]:
    """Return the signs computed for the day beside the pledge's status."""
    return flags_of(pledge)


@register.filter
def bearing(attachment: Attachment) -> str:
    """Return what an item was said on the day to do to a pledge, in the reader's language."""
    return str(published.bearing(attachment).label)


def _spoken(reply: Reply) -> str:
    """Return under which of our languages the words of a reply stand that were spoken: its own, else the nearest."""
    own, spoken = reply.language.casefold(), [str(key) for key in reply.text]
    near = [key for key in spoken if key.partition("-")[0] == own.partition("-")[0]]
    return own if own in spoken else (near or spoken)[0]


@register.filter
def original(reply: Reply) -> str:
    """Return a reply in the words in which it was made."""
    return str(reply.text[_spoken(reply)])


@register.filter
def our_translation(reply: Reply) -> str:
    """Return our translation of a reply into the reader's language; empty where there is none or none is needed."""
    language = get_language() or "en"
    return "" if language == _spoken(reply) else str(reply.text.get(language, ""))


@register.simple_tag
def mark(of: published.Standing, *, named: bool = True) -> SafeString:
    """Return the sign of a status; `named=False` where words beside it say the same.

    What is provisional wears a sign of its own beside the status's.
    """
    attributes = format_html('role="img" aria-label="{}"', of.label) if named else SafeString('aria-hidden="true"')
    provisional = SafeString('<use href="#m-provisional"/>') if of.provisional else SafeString("")
    return format_html(
        '<svg class="mark {0}" viewBox="0 0 16 16" {1}><use href="#{0}"/>{2}</svg>', of.mark, attributes, provisional
    )


@register.filter
def shown_quote(pledge: Pledge) -> Quote:
    """Return the words to show in a list: in the reader's language where a rendition has them, else the first."""
    language, quotes = bcp47(get_language() or "en"), list(pledge.quotes.all())
    return next((quote for quote in quotes if quote.rendition.language == language), quotes[0])


def _ordinal(code: str) -> str:
    return code.rpartition(".")[2]


def _run(run: Run, linked: bool) -> SafeString:
    words: SafeString | str = plain_text(run.text) if not run.text.isspace() else " "
    lead = " " if run.text[:1].isspace() and words != " " else ""
    tail = " " if run.text[-1:].isspace() and words != " " else ""
    words = format_html("{}{}{}", lead, words, tail)
    if run.differs:
        words = format_html('<span class="differs">{}</span>', words)
    if run.codes:
        words = format_html('<mark data-codes="{}">{}</mark>', " ".join(run.codes), words)
    if not linked or not run.notes:
        return format_html("{}", words)
    label = _("note on %(code)s")
    notes = ((code, label % {"code": code}, _ordinal(code)) for code in run.notes)
    return format_html("{}{}", words, format_html_join("", '<a class="ref" href="#{}" aria-label="{}">{}</a>', notes))


@register.simple_tag
def sentences(cell: Cell, *, linked: bool = True) -> SafeString:
    """Return the words of a cell, promises marked; `linked` adds the note marks that lead to the margin."""
    return format_html_join("", "{}", ((_run(run, linked),) for run in cell.runs))


@register.simple_tag(takes_context=True)
def languages(context: dict[str, Any]) -> list[dict[str, Any]]:
    """Return this page's address in every language of the interface."""
    now = get_language()
    rest = context["request"].get_full_path().removeprefix(f"/{now}/")
    return [
        {"code": code, "name": name, "url": f"/{code}/{rest}", "current": code == now}
        for code, name in settings.LANGUAGES
    ]


@register.simple_tag(takes_context=True)
def to(context: dict[str, Any], what: Any, *args: Any, **asked: str) -> str:
    """Return the path of a row's page, or of a route by its name, that keeps the day for which this page is asked.

    `asked` are further parameters of the query.
    """
    return _dated(context, what, args, urlencode(asked))


@register.simple_tag(takes_context=True)
def among(context: dict[str, Any], what: Any, question: str, *args: Any) -> str:
    """Return the same, of the pledges that `question` chooses: a query string of the list's filters."""
    return _dated(context, what, args, question)


def _dated(context: dict[str, Any], what: Any, args: tuple[Any, ...], asked: str) -> str:
    path = reverse(what, args=args) if isinstance(what, str) else what.get_absolute_url()
    address, _, place = path.partition("#")
    day = context.get("day")
    query = "&".join(filter(None, (asked, day.question if day else "")))
    return f"{address}{'?' if query else ''}{query}{'#' if place else ''}{place}"


@register.inclusion_tag("components/day.html", takes_context=True)
def day_picker(context: dict[str, Any]) -> dict[str, Any]:
    """Return what the picker of the day needs; what else the page is asked for stays as it is."""
    data = context["request"].GET
    rest = [(name, value) for name in data if name not in ("as_of", "page") for value in data.getlist(name)]
    kept = urlencode(rest)
    return {"day": context["day"], "rest": rest, "now": f"?{kept}", "first": published.first_day()}


@register.simple_tag(takes_context=True)
def site(context: dict[str, Any], path: str) -> str:
    """Return the absolute address of a path on this site."""
    return f"{settings.SITE_URL}{path}"
