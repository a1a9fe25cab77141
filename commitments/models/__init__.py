"""The rows, in the direction of the data: sources → pledges → (evidence → desk → updates, later).

Each file holds one stage and imports only the stages before it.
"""

from commitments.models.base import LANGUAGES, AppendOnly, ImmutableRowError, Mutability, text_in
from commitments.models.operations import Heartbeat
from commitments.models.pledges import (
    Actor,
    Coding,
    Pledge,
    Quote,
    Recurrence,
    Right,
    Target,
    Theme,
    Trackability,
)
from commitments.models.search import PledgeSearch
from commitments.models.sources import Authority, Document, Heading, Passage, Rendition, Role, Section, SectionKind

__all__ = [
    "LANGUAGES",
    "Actor",
    "AppendOnly",
    "Authority",
    "Coding",
    "Document",
    "Heading",
    "Heartbeat",
    "ImmutableRowError",
    "Mutability",
    "Passage",
    "Pledge",
    "PledgeSearch",
    "Quote",
    "Recurrence",
    "Rendition",
    "Right",
    "Role",
    "Section",
    "SectionKind",
    "Target",
    "Theme",
    "Trackability",
    "text_in",
]
