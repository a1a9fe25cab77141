"""Replies: what a responsible side wants printed beside a pledge. A reply changes no status."""

from django.conf import settings
from django.db import models

from commitments.models.base import SealedAtOnce, TextMap, by_two_people, one_of
from commitments.models.evidence import Side
from commitments.models.pledges import Pledge


class Statement(models.Model):
    """What a reply says and who says it: shared by the published reply and by its draft."""

    side = models.CharField(max_length=16, choices=Side)
    speaker = models.CharField(max_length=200, help_text="Who speaks: the body, and the person where one signs.")
    stated_on = models.DateField()
    text = TextMap(help_text="The statement in its own language; translations are marked as ours.")
    language = models.CharField(max_length=16, help_text="BCP 47; the language in which it was made.")
    source_url = models.URLField(max_length=1000, blank=True, help_text="Where it was published, if it was.")
    received = models.CharField(max_length=300, blank=True, help_text="How it reached us, where it was not published.")

    class Meta:
        abstract = True


class Reply(SealedAtOnce, Statement):
    """A published reply. A later one can replace it, and names it; the earlier one is kept."""

    pledge = models.ForeignKey(Pledge, models.PROTECT, related_name="replies")
    seq = models.PositiveIntegerField(unique=True, help_text="Its number in the public log.")
    replaces = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="replaced_by")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="replies_written")
    approver = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="replies_approved")

    class Meta:
        ordering = ["pledge", "-stated_on", "-seq"]
        verbose_name_plural = "replies"
        constraints = [
            one_of("side", Side.values, "reply_side_known"),
            by_two_people(otherwise=models.Q(pk__isnull=True), name="reply_by_two_people"),
            models.CheckConstraint(
                condition=~models.Q(source_url="") | ~models.Q(received=""), name="reply_has_a_source"
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        """`R` and its number in the public log."""
        return f"R{self.seq}"
