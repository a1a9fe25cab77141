"""Drafts: what curators propose. Nothing here is public; an approved draft becomes rows of the public record."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from simple_history.models import HistoricalRecords

from commitments.models.base import History, Kept, Mutability, TextMap, one_of
from commitments.models.evidence import Bearing, Evidence, SearchLog
from commitments.models.indicators import DataPoint, Figure, Indicator
from commitments.models.ledger import LedgerEntry
from commitments.models.pledges import Actor, Coding, Pledge, Recurrence, Right, Theme, Trackability
from commitments.models.replies import Reply, Statement
from commitments.models.transitions import DraftState
from commitments.models.updates import Delivery, StatusUpdate, UpdateKind


class DraftSubject(models.TextChoices):
    """What a draft would publish."""

    STATUS = "status", "status update"
    CODING = "coding", "coding version"
    REPLY = "reply", "reply"
    POINT = "point", "figure"


class Draft(models.Model):
    """The way of a proposal: who wrote it, where it stands, and which revision of it was submitted.

    Every edit raises `revision`. An approval names the revision that was read, so that it holds for that one only.
    """

    mutability = Mutability.WORKING

    subject = models.CharField(max_length=16, choices=DraftSubject, editable=False)
    pledge = models.ForeignKey(Pledge, models.PROTECT, null=True, blank=True, related_name="drafts")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="drafts", editable=False)
    state = models.CharField(max_length=16, choices=DraftState, default=DraftState.DRAFT, editable=False)
    revision = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(editable=False)
    changed_at = models.DateTimeField(editable=False)
    submitted_at = models.DateTimeField(null=True, blank=True, editable=False)
    to_reviewer = models.TextField("note to the reviewer", blank=True, help_text="Never public.")
    entry = models.OneToOneField(
        LedgerEntry, models.PROTECT, null=True, blank=True, editable=False, related_name="draft"
    )

    class Meta:
        ordering = ["-changed_at"]
        permissions = [("approve_draft", "Can approve and return drafts of others")]
        indexes = [models.Index(fields=["state", "submitted_at"])]
        constraints = [
            one_of("state", DraftState.values, "draft_state_known"),
            one_of("subject", DraftSubject.values, "draft_subject_known"),
            models.CheckConstraint(
                condition=models.Q(state=DraftState.PUBLISHED, entry__isnull=False)
                | (~models.Q(state=DraftState.PUBLISHED) & models.Q(entry__isnull=True)),
                name="draft_published_by_an_entry",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=DraftState.IN_REVIEW) | models.Q(submitted_at__isnull=False),
                name="draft_in_review_was_submitted",
            ),
            models.CheckConstraint(
                condition=models.Q(subject=DraftSubject.POINT, pledge__isnull=True)
                | (~models.Q(subject=DraftSubject.POINT) & models.Q(pledge__isnull=False)),
                name="draft_about_a_pledge_or_a_figure",
            ),
        ]

    def __str__(self) -> str:
        about = self.pledge.code if self.pledge else "indicator"
        return f"{self.get_subject_display()} for {about} (draft {self.pk})"

    @property
    def about(self) -> Pledge:
        """The pledge that it is about. A figure is about an indicator: ValueError."""
        if self.pledge is None:
            raise ValueError(f"{self} is about no pledge.")
        return self.pledge

    @property
    def content(self) -> Any:
        """The row with what it proposes: `StatusDraft`, `CodingDraft`, `ReplyDraft` or `PointDraft`."""
        return getattr(self, f"{self.subject}draft")

    def cited_items(self) -> "models.QuerySet[Evidence]":
        """Return the evidence that it would make public."""
        return Evidence.objects.filter(models.Q(draft_citations__draft=self.pk) | models.Q(point_drafts=self.pk))


class Content(Draft):
    """What the kinds of drafts share: their subject is theirs."""

    SUBJECT: ClassVar[DraftSubject]

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the draft under its subject."""
        self.subject = self.SUBJECT
        super().save(*args, **kwargs)


class StatusDraft(Content):
    """A proposed status update, correction or withdrawal."""

    SUBJECT = DraftSubject.STATUS

    kind = models.CharField(max_length=16, choices=UpdateKind, default=UpdateKind.STATUS)
    corrects = models.ForeignKey(StatusUpdate, models.PROTECT, null=True, blank=True, related_name="correcting_drafts")
    status = models.CharField(max_length=20, choices=Delivery)
    effective_on = models.DateField(help_text="Since when it is so in the world.")
    summary = TextMap(help_text="What happened, in one or two sentences. At least one language.")
    reasoning = TextMap(help_text="Why this status and not another; for a correction, what was wrong and why.")
    reported_delivered = models.BooleanField(
        default=False, help_text="Reported as delivered, on less than grade B: stays in progress, with this flag."
    )
    search = models.ForeignKey(SearchLog, models.PROTECT, null=True, blank=True, related_name="drafts")
    history = HistoricalRecords(bases=[History])

    class Meta:
        constraints = [
            one_of("status", Delivery.values, "draft_status_known"),
            one_of("kind", UpdateKind.values, "draft_kind_known"),
            models.CheckConstraint(
                condition=models.Q(kind=UpdateKind.STATUS, corrects__isnull=True)
                | (~models.Q(kind=UpdateKind.STATUS) & models.Q(corrects__isnull=False)),
                name="draft_corrections_name_what_they_correct",
            ),
        ]


class DraftCitation(models.Model):
    """An item of evidence that a draft would cite."""

    mutability = Mutability.WORKING

    draft = models.ForeignKey(StatusDraft, models.CASCADE, related_name="citations")
    evidence = models.ForeignKey(Evidence, models.PROTECT, related_name="draft_citations")
    bearing = models.CharField(max_length=16, choices=Bearing)

    class Meta:
        ordering = ["draft", "evidence"]
        constraints = [
            models.UniqueConstraint(fields=["draft", "evidence"], name="draft_cites_an_item_once"),
            one_of("bearing", Bearing.values, "draft_citation_bearing_known"),
        ]

    def __str__(self) -> str:
        return f"{self.evidence} {self.bearing}"


class CodingDraft(Content):
    """A proposed version of how a pledge is read. `base` is the version that it would follow."""

    SUBJECT = DraftSubject.CODING

    base = models.ForeignKey(Coding, models.PROTECT, related_name="drafts")
    title = TextMap()
    trackability = models.CharField(max_length=16, choices=Trackability)
    reason = TextMap(help_text="Why these words are trackable so, in one line.")
    test = TextMap(help_text="What would have to be seen for the pledge to count as delivered, in one sentence.")
    actors = models.ManyToManyField(Actor, related_name="+", help_text="Who promises.")
    addressees = models.ManyToManyField(Actor, related_name="+", blank=True, help_text="To whom.")
    themes = models.ManyToManyField(Theme, related_name="+")
    rights = models.ManyToManyField(Right, related_name="+", blank=True)
    due_on = models.DateField(null=True, blank=True, help_text="Only where the text gives a date.")
    recurrence = models.CharField(max_length=16, choices=Recurrence, blank=True, default=Recurrence.ONCE)
    note = TextMap()
    history = HistoricalRecords(bases=[History], m2m_fields=[actors, addressees, themes, rights], m2m_bases=[History])

    class Meta:
        constraints = [one_of("trackability", Trackability.values, "draft_trackability_known")]


class ReplyDraft(Content, Statement):
    """A proposed reply."""

    SUBJECT = DraftSubject.REPLY

    replaces = models.ForeignKey(Reply, models.PROTECT, null=True, blank=True, related_name="drafts")
    history = HistoricalRecords(bases=[History])


class PointDraft(Content, Figure):
    """A proposed figure of an indicator."""

    SUBJECT = DraftSubject.POINT

    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="drafts")
    evidence = models.ForeignKey(Evidence, models.PROTECT, null=True, blank=True, related_name="point_drafts")
    corrects = models.ForeignKey(DataPoint, models.PROTECT, null=True, blank=True, related_name="drafts")
    why = TextMap(help_text="Why the earlier figure is corrected.")
    history = HistoricalRecords(bases=[History])


class Verdict(models.TextChoices):
    """What a second person says of a draft."""

    COMMENT = "comment", "comment"
    RETURNED = "returned", "returned"
    APPROVED = "approved", "approved"


class Review(Kept):
    """A second person's word on one revision of a draft."""

    draft = models.ForeignKey(Draft, models.PROTECT, related_name="reviews")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="reviews")
    revision = models.PositiveIntegerField()
    verdict = models.CharField(max_length=16, choices=Verdict)
    text = models.TextField(blank=True)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            one_of("verdict", Verdict.values, "review_verdict_known"),
            models.CheckConstraint(
                condition=models.Q(verdict=Verdict.APPROVED) | ~models.Q(text=""), name="review_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()}: {self.draft}"
