"""The desk itself: who did what, who looks after which pledge, who stands too close to one, what readers report."""

from typing import Any

from django.conf import settings
from django.db import models
from simple_history.models import HistoricalRecords

from commitments.models.base import History, Kept, Mutability, one_of
from commitments.models.evidence import Evidence
from commitments.models.pledges import Coding, Pledge, Trackability
from commitments.models.updates import Delivery, StatusUpdate


class Audit(Kept):
    """One action of one person. Written in the transaction of the action."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="acts")
    action = models.CharField(max_length=40, help_text="noun.verb")
    subject = models.CharField(max_length=80, help_text="What it was done to.")
    row = models.CharField(max_length=80, db_index=True, help_text="Table and key of what was changed.")
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name_plural = "audit trail"

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"

    @classmethod
    def write(
        cls, action: str, subject: models.Model, *, by: Any, at: Any, row: models.Model | None = None, **detail: Any
    ) -> "Audit":
        """Add a row. Call it inside the action's transaction. `row` is what was changed, where not the subject."""
        return cls.objects.create(
            at=at, by=by, action=action, subject=str(subject)[:80], row=key_of(row or subject), detail=detail
        )


def key_of(row: models.Model) -> str:
    """Return table and key of a row; a draft is one row, whatever its kind."""
    table = next(iter(row._meta.all_parents), row._meta.model)._meta.db_table
    return f"{table} {row.pk}"


class Conflict(models.Model):
    """A declared conflict of interest: while it stands, its person neither writes nor approves on the pledge."""

    mutability = Mutability.WORKING

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="conflicts")
    pledge = models.ForeignKey(Pledge, models.PROTECT, related_name="conflicts")
    reason = models.TextField(help_text="Seen at the desk only.")
    declared_at = models.DateTimeField(editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    history = HistoricalRecords(bases=[History])

    class Meta:
        ordering = ["-declared_at"]
        verbose_name = "conflict of interest"
        verbose_name_plural = "conflicts of interest"
        constraints = [
            models.UniqueConstraint(
                fields=["person", "pledge"], condition=models.Q(ended_at__isnull=True), name="conflict_declared_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} on {self.pledge}"


class Assignment(models.Model):
    """A pledge that somebody looks after. It gives no right and takes none."""

    mutability = Mutability.WORKING

    pledge = models.ForeignKey(Pledge, models.PROTECT, related_name="assignments")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="assignments")
    history = HistoricalRecords(bases=[History])

    class Meta:
        ordering = ["pledge"]
        permissions = [("assign_pledge", "Can assign pledges to others")]
        constraints = [models.UniqueConstraint(fields=["pledge", "person"], name="assignment_once")]

    def __str__(self) -> str:
        return f"{self.pledge}: {self.person}"


class Axis(models.TextChoices):
    """What is coded a second time."""

    TRACKABILITY = "trackability", "trackability"
    STATUS = "status", "status"


class BlindCoding(Kept):
    """A second reading of one judgement by somebody who was not shown the first. It can no longer be changed."""

    axis = models.CharField(max_length=16, choices=Axis)
    pledge = models.ForeignKey(Pledge, models.PROTECT, related_name="blind_codings")
    coding = models.ForeignKey(Coding, models.PROTECT, null=True, related_name="blind_codings")
    update = models.ForeignKey(StatusUpdate, models.PROTECT, null=True, related_name="blind_codings")
    value = models.CharField(max_length=20)
    why = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="blind_codings")

    class Meta:
        ordering = ["-at"]
        permissions = [("settle_blindcoding", "Can settle differences between two codings")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(axis=Axis.TRACKABILITY, coding__isnull=False, update__isnull=True)
                | models.Q(axis=Axis.STATUS, coding__isnull=True, update__isnull=False),
                name="blind_coding_of_one_judgement",
            ),
            models.CheckConstraint(
                condition=models.Q(axis=Axis.TRACKABILITY, value__in=Trackability.values)
                | models.Q(axis=Axis.STATUS, value__in=Delivery.values),
                name="blind_coding_value_known",
            ),
            models.UniqueConstraint(fields=["coding", "by"], name="blind_coding_once_per_coding"),
            models.UniqueConstraint(fields=["update", "by"], name="blind_coding_once_per_update"),
        ]

    def __str__(self) -> str:
        return f"{self.axis} of {self.pledge}"

    @property
    def judged(self) -> Coding | StatusUpdate:
        """The published judgement that was coded a second time."""
        judged: Coding | StatusUpdate = self.coding or self.update  # type: ignore[assignment]  # one of them is there
        return judged

    @property
    def first(self) -> str:
        """What the published judgement says."""
        judged = self.judged
        return judged.trackability if isinstance(judged, Coding) else judged.status


class Adjudication(Kept):
    """How a difference between two codings was settled, by whom and why."""

    blind_coding = models.OneToOneField(BlindCoding, models.PROTECT, related_name="adjudication")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="adjudications")
    value = models.CharField(max_length=20)
    why = models.TextField()

    def __str__(self) -> str:
        return f"{self.blind_coding}: {self.value}"


class ReportKind(models.TextChoices):
    """What a reader sends in."""

    ERROR = "error", "an error"
    SOURCE = "source", "a source"


class ReportState(models.TextChoices):
    """What became of a reader's report."""

    OPEN = "open", "open"
    HANDLED = "handled", "handled"
    DISMISSED = "dismissed", "dismissed"


class ReaderReport(models.Model):
    """A reader's "report an error or suggest a source". Never public."""

    mutability = Mutability.WORKING

    kind = models.CharField(max_length=8, choices=ReportKind)
    pledge = models.ForeignKey(Pledge, models.PROTECT, null=True, blank=True, related_name="reports")
    text = models.TextField()
    source_url = models.URLField(max_length=1000, blank=True)
    contact = models.EmailField(blank=True, help_text="Deleted 30 days after the report was closed.")
    language = models.CharField(max_length=16)
    received_at = models.DateTimeField(db_index=True)
    sender = models.CharField(max_length=64, help_text="A keyed hash of address and day: it counts and names nobody.")
    state = models.CharField(max_length=16, choices=ReportState, default=ReportState.OPEN)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="reports_closed"
    )
    outcome = models.TextField(blank=True, help_text="What was done about it, or why nothing.")
    evidence = models.ForeignKey(Evidence, models.PROTECT, null=True, blank=True, related_name="reports")

    class Meta:
        ordering = ["received_at"]
        constraints = [
            one_of("kind", ReportKind.values, "report_kind_known"),
            one_of("state", ReportState.values, "report_state_known"),
            models.CheckConstraint(
                condition=models.Q(state=ReportState.OPEN, closed_at__isnull=True, closed_by__isnull=True)
                | (
                    ~models.Q(state=ReportState.OPEN)
                    & models.Q(closed_at__isnull=False, closed_by__isnull=False)
                    & ~models.Q(outcome="")
                ),
                name="report_closed_with_a_word",
            ),
        ]

    def __str__(self) -> str:
        return f"report {self.pk}: {self.get_kind_display()}"
