"""Formatting only: what mails need besides."""

from datetime import date

from django import template
from django.utils import formats
from django.utils.translation import get_language

from commitments import locales
from commitments.models import Delivery

register = template.Library()


@register.filter
def listed(words: list[str]) -> str:
    """Return words as a list in the reader's language."""
    return locales.listed(words, get_language() or "en")


@register.filter
def day(iso: str) -> str:
    """Return an ISO 8601 day as the reader's language writes it."""
    return formats.date_format(date.fromisoformat(iso[:10]), "DATE_FORMAT")


#: Each status as a letter-like sign, for mails: their programs show no pictures. Shapes as on the pages.
_SIGNS = {
    Delivery.NOT_ASSESSED: "○",
    Delivery.NO_EVIDENCE: "◌",
    Delivery.ANNOUNCED: "◔",
    Delivery.IN_PROGRESS: "◑",
    Delivery.SUSTAINED: "◕",
    Delivery.DELIVERED: "●",
    Delivery.STALLED: "◐",
    Delivery.PARTLY_DELIVERED: "◕",
    Delivery.NOT_DELIVERED: "⊗",
    Delivery.DROPPED: "⊖",
    Delivery.NOT_ASSESSABLE: "⊙",
}
_TONES = {Delivery.STALLED: "halt", Delivery.PARTLY_DELIVERED: "halt", Delivery.NOT_DELIVERED: "fail"}


@register.filter
def sign(status: str) -> str:
    """Return the sign of a status."""
    return _SIGNS[Delivery(status)]


@register.filter
def tone(status: str) -> str:
    """Return the class of a status's colour."""
    return _TONES.get(Delivery(status), "")
