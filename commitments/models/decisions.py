"""What people decided about digests that stand still, and the daily mail that the desk sends to its own people."""

from django.conf import settings
from django.db import models

from commitments.models.base import Kept, Mutability
from commitments.models.subscriptions import Dispatch, DispatchState


class Ruling(models.TextChoices):
    """What a person can decide about a message of which no machine knows what to do."""

    SEND_AGAIN = "send_again", "send it again"
    COUNT_AS_SENT = "count_as_sent", "count it as sent"


#: Ruling → the states that it is about. What was refused for good was certainly not taken: it is sent again or stays.
RULED_ON = {
    Ruling.SEND_AGAIN: (DispatchState.UNCERTAIN, DispatchState.PARKED, DispatchState.FAILED),
    Ruling.COUNT_AS_SENT: (DispatchState.UNCERTAIN, DispatchState.PARKED),
}


class Decision(Kept):
    """One decision of one person about one message, and how the message stood before."""

    dispatch = models.ForeignKey(Dispatch, models.PROTECT, related_name="decisions")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="mail_decisions")
    ruling = models.CharField(max_length=14, choices=Ruling)
    why = models.TextField()
    was = models.CharField(max_length=10, choices=DispatchState)
    tries = models.PositiveSmallIntegerField(help_text="How often it had been tried by then, since it last began.")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(why=""), name="decision_says_why"),
            models.CheckConstraint(
                condition=models.Q(ruling=Ruling.SEND_AGAIN, was__in=RULED_ON[Ruling.SEND_AGAIN])
                | models.Q(ruling=Ruling.COUNT_AS_SENT, was__in=RULED_ON[Ruling.COUNT_AS_SENT]),
                name="decision_on_what_stood_still",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ruling} {self.dispatch_id}"


class DailyMail(models.Model):
    """That somebody of the desk was told on a day what waits for them: at most once.

    The row is written before the mail is sent. A server that did not take it opens it again by `next_try`; a worker
    that died in between does not, so that a second mail is never sent by mistake.
    """

    mutability = Mutability.WORKING

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="daily_mails")
    on = models.DateField(db_index=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    next_try = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "on"], name="daily_mail_once_a_day"),
            models.CheckConstraint(
                condition=models.Q(sent_at__isnull=True) | models.Q(next_try__isnull=True),
                name="daily_mail_sent_is_not_tried_again",
            ),
        ]

    def __str__(self) -> str:
        return f"daily mail on {self.on}"


class NoDailyMail(models.Model):
    """That somebody of the desk wants no daily mail. Without a row they get it."""

    mutability = Mutability.WORKING

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="no_daily_mail")
    since = models.DateTimeField()

    def __str__(self) -> str:
        return f"no daily mail since {self.since:%Y-%m-%d}"
