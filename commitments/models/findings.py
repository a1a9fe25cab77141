"""What the mail side says of messages of which nobody knew, and by which mark a database is known."""

import uuid

from django.db import models

from commitments.models.base import Kept, Mutability, one_of
from commitments.models.subscriptions import Dispatch


class MailSource(models.TextChoices):
    """Who on the mail side can say whether a message was taken."""

    JOURNAL = "journal", "journal mailbox"
    RELAY_LOG = "relay_log", "log of the mail server"
    PROVIDER = "provider", "mail provider"


class Finding(Kept):
    """What a source said of one message of which nobody knew whether it had been sent."""

    dispatch = models.ForeignKey(Dispatch, models.PROTECT, related_name="findings")
    source = models.CharField(max_length=10, choices=MailSource)
    copies = models.PositiveSmallIntegerField(
        help_text="How many the source knows of; 0 where it knows of none, though it knows of others."
    )
    said = models.TextField(blank=True, help_text="Where it stands there, without any address.")

    class Meta:
        ordering = ["pk"]
        constraints = [one_of("source", MailSource.values, "finding_source_known")]

    def __str__(self) -> str:
        return f"{self.source} on {self.dispatch_id}: {self.copies}"


class Identity(models.Model):
    """Which database this is: one row, drawn at random when it is made, and anew after a restore.

    Beside the database a file notes under this name how far sending has come (`digests.marks`).
    """

    mutability = Mutability.WORKING

    name = models.UUIDField(default=uuid.uuid4, editable=False)
    only = models.BooleanField(default=True, unique=True, editable=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(only=True), name="identity_is_one")]

    def __str__(self) -> str:
        return str(self.name)
