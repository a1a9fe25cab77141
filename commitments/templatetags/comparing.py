"""Formatting only: what a draft would change, field by field, the old beside the new."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from commitments.editorial import publish
from commitments.models import LANGUAGES, Coding, CodingDraft, Delivery
from commitments.models.base import TextMap
from commitments.record.filters import named

register = template.Library()

#: Chinese is compared sign by sign, everything else word by word.
_TOKEN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]|\w+|\s+|[^\w\s]")

#: From which share on two texts are versions of one.
ALIKE = 0.5
#: Longer texts are shown whole: comparing takes time that grows with the square of their length, or worse.
MOST_PAIRS = 4_000_000

#: What both a coding and its draft say, in the order in which a reviewer reads it.
_CODING = ("trackability", "reason", "title", "test", *Coding.sealed_links, "due_on", "recurrence", "note")
_REPLY = ("speaker", "side", "stated_on", "language", "text", "source_url", "received")
_FIGURE = ("value", "on", "precision", "kind", "publisher", "source_url", "note")


@dataclass(frozen=True)
class Difference:
    """One field before and after; `part` is the language where the field is a text in several."""

    field: str
    part: str
    before: SafeString
    after: SafeString
    changed: bool


def marked(before: str, after: str) -> tuple[SafeString, SafeString]:
    """Return both texts, with what is taken out and what is put in marked."""
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    # Of two texts that have little in common, what they share by chance says nothing.
    whole = [("replace", 0, len(old), 0, len(new))]
    alike = len(old) * len(new) <= MOST_PAIRS and matcher.ratio() > ALIKE
    steps = matcher.get_opcodes() if alike else whole
    return (
        _joined(("del" if kind != "equal" else "", "".join(old[a:b])) for kind, a, b, _, _ in steps),
        _joined(("ins" if kind != "equal" else "", "".join(new[c:d])) for kind, _, _, c, d in steps),
    )


def _joined(pieces: Iterator[tuple[str, str]]) -> SafeString:
    return format_html_join(
        "", "{}", ((format_html(f"<{tag}>{{}}</{tag}>", text) if tag else text,) for tag, text in pieces if text)
    )


def _value(row: Any, name: str) -> str:
    """Return a field's value as a reader sees it."""
    if row is None:
        return ""
    if hasattr(row, f"get_{name}_display"):
        return str(getattr(row, f"get_{name}_display")())
    value = getattr(row, name)
    if hasattr(value, "all"):
        return ", ".join(named(term) for term in value.all())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def differences(before: Any, after: Any, names: tuple[str, ...]) -> Iterator[Difference]:
    """Yield these fields before and after; `before` is None where there was nothing."""
    for name in names:
        field = after._meta.get_field(name)
        label = str(field.verbose_name)
        if isinstance(field, TextMap):
            yield from _texts(label, getattr(before, name, {}), getattr(after, name))
        else:
            old, new = _value(before, name), _value(after, name)
            yield Difference(label, "", *marked(old, new), changed=old != new)


def _texts(label: str, before: dict[str, str], after: dict[str, str]) -> Iterator[Difference]:
    for language in LANGUAGES:
        old, new = before.get(language, ""), after.get(language, "")
        if old or new:
            yield Difference(label, language, *marked(old, new), changed=old != new)


@register.filter
def coding_differences(draft: CodingDraft) -> list[Difference]:
    """Return how a coding would change."""
    return list(differences(draft.base, draft, _CODING))


@register.filter
def reply_differences(draft: Any) -> list[Difference]:
    """Return what a reply says, and how it differs from the one it replaces."""
    return list(differences(draft.replaces, draft, _REPLY))


@register.filter
def figure_differences(draft: Any) -> list[Difference]:
    """Return what a figure says, and how it differs from the one it corrects."""
    return list(differences(draft.corrects, draft, _FIGURE))


@register.filter
def brings(draft: CodingDraft) -> tuple[Delivery, dict[str, str]] | None:
    """Return the status that is published together with the coding."""
    return publish.brings(draft.base, draft.trackability)
