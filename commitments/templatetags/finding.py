"""Formatting only: the words that a search found, marked in the text as it was written."""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from commitments.models import Pledge, Quote, text_in
from commitments.questions import Question, spans
from commitments.templatetags.record import bcp47, shown_quote
from commitments.text import plain

register = template.Library()


@register.filter
def marked(text: str, asked: Question | None) -> SafeString:
    """Return a text with what was asked for marked in it; as it is, where nothing was asked for."""
    found = spans(asked, text) if asked else []
    pieces, at = [], 0
    for start, end in found:
        pieces.append(format_html('{}<mark class="found">{}</mark>', text[at:start], text[start:end]))
        at = end
    return format_html("{}{}", format_html_join("", "{}", ((piece,) for piece in pieces)), text[at:])


@register.simple_tag
def local_marked(value: dict[str, str], asked: Question | None) -> SafeString:
    """Return the text of a map with the words marked: in the reader's language, else in one that holds them."""
    wanted = get_language() or "en"
    text, language = text_in(value, wanted)
    if asked and not spans(asked, text):
        holding = ((key, other) for key, other in value.items() if spans(asked, other))
        language, text = next(holding, (language, text))
    words = marked(text, asked)
    return words if language == wanted else format_html('<span lang="{}">{}</span>', bcp47(language), words)


@register.filter
def found_quote(pledge: Pledge, asked: Question | None) -> Quote:
    """Return the words to show in a list: those in the reader's language, else some that hold what was asked for."""
    usual = shown_quote(pledge)
    if not asked or spans(asked, plain(usual.exact)):
        return usual
    return next((quote for quote in pledge.quotes.all() if spans(asked, plain(quote.exact))), usual)
