"""Formatting only: the lines of HTML that set a card of ours into somebody's page."""

from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import get_language

register = template.Library()

#: Pixels: what the tallest of the shipped cards takes at a width of 320, in the longest of the four languages.
HEIGHTS = {"pledge": 420, "section": 400}


@register.simple_tag
def embed_code(code: str, title: str, kind: str = "pledge") -> str:
    """Return the markup of a frame, to be shown as text: so it is a plain string, which templates escape."""
    asked = {"language": get_language() or settings.LANGUAGE_CODE}
    address = f"{settings.SITE_URL}{reverse('embed', args=[code])}?{urlencode(asked)}"
    size = f'width="100%" height="{HEIGHTS[kind]}" style="max-width: 600px; border: 0"'
    return f'<iframe src="{escape(address)}" title="{escape(f"{code} {title}")}" {size} loading="lazy"></iframe>'
