"""Who asked for digests, what a digest says, and what was sent to whom.

What somebody has had is a number of the public log, never a time: an entry that commits late cannot slip between two
digests. A digest is composed once for a range, a scope and a language, and then addressed to many.
"""

from datetime import datetime

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from commitments.models.base import Kept, Mutability, one_of


class Cadence(models.TextChoices):
    """How often somebody wants to hear."""

    IMMEDIATE = "immediate", _("as it happens")
    DAILY = "daily", _("every day")
    WEEKLY = "weekly", _("every week")
    MONTHLY = "monthly", _("every month")
    QUARTERLY = "quarterly", _("every quarter")


class Change(models.TextChoices):
    """What can change. One publication can be several of them."""

    STATUS = "status", _("a new status")
    AGAINST = "against", _("evidence against")
    CORRECTION = "correction", _("a correction or withdrawal")
    CODING = "coding", _("a new pledge, or how one is read")
    REPLY = "reply", _("a reply by one of the sides")
    FIGURE = "figure", _("a new figure")


class SubscriptionState(models.TextChoices):
    """Where a subscription stands."""

    PENDING = "pending", "asked for, not confirmed"
    ACTIVE = "active", "active"
    PAUSED = "paused", "paused"
    LEFT = "left", "left"


RUNNING = (SubscriptionState.ACTIVE, SubscriptionState.PAUSED)


class Subscription(models.Model):
    """One address, one cadence: what it follows and how far it has been told.

    Leaving empties the address. Its keyed hash stays, so that a message on its way can still be stopped.
    """

    mutability = Mutability.WORKING

    address = models.EmailField(blank=True, help_text="Empty once its owner has left.")
    address_key = models.CharField(max_length=64, db_index=True, help_text="HMAC-SHA256 of the address.")
    nonce = models.CharField(max_length=22, help_text="What its links are made of, besides the site's own key.")
    state = models.CharField(max_length=8, choices=SubscriptionState, default=SubscriptionState.PENDING)
    language = models.CharField(max_length=8)
    cadence = models.CharField(max_length=10, choices=Cadence)
    hour = models.PositiveSmallIntegerField(default=8, help_text="Of the local day, 0 to 23.")
    weekday = models.PositiveSmallIntegerField(default=1, help_text="Monday is 1. Of weekly digests.")
    zone = models.CharField(max_length=64, default="UTC", help_text="IANA name of the local clock.")
    even_if_empty = models.BooleanField(default=False, help_text="Say so when nothing has changed.")
    scope = models.JSONField(help_text="What is followed, and which kinds of change: see `digests.scope`.")
    scope_key = models.CharField(max_length=64, help_text="SHA-256 of the scope, in its canonical form.")
    sent_through = models.PositiveIntegerField(help_text="The last number of the public log that a digest covered.")
    earlier = models.JSONField(
        default=list,
        help_text="Ranges not yet sent, [after, through, scope], from before the scope was changed.",
    )
    next_due = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    asked_from = models.CharField(
        max_length=64,
        blank=True,
        db_index=True,
        help_text="Keyed hash of the connection and the day; emptied after it.",
    )
    asked_network = models.CharField(
        max_length=64,
        blank=True,
        db_index=True,
        help_text="Keyed hash of the network around the connection and the day; emptied after it.",
    )
    requested_at = models.DateTimeField(
        null=True, blank=True, help_text="When the mail that asks to confirm it was made."
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        permissions = [("end_subscription", "Can end a subscription on its owner's request")]
        indexes = [
            models.Index(fields=["state", "next_due"]),
            models.Index(fields=["scope_key", "sent_through", "language"]),
        ]
        constraints = [
            one_of("state", SubscriptionState.values, "subscription_state_known"),
            one_of("cadence", Cadence.values, "subscription_cadence_known"),
            models.CheckConstraint(condition=models.Q(hour__lte=23), name="subscription_hour_of_a_day"),
            models.CheckConstraint(condition=models.Q(weekday__range=(1, 7)), name="subscription_day_of_a_week"),
            models.CheckConstraint(
                condition=models.Q(state=SubscriptionState.LEFT, address="", left_at__isnull=False)
                | (~models.Q(state=SubscriptionState.LEFT) & ~models.Q(address="") & models.Q(left_at__isnull=True)),
                name="subscription_that_was_left_has_no_address",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=RUNNING) | models.Q(confirmed_at__isnull=False),
                name="subscription_runs_once_confirmed",
            ),
            models.UniqueConstraint(
                fields=["address_key", "cadence"],
                condition=models.Q(state__in=RUNNING),
                name="subscription_one_per_address_and_cadence",
            ),
        ]

    def __str__(self) -> str:
        return f"subscription {self.pk}"

    @property
    def last_sent_at(self) -> datetime | None:
        """Return when a message to it was last sent."""
        last: datetime | None = self.dispatches.aggregate(last=models.Max("sent_at"))["last"]
        return last


class Confirmation(models.Model):
    """That an address was asked to confirm on a day: at most once, however many ask for it.

    The row is written before the mail is sent. A server that did not take the mail opens it again by `next_try`; a
    worker that died in between does not, so that a second mail is never sent by mistake.
    """

    mutability = Mutability.WORKING

    address_key = models.CharField(max_length=64)
    on = models.DateField(db_index=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    next_try = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["address_key", "on"], name="confirmation_once_a_day")]

    def __str__(self) -> str:
        return f"confirmation on {self.on}"


class SuppressionReason(models.TextChoices):
    """Why nothing is sent to an address any more."""

    BOUNCED = "bounced", "bounced"
    COMPLAINED = "complained", "complained"
    BY_HAND = "by_hand", "by hand"


class Suppression(models.Model):
    """An address to which nothing is sent, by its keyed hash."""

    mutability = Mutability.WORKING

    address_key = models.CharField(max_length=64, unique=True)
    reason = models.CharField(max_length=12, choices=SuppressionReason)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]
        permissions = [("lift_complaint", "Can lift a suppression after a complaint")]
        constraints = [one_of("reason", SuppressionReason.values, "suppression_reason_known")]

    def __str__(self) -> str:
        return f"suppression {self.pk}"


class Digest(models.Model):
    """What changed in some ranges of the log, for one scope each, in one language: composed once, then addressed."""

    mutability = Mutability.WORKING

    key = models.CharField(max_length=64, unique=True, help_text="SHA-256 of ranges, scopes and language.")
    parts = models.JSONField(help_text="Ranges and scopes: [after, through, scope].")
    language = models.CharField(max_length=8)
    after_seq = models.PositiveIntegerField()
    through_seq = models.PositiveIntegerField()
    subject = models.CharField(max_length=250)
    entries = models.JSONField(help_text="What changed, in the order in which it is told.")
    text = models.TextField()
    html = models.TextField()
    placeholder = models.CharField(
        max_length=32,
        help_text="Stands in it for what each reader's links carry; random, so that no text can hold it.",
    )
    listed = models.BooleanField(
        default=False, help_text="In the public archive: what follows one thing only tells of nobody who reads it."
    )
    composed_at = models.DateTimeField()

    class Meta:
        ordering = ["-composed_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(through_seq__gte=models.F("after_seq")), name="digest_runs_forward"
            ),
            models.CheckConstraint(condition=~models.Q(placeholder=""), name="digest_has_a_placeholder"),
        ]

    def __str__(self) -> str:
        return f"digest {self.key[:12]}"

    def get_absolute_url(self) -> str:
        """Return its page, in the current language."""
        return reverse("digest", args=[self.key[:20]])


class DispatchState(models.TextChoices):
    """Where a message stands."""

    PENDING = "pending", "waits"
    SENDING = "sending", "is being sent"
    SENT = "sent", "sent"
    FAILED = "failed", "refused for good"
    UNCERTAIN = "uncertain", "sent or not: unknown"
    PARKED = "parked", "parked after five tries"
    STOPPED = "stopped", "stopped: its reader left"


#: From these a message can still be kept back.
STOPPABLE = (DispatchState.PENDING, DispatchState.SENDING, DispatchState.PARKED)


class DispatchStage(models.TextChoices):
    """How far the conversation with the server came: up to the dot the message is ours."""

    CLAIMED = "claimed", "claimed by a worker"
    DOT = "dot", "about to be ended by the final dot"


class Dispatch(models.Model):
    """One digest for one subscription: the message, and how far it has come.

    Named so because `Delivery` is the axis of a pledge. Its merge fields make a second sending byte for byte the
    first; they are emptied 30 days after it was sent.
    """

    mutability = Mutability.WORKING

    subscription = models.ForeignKey(Subscription, models.PROTECT, related_name="dispatches")
    digest = models.ForeignKey(Digest, models.PROTECT, related_name="dispatches")
    due_at = models.DateTimeField(help_text="When it was due by the schedule, or when it happened.")
    from_seq = models.PositiveIntegerField(null=True, help_text="The cursor before it; none where nothing changed.")
    through_seq = models.PositiveIntegerField()
    message_id = models.CharField(max_length=250, unique=True)
    merge = models.JSONField(help_text="Address and links.")
    domain = models.CharField(max_length=255, help_text="Of the address: servers limit how much they take at once.")
    state = models.CharField(max_length=10, choices=DispatchState, default=DispatchState.PENDING)
    stage = models.CharField(max_length=8, blank=True, choices=DispatchStage)
    owner = models.CharField(max_length=80, blank=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    losses = models.PositiveSmallIntegerField(
        default=0, help_text="How often a worker stopped that held it, as it may be why."
    )
    lease_until = models.DateTimeField(null=True, blank=True)
    next_try = models.DateTimeField(help_text="Of what is uncertain: from when on it counts that nobody has seen it.")
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    perhaps_twice = models.BooleanField(
        default=False, help_text="Sent again, or to be, though it may have been sent: its reader may have it twice."
    )
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "dispatches"
        permissions = [("decide_dispatch", "Can decide about messages that were not sent")]
        indexes = [models.Index(fields=["state", "next_try"])]
        constraints = [
            one_of("state", DispatchState.values, "dispatch_state_known"),
            one_of("stage", ["", *DispatchStage.values], "dispatch_stage_known"),
            models.UniqueConstraint(fields=["subscription", "from_seq"], name="dispatch_once_from_each_cursor"),
            models.UniqueConstraint(fields=["subscription", "due_at"], name="dispatch_once_when_due"),
            models.CheckConstraint(
                condition=models.Q(from_seq__isnull=True) | models.Q(through_seq__gt=models.F("from_seq")),
                name="dispatch_moves_the_cursor",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=DispatchState.SENT) | models.Q(sent_at__isnull=False),
                name="dispatch_sent_at_a_time",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=DispatchState.SENDING)
                | (models.Q(lease_until__isnull=False) & ~models.Q(owner="")),
                name="dispatch_in_hand_has_an_owner",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=DispatchState.PENDING)
                | models.Q(owner="", stage="", lease_until__isnull=True, sent_at__isnull=True),
                name="dispatch_that_waits_is_in_nobodys_hands",
            ),
        ]

    def __str__(self) -> str:
        return f"dispatch {self.pk}"


class Attempt(Kept):
    """One try to send a message, and what came of it."""

    dispatch = models.ForeignKey(Dispatch, models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    owner = models.CharField(max_length=80)
    outcome = models.CharField(max_length=10, choices=DispatchState)
    code = models.PositiveSmallIntegerField(null=True, help_text="Of the server's answer.")
    said = models.TextField(blank=True, help_text="The server's answer, without the address.")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"attempt {self.number} at {self.dispatch_id}"
