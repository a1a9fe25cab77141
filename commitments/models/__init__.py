"""The rows, in the direction of the data: sources → pledges → evidence → updates → log.

Each file holds one stage and imports only the stages before it.
"""

from commitments.models.base import LANGUAGES, AppendOnly, ImmutableRowError, Mutability, text_in
from commitments.models.evidence import (
    Attachment,
    Bearing,
    Directness,
    Evidence,
    Precision,
    PublisherKind,
    SearchLog,
    Side,
)
from commitments.models.ledger import LedgerEntry, LedgerHead, LedgerKind, LedgerSalt, Publication
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
from commitments.models.publishing import Proposal, publish_codings, publish_updates
from commitments.models.search import PledgeSearch
from commitments.models.sources import Authority, Document, Heading, Passage, Rendition, Role, Section, SectionKind
from commitments.models.updates import Citation, Delivery, Grade, StatusUpdate, UpdateKind

__all__ = [
    "LANGUAGES",
    "Actor",
    "AppendOnly",
    "Attachment",
    "Authority",
    "Bearing",
    "Citation",
    "Coding",
    "Delivery",
    "Directness",
    "Document",
    "Evidence",
    "Grade",
    "Heading",
    "Heartbeat",
    "ImmutableRowError",
    "LedgerEntry",
    "LedgerHead",
    "LedgerKind",
    "LedgerSalt",
    "Mutability",
    "Passage",
    "Pledge",
    "PledgeSearch",
    "Precision",
    "Proposal",
    "Publication",
    "PublisherKind",
    "Quote",
    "Recurrence",
    "Rendition",
    "Right",
    "Role",
    "SearchLog",
    "Section",
    "SectionKind",
    "Side",
    "StatusUpdate",
    "Target",
    "Theme",
    "Trackability",
    "UpdateKind",
    "publish_codings",
    "publish_updates",
    "text_in",
]
