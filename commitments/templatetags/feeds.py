"""Formatting only: the addresses of feeds."""

from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language

register = template.Library()


@register.simple_tag
def feed(question: str = "", *, pledge: str = "") -> str:
    """Return the path of a feed in the reader's language: of everything, of a question to the list, or of a pledge.

    `question` is a query string of the list's filters, `pledge` a code. English is not said: it is the default.
    """
    language = get_language() or settings.LANGUAGE_CODE
    spoken = "" if language == settings.LANGUAGE_CODE else urlencode({"language": language})
    path = reverse("pledge-feed", args=[pledge]) if pledge else reverse("updates-feed")
    query = "&".join(filter(None, (question, spoken)))
    return f"{path}?{query}" if query else path
