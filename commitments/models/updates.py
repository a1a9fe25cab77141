"""Status updates: where the deed stands, since when, on what evidence. Append-only."""

from django.conf import settings
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commitments.models.base import AppendOnly, Mutability, SealedWithParent, TextMap, one_of
from commitments.models.evidence import Bearing, Evidence, SearchLog
from commitments.models.pledges import Pledge


class Delivery(models.TextChoices):
    """Where the deed stands. Order and fullness of the marks follow this order."""

    NOT_ASSESSED = "not_assessed", _("not assessed")
    NO_EVIDENCE = "no_evidence", _("no evidence found")
    ANNOUNCED = "announced", _("announced")
    IN_PROGRESS = "in_progress", _("in progress")
    SUSTAINED = "sustained", _("sustained")
    DELIVERED = "delivered", _("delivered")
    STALLED = "stalled", _("stalled")
    PARTLY_DELIVERED = "partly_delivered", _("partly delivered")
    NOT_DELIVERED = "not_delivered", _("not delivered")
    DROPPED = "dropped", _("dropped")
    NOT_ASSESSABLE = "not_assessable", _("not assessable")

    @property
    def definition(self) -> Promise:
        """What the value means, in one sentence."""
        return _DELIVERY[self]


_DELIVERY = {
    Delivery.NOT_ASSESSED: _("No review has been completed."),
    Delivery.NO_EVIDENCE: _("A logged search found nothing; this does not say that nothing was done."),
    Delivery.ANNOUNCED: _(
        "After the baseline date the responsible side published a plan, budget or agreement for it."
    ),
    Delivery.IN_PROGRESS: _("At least one implementing act after the baseline date."),
    Delivery.SUSTAINED: _("Open-ended, with a qualifying act in the last 12 months."),
    Delivery.DELIVERED: _("Every part of its test was seen."),
    Delivery.STALLED: _(
        "Earlier activity, then evidence of suspension, or none for 18 months in spite of a logged search."
    ),
    Delivery.PARTLY_DELIVERED: _("Closed with a material part missing."),
    Delivery.NOT_DELIVERED: _("Its date has passed and there is positive evidence that it did not happen."),
    Delivery.DROPPED: _("Withdrawn or replaced by those who made it."),
    Delivery.NOT_ASSESSABLE: _("Declaratory, or no test can be defined: shown, never scored."),
}

#: Statuses that need no evidence: they say nothing of a deed.
WITHOUT_EVIDENCE = (Delivery.NOT_ASSESSED, Delivery.NO_EVIDENCE, Delivery.NOT_ASSESSABLE)
#: Statuses that claim a deed: they need support dated on or after the baseline.
CLAIMING_A_DEED = (Delivery.IN_PROGRESS, Delivery.SUSTAINED, Delivery.PARTLY_DELIVERED, Delivery.DELIVERED)
#: Statuses that rest on evidence against.
RESTING_ON_CONTRADICTION = (Delivery.STALLED, Delivery.NOT_DELIVERED, Delivery.DROPPED)
#: What a provisional update can never say, and what needs a good grade.
FINAL = (Delivery.DELIVERED, Delivery.NOT_DELIVERED)


class Grade(models.TextChoices):
    """How well a status is evidenced: computed when an update is published, never typed in."""

    A = "A", _("a primary record and an independent item of another origin")
    B = "B", _("both sides, or two independent origins, or one side and an independent one")
    C = "C", _("one side only")
    D = "D", _("one independent origin only")


class UpdateKind(models.TextChoices):
    """What an update does to the record."""

    STATUS = "status", _("status")
    CORRECTION = "correction", _("correction")
    WITHDRAWAL = "withdrawal", _("withdrawal")


class StatusUpdate(AppendOnly):
    """One published judgement. A correction or withdrawal is a row of its own that names the one it concerns."""

    sealed_children = ("citations",)

    pledge = models.ForeignKey(Pledge, models.PROTECT, related_name="updates")
    seq = models.PositiveIntegerField(unique=True, null=True, blank=True, help_text="Its number in the public log.")
    kind = models.CharField(max_length=16, choices=UpdateKind, default=UpdateKind.STATUS)
    status = models.CharField(max_length=20, choices=Delivery)
    effective_on = models.DateField(help_text="Since when it is so in the world.")
    summary = TextMap()
    reasoning = TextMap()
    grade = models.CharField(max_length=1, blank=True, choices=Grade)
    provisional = models.BooleanField(default=False)
    reported_delivered = models.BooleanField(default=False, help_text="Reported as delivered, on less than grade B.")
    search = models.ForeignKey(SearchLog, models.PROTECT, null=True, blank=True, related_name="updates")
    corrects = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="corrected_by")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="updates_written"
    )
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="updates_approved"
    )

    class Meta:
        ordering = ["pledge", "effective_on", "seq"]
        # What stood on a day is the first row from there backwards (`periods.py`).
        indexes = [
            models.Index(fields=["pledge", "effective_on", "seq"], name="update_by_day"),
            models.Index(fields=["pledge", "published_at"], name="update_by_publication"),
        ]
        constraints = [
            one_of("status", Delivery.values, "update_status_known"),
            one_of("kind", UpdateKind.values, "update_kind_known"),
            one_of("grade", ["", *Grade.values], "update_grade_known"),
            # CHECK lets NULL pass, so both branches say outright who is there and who is not.
            models.CheckConstraint(
                condition=models.Q(provisional=True, author__isnull=True, approver__isnull=True)
                | (
                    models.Q(provisional=False, author__isnull=False, approver__isnull=False)
                    & ~models.Q(author=models.F("approver"))
                ),
                name="update_provisional_or_by_two_people",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=FINAL)
                | models.Q(grade__in=["A", "B"])
                | models.Q(kind=UpdateKind.WITHDRAWAL),
                name="update_final_needs_a_or_b",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=FINAL) | models.Q(provisional=False),
                name="update_provisional_not_final",
            ),
            models.CheckConstraint(
                condition=~models.Q(status=Delivery.NO_EVIDENCE) | models.Q(search__isnull=False),
                name="update_no_evidence_needs_a_search",
            ),
            models.CheckConstraint(
                condition=models.Q(kind=UpdateKind.STATUS, corrects__isnull=True)
                | (~models.Q(kind=UpdateKind.STATUS) & models.Q(corrects__isnull=False)),
                name="update_corrections_name_what_they_correct",
            ),
            models.CheckConstraint(
                condition=models.Q(reported_delivered=False) | models.Q(status=Delivery.IN_PROGRESS),
                name="update_reported_delivered_is_in_progress",
            ),
            models.CheckConstraint(
                condition=models.Q(published_at__isnull=True) | models.Q(seq__isnull=False),
                name="update_published_under_a_number",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        """`U` and its number in the public log."""
        return f"U{self.seq}" if self.seq else "unpublished"

    @property
    def delivery(self) -> Delivery:
        """The status as a term, with its definition."""
        return Delivery(self.status)


class Citation(SealedWithParent):
    """An item of evidence as an update cites it: what it did to the pledge when the update was published."""

    mutability = Mutability.APPEND_ONLY

    update = models.ForeignKey(StatusUpdate, models.PROTECT, related_name="citations")
    evidence = models.ForeignKey(Evidence, models.PROTECT, related_name="citations")
    bearing = models.CharField(max_length=16, choices=Bearing)

    class Meta:
        ordering = ["update", "evidence"]
        constraints = [
            models.UniqueConstraint(fields=["update", "evidence"], name="citation_once_per_update"),
            one_of("bearing", Bearing.values, "citation_bearing_known"),
        ]

    def __str__(self) -> str:
        return f"{self.update} cites {self.evidence}"
