"""The mail that asks an address to confirm what somebody asked for with it: once a day at most.

Whether an address is known, suppressed or asked for often is looked at here, in the worker, so that the form answers
the same, and as fast, for every address.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import format_datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language, gettext

from commitments.digests import addresses, letter, scope
from commitments.digests.scope import Scope
from commitments.digests.suppression import suppressed
from commitments.digests.transport import NotTakenError, ServerError, Transport, UnknownError, configured
from commitments.locales import listed
from commitments.models import Cadence, Confirmation, Subscription, SubscriptionState

logger = logging.getLogger(__name__)

#: When a mail that the server did not take is tried again.
AGAIN = timedelta(minutes=5)
#: How long a request that nobody confirms is kept, which is how long its link is good.
KEPT = timedelta(seconds=addresses.CONFIRM_WITHIN)
#: Addresses written to in one run.
MOST = 500

Clock = Callable[[], datetime]


def pending(subscription: Subscription) -> QuerySet[Subscription]:
    """Return all that the address of a request has been asked to confirm, this request among it."""
    return Subscription.objects.filter(address_key=subscription.address_key, state=SubscriptionState.PENDING)


def send_requests(*, clock: Clock, until: datetime | None = None, transport: Transport | None = None) -> int:
    """Ask every address that waits for it, until the time is over; return how many were asked."""
    keys = _unasked(at=clock())
    if not keys:
        return 0
    sent = 0
    try:
        with transport or configured() as connection:
            for key in keys:
                if until is not None and clock() >= until:
                    break
                sent += _ask(key, connection, at=clock())
    except ServerError as error:
        logger.warning("Requests to confirm wait: the mail server cannot be used: %s", error)
    return sent


def _unasked(*, at: datetime) -> list[str]:
    """Return the addresses, by key, with a request that no mail has named, but for those asked today already."""
    today = Confirmation.objects.filter(address_key=OuterRef("address_key"), on=at.date())
    done = today.filter(Q(sent_at__isnull=False) | Q(next_try__isnull=True) | Q(next_try__gt=at))
    asked = Subscription.objects.filter(state=SubscriptionState.PENDING, requested_at__isnull=True)
    waiting = asked.exclude(Exists(done)).order_by().values_list("address_key", flat=True).distinct()
    return list(waiting[:MOST])


def _ask(key: str, connection: Transport, *, at: datetime) -> bool:
    """Write to one address, unless somebody else does just now."""
    requests = _take(key, at=at)
    if not requests:
        return False
    try:
        mail = mail_of(requests, at=at)
        mail.message()
    except Exception:  # whatever is wrong with this one request must not hold up the others
        logger.exception("A request to confirm could not be made: %s", requests[0])
        _give_up(key)
        return False
    try:
        connection.send(mail, lambda: True)
    except NotTakenError as error:
        _give_up(key) if error.for_good else _reopen(key, at=at)
        return False
    except UnknownError:
        return False  # perhaps sent: not twice
    except ServerError:
        _reopen(key, at=at)
        raise
    Confirmation.objects.filter(address_key=key, on=at.date()).update(sent_at=at)
    return True


@transaction.atomic
def _take(key: str, *, at: datetime) -> list[Subscription]:
    """Note that an address is being asked, before it is; return what it is asked, newest first."""
    rows = Subscription.objects.filter(address_key=key, state=SubscriptionState.PENDING).order_by("pk")
    requests = list(rows.select_for_update())[::-1]
    if not any(request.requested_at is None for request in requests):
        return []
    if suppressed([key]):
        rows.delete()
        return []
    Confirmation.objects.bulk_create([Confirmation(address_key=key, on=at.date(), next_try=at)], ignore_conflicts=True)
    mine = Confirmation.objects.filter(address_key=key, on=at.date(), sent_at__isnull=True, next_try__lte=at)
    if not mine.update(next_try=None):
        return []
    rows.update(requested_at=at)
    return requests


@transaction.atomic
def _reopen(key: str, *, at: datetime) -> None:
    """Let it be tried again: the server has not taken it."""
    Subscription.objects.filter(address_key=key, state=SubscriptionState.PENDING).update(requested_at=None)
    Confirmation.objects.filter(address_key=key, on=at.date()).update(next_try=at + AGAIN)


def _give_up(key: str) -> None:
    """Forget requests for an address that does not take mail."""
    Subscription.objects.filter(address_key=key, state=SubscriptionState.PENDING).delete()


def mail_of(requests: list[Subscription], *, at: datetime) -> EmailMultiAlternatives:
    """Return the mail that asks to confirm, in the language of the newest request."""
    newest = requests[0]
    with translation.override(newest.language):
        known = scope.names()
        link = f"{settings.SITE_URL}{reverse('subscription', args=[addresses.confirmation_of(newest)])}"
        subject = gettext("Please confirm that you want this digest")
        context = {
            "subject": subject,
            "link": link,
            "requests": [described(request, known, spelled=False) for request in requests],
        }
        mail = EmailMultiAlternatives(
            subject=subject,
            body=render_to_string("emails/confirm.txt", context),
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[newest.address],
            headers={
                "Message-ID": f"<confirm.{at:%Y%m%d}.{newest.pk}@{urlsplit(settings.SITE_URL).hostname}>",
                "Date": format_datetime(at),
                "Auto-Submitted": "auto-replied",
                "Content-Language": newest.language,
            },
        )
        html = letter.html("emails/confirm.html", subject, newest.language, context)
        mail.attach_alternative(html, "text/html")
    return mail


def described(subscription: Subscription, known: dict[str, str], *, spelled: bool = True) -> dict[str, str]:
    """Return in words what a subscription is. `known` are `scope.names()`.

    What somebody typed is `spelled` on our pages only: a mail to who has not confirmed carries no words of strangers.
    """
    follows = sorted(Scope.of(subscription.scope).follows)
    names = [
        scope.name_of(follow, known) if spelled or not follow.startswith("search:") else gettext("a search")
        for follow in follows
    ]
    return {
        "follows": listed(names, get_language() or "en"),
        "cadence": _rhythm(subscription),
        "language": dict(settings.LANGUAGES)[subscription.language],
    }


def _rhythm(subscription: Subscription) -> str:
    """Return how often, and at which hour of which clock."""
    often = subscription.get_cadence_display()
    if subscription.cadence == Cadence.IMMEDIATE:
        return often
    return f"{often} · {subscription.hour:02}:00 ({subscription.zone})"


@transaction.atomic
def forget(*, at: datetime) -> int:
    """Delete requests that nobody confirmed, and empty whose they were after their day; return how many."""
    waiting = Subscription.objects.filter(state=SubscriptionState.PENDING)
    past = Subscription.objects.exclude(asked_from="").filter(created_at__date__lt=at.date())
    past.update(asked_from="", asked_network="")
    Confirmation.objects.filter(on__lt=at.date() - timedelta(days=1)).delete()
    return waiting.filter(created_at__lte=at - KEPT).delete()[0]
