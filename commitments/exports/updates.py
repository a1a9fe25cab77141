"""The table of updates: every published judgement, corrected and withdrawn ones too, newest number first."""

from datetime import date

from django.db.models import QuerySet

from commitments.exports.columns import Column, Kind, Link, Sheet, at, choice, texts
from commitments.models import Delivery, Grade, StatusUpdate, UpdateKind
from commitments.record import permanent, published


def rows(on: date) -> QuerySet[StatusUpdate]:
    """Return the updates published by the day."""
    return published.updates_with_citations(on=on)


def _evidence(update: StatusUpdate) -> list[str]:
    return [cited.evidence.public_id for cited in update.citations.all()]


SHEET = Sheet(
    name="updates",
    title="Updates",
    doc="One published judgement a row. None is ever changed: a correction or withdrawal is a row of its own.",
    columns=(
        Column("id", Kind.TEXT, "U and its number in the public log", at("public_id"), (), True, True),
        Column("pledge", Kind.TEXT, "Code of the pledge", at("pledge.code"), required=True),
        choice("kind", "What it does to the record", UpdateKind),
        choice("status", "Where the deed stands; of a withdrawal, what is withdrawn", Delivery),
        Column("effective_on", Kind.DATE, "Since when it is so in the world", at("effective_on"), required=True),
        Column("published_at", Kind.MOMENT, "Since when readers could know", at("published_at"), required=True),
        choice("grade", "Grade of the proof; empty where the status needs none", Grade, required=False),
        Column("provisional", Kind.BOOLEAN, "Whether it waits for two people", at("provisional"), required=True),
        Column(
            "reported_delivered",
            Kind.BOOLEAN,
            "Reported as delivered, but on less than grade B",
            at("reported_delivered"),
            required=True,
        ),
        *texts("summary", "What is the case"),
        *texts("reasoning", "Why it is judged so"),
        Column("evidence", Kind.LIST, "Numbers of the items it cites", _evidence),
        Column("corrects", Kind.TEXT, "The update that it corrects or withdraws", at("corrects.public_id")),
        Column("url", Kind.ADDRESS, "Its place on the pledge's page", permanent.of_update, (), True, True),
    ),
    rows=rows,
    key=("id",),
    links=(Link(("pledge",), "pledges", ("code",)), Link(("corrects",), "updates", ("id",))),
)
