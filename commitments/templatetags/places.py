"""Formatting only: names of countries in the reader's language and their addresses; the grades of a tally."""

from django import template

from commitments.record import states
from commitments.record.tallies import Tally

register = template.Library()


@register.filter
def country(code: str) -> str:
    """Return the name of a country by its ISO 3166 code; the code itself where no name is known."""
    return states.name(code)


@register.filter
def state_slug(code: str) -> str:
    """Return the last part of the address of a state's page; empty where a country is none of the 34 states."""
    return states.address(code) if code in states.STATES else ""


@register.filter
def grades(tally: Tally) -> list[tuple[str, int]]:
    """Return (evidence grade, pledges) of a tally, the best grade first."""
    return sorted(tally.grades.items())
