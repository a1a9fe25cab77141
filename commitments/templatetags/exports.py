"""Formatting only: links to the files of a table and to the ways of citing, what a column means, JSON-LD."""

import json
from typing import Any
from urllib.parse import urlencode

from django import template
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from commitments.text import plain

register = template.Library()

FORMS = ("csv", "xlsx", "json")
#: Ending of the address → what the button says.
CITED = {"bib": "BibTeX", "ris": "RIS", "json": "CSL-JSON", "txt": "TXT"}
#: What could end the element or be taken for markup in it.
_NOT_IN_A_SCRIPT = {
    ord("<"): "\\u003C",
    ord(">"): "\\u003E",
    ord("&"): "\\u0026",
    0x2028: "\\u2028",
    0x2029: "\\u2029",
}


def _day(context: dict[str, Any]) -> dict[str, str]:
    day = context.get("day")
    return {"as_of": day.on.isoformat()} if day else {}


@register.simple_tag(takes_context=True)
def downloads(context: dict[str, Any], name: str, question: str = "") -> SafeString:
    """Return links to a table in every format, as of the page's day; `question` is a query string of its filters."""
    kept = "&".join(filter(None, (question, urlencode(_day(context)))))
    query = f"?{kept}" if kept else ""
    links = ((f"{reverse('export', args=[name, form])}{query}", form.upper()) for form in FORMS)
    return format_html_join(SafeString(" · "), '<a href="{}" download>{}</a>', links)


@register.simple_tag(takes_context=True)
def cite(context: dict[str, Any], key: str, *, version: str = "") -> SafeString:
    """Return links to a reference in every format: of a release, else as of the page's day."""
    query = urlencode({"version": version} if version else _day(context))
    links = ((f"{reverse('cite', args=[key, form])}?{query}", label) for form, label in CITED.items())
    return format_html_join(SafeString(" · "), '<a href="{}" rel="nofollow">{}</a>', links)


@register.simple_tag(takes_context=True)
def also(context: dict[str, Any], name: str) -> str:
    """Return once more what a block of the page says, on one line: Django writes a block in one place only."""
    block = context.render_context[BLOCK_CONTEXT_KEY].get_block(name)  # type: ignore[attr-defined]
    return SafeString(plain(block.render(context)))


@register.filter
def og_locale(language: str) -> str:
    """Return a language as OpenGraph names it, with the territory that it asks for."""
    return {"en": "en_GB", "zh-hans": "zh_CN", "es": "es_LA", "pt-br": "pt_BR"}[language]


@register.filter
def table_name(name: str) -> str:
    """Return what a table holds, in the reader's language."""
    return {"pledges": _("Pledges"), "updates": _("Updates"), "evidence": _("Evidence")}[name]


@register.filter
def json_ld(facts: dict[str, Any]) -> SafeString:
    """Return facts as a data block. No browser runs one, so that the content security policy lets it stand."""
    written = json.dumps(facts, ensure_ascii=False).translate(_NOT_IN_A_SCRIPT)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(written))
