"""The daily mail to people of the desk: what waits for them, with the way to it. Once per person and day.

It is sent to who is active, has an address, has not switched it off, and has something waiting: proposals of others
to review, drafts returned to them, pledges they look after that want something. What the whole record needs is told
beside it, and is no reason to write by itself. Nothing in it is about a reader.

A day's row is claimed before the mail is sent. What the server did not take is tried again; what it may have is not.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Model, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from commitments.desk import waiting
from commitments.desk.queues import QUEUES, Queue, standing_of
from commitments.desk.waiting import Asked
from commitments.digests.addresses import key_of
from commitments.digests.suppression import suppressed
from commitments.digests.transport import FencedError, NotTakenError, ServerError, Transport, UnknownError, configured
from commitments.models import DailyMail, NoDailyMail

logger = logging.getLogger(__name__)

#: When a mail that the server did not take is tried again.
AGAIN = timedelta(minutes=5)
#: Rows of a queue that the mail names before it counts the rest.
NAMED = 5
#: What somebody is written to for. Of the pledges that somebody looks after the mail tells of those that want
#: something: else it would say the same every day.
OWN: dict[str, Queue] = {name: QUEUES[name] for name in ("to-review", "returned")} | {
    "assigned": replace(
        QUEUES["assigned"],
        title="Pledges you look after that want something",
        help="Never judged by a person, overdue, or without an update for twelve months.",
        rows=waiting.assigned_and_waiting,
    )
}
#: What the record needs of anybody who proposes: told beside it.
OF_THE_RECORD = ("overdue", "review-due", "nothing-new")

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Part:
    """A queue as the mail tells of it: how many rows, and the first of them with their pages."""

    queue: Queue
    count: int
    rows: tuple[tuple[str, str], ...] = ()

    @property
    def url(self) -> str:
        """The list at the desk."""
        return f"{settings.SITE_URL}{self.queue.url}"

    @property
    def more(self) -> int:
        """How many are not named."""
        return self.count - len(self.rows)


# --- for whom -------------------------------------------------------------------------------


def wants(person: Any) -> bool:
    """Tell whether somebody gets the mail when something waits."""
    return not NoDailyMail.objects.filter(person=person).exists()


@transaction.atomic
def switch(person: Any, *, on: bool, at: datetime) -> None:
    """Let somebody get the mail or not: their own choice, which may be made twice."""
    if on:
        NoDailyMail.objects.filter(person=person).delete()
    else:
        NoDailyMail.objects.get_or_create(person=person, defaults={"since": at})


def people(*, at: datetime) -> list[Any]:
    """Return who may be written to today and was not yet."""
    done = DailyMail.objects.filter(on=at.date()).exclude(next_try__lte=at)
    found = get_user_model()._default_manager.filter(is_active=True, is_staff=True).exclude(email="")
    found = found.exclude(no_daily_mail__isnull=False).exclude(pk__in=done.values("person"))
    able = list(found.order_by("pk"))
    dead = suppressed(key_of(person.email) for person in able)
    return [person for person in able if key_of(person.email) not in dead]


# --- what waits -----------------------------------------------------------------------------


def own_parts(asked: Asked) -> list[Part]:
    """Return what waits for somebody; nothing where no mail is to be written."""
    shown = (queue for queue in OWN.values() if queue.open_to(asked.by))
    return [part for queue in shown if (part := _part(queue, queue.rows(asked))).count]


def record_parts(asked: Asked) -> list[Part]:
    """Return what the record needs, in numbers, to those who can propose something."""
    if not asked.by.has_perm("commitments.add_draft"):
        return []
    found = (standing_of(QUEUES[name], asked) for name in OF_THE_RECORD)
    return [Part(one.queue, one.count) for one in found if one.count]


def _part(queue: Queue, rows: QuerySet[Any]) -> Part:
    oldest = ["since"] if "since" in rows.query.annotations else []
    first = rows.order_by(*oldest, "pk")[:NAMED]
    return Part(queue, rows.count(), tuple(_named(queue, row) for row in first))


def _named(queue: Queue, row: Model) -> tuple[str, str]:
    return str(row), f"{settings.SITE_URL}{queue.link(row)}"


# --- sending --------------------------------------------------------------------------------


def send(*, clock: Clock, transport: Transport | None = None) -> int:
    """Write to everybody for whom something waits; return to how many. Run twice, or twice at once, it writes once."""
    at = clock()
    waits = [(person, mail) for person in people(at=at) if (mail := mail_for(person, at=at))]
    if not waits:
        return 0
    sent = 0
    try:
        with transport or configured() as connection:
            for person, mail in waits:
                sent += _send(person, mail, connection, at=clock())
    except ServerError as error:
        logger.warning("The desk's daily mail waits: the mail server cannot be used: %s", error)
    return sent


def _send(person: Any, mail: EmailMultiAlternatives, connection: Transport, *, at: datetime) -> bool:
    """Write to one person, unless somebody else does just now or they said meanwhile that they want no mail."""
    on = at.date()
    if not _claim(person, at=at):
        return False
    try:
        connection.send(mail, lambda: wants(person))
    except NotTakenError as error:
        logger.warning("The desk's daily mail was not taken for person %s: %s", person.pk, error.code)
        if not error.for_good:
            _reopen(person, at=at)
        return False
    except (UnknownError, FencedError):
        return False  # perhaps sent: not twice; or not wanted any more
    except ServerError:
        _reopen(person, at=at)
        raise
    except Exception:  # whatever is wrong with this one mail must not hold up the others
        logger.exception("The desk's daily mail could not be made for person %s", person.pk)
        return False
    DailyMail.objects.filter(person=person, on=on).update(sent_at=at)
    return True


@transaction.atomic
def _claim(person: Any, *, at: datetime) -> bool:
    """Note that somebody is being written to today, before they are; False where they were, or are by another."""
    row = DailyMail(person=person, on=at.date(), next_try=at)
    DailyMail.objects.bulk_create([row], ignore_conflicts=True)
    mine = DailyMail.objects.filter(person=person, on=at.date(), sent_at__isnull=True, next_try__lte=at)
    return mine.update(next_try=None) == 1


def _reopen(person: Any, *, at: datetime) -> None:
    """Let it be tried again: the server has not taken it."""
    DailyMail.objects.filter(person=person, on=at.date()).update(next_try=at + AGAIN)


def mail_for(person: Any, *, at: datetime) -> EmailMultiAlternatives | None:
    """Return the mail to somebody, in the desk's language; None where nothing waits for them."""
    asked = Asked(person, at)
    with translation.override("en"):
        parts = own_parts(asked)
        if not parts:
            return None
        context = {
            "parts": parts,
            "record": record_parts(asked),
            "name": person.get_full_name(),
            "desk": f"{settings.SITE_URL}{reverse('admin:index')}",
            "switch": f"{settings.SITE_URL}{reverse('admin:daily_mail')}",
        }
        return EmailMultiAlternatives(
            subject="At the desk: " + ", ".join(f"{part.count} {part.queue.title.lower()}" for part in parts),
            body=render_to_string("emails/desk.txt", context),
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[person.email],
            headers={
                "Message-ID": f"<desk.{at:%Y%m%d}.{person.pk}@{urlsplit(settings.SITE_URL).hostname}>",
                "Date": format_datetime(at),
                "Auto-Submitted": "auto-generated",
                "Content-Language": "en",
            },
        )


def forget(*, at: datetime) -> int:
    """Delete the notes of days past; return how many."""
    return DailyMail.objects.filter(on__lt=at.date() - timedelta(days=7)).delete()[0]
