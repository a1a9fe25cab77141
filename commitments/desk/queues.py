"""What waits at the desk, as data: each queue counts rows, and its list shows exactly the rows that it counts.

The front page shows them, the lists are filtered by them, and the daily mail tells of some: one set of questions.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, Model, Window
from django.urls import reverse

from commitments.desk import waiting
from commitments.models import BlindCoding, Dispatch, Draft, DraftState, Evidence, Pledge, ReaderReport


@dataclass(frozen=True)
class Queue:
    """One kind of thing that waits. Its rows say since when they do, as the annotation `since`, where that is known.

    `needs` is the permission of those to whom it is shown, `page` the page on which one row is worked on.
    """

    name: str
    title: str
    help: str
    empty: str
    model: type[Model]
    needs: str
    rows: waiting.Rows
    page: str = "change"

    def open_to(self, by: Any) -> bool:
        """Tell whether the queue is shown to somebody."""
        return bool(by.has_perm(f"commitments.{self.needs}"))

    @property
    def url(self) -> str:
        """The list that shows what is counted."""
        return f"{reverse(f'admin:{self._table}_changelist')}?{urlencode({'queue': self.name})}"

    def link(self, row: Model) -> str:
        """Return the page on which a row is worked on."""
        return reverse(f"admin:{self._table}_{self.page}", args=[row.pk])

    @property
    def _table(self) -> str:
        return f"commitments_{self.model._meta.model_name}"


@dataclass(frozen=True)
class Group:
    """Queues of one urgency."""

    title: str
    queues: tuple[Queue, ...]


#: In the order of urgency: what others wait for comes first, then one's own work, then what the record needs.
GROUPS = (
    Group(
        "Others wait for you",
        (
            Queue(
                "to-review",
                "To review",
                "Proposals of others, where you declared no conflict of interest. Read one with its evidence; "
                "approve it or return it.",
                "Nothing waits for review.",
                Draft,
                "approve_draft",
                waiting.to_review,
                page="review",
            ),
            Queue(
                "returned",
                "Returned to you",
                "A reviewer asked for a change. Mend the draft and submit it again.",
                "Nothing was returned to you.",
                Draft,
                "add_draft",
                waiting.own(DraftState.RETURNED),
                page="review",
            ),
            Queue(
                "differences",
                "Codings that differ",
                "A second reader, who was not shown the first judgement, came to another. Settle it, with a reason.",
                "No two codings differ.",
                BlindCoding,
                "settle_blindcoding",
                waiting.differing,
            ),
            Queue(
                "reports",
                "Readers' reports",
                "A reader found an error or suggests a source. Act on it, or dismiss it with a word.",
                "No reader's report is open.",
                ReaderReport,
                "change_readerreport",
                waiting.open_reports,
            ),
        ),
    ),
    Group(
        "Your own work",
        (
            Queue(
                "drafts",
                "Your open drafts",
                "Begun and not submitted yet: nobody reviews them before you submit.",
                "You have no open draft.",
                Draft,
                "add_draft",
                waiting.own(DraftState.DRAFT),
                page="review",
            ),
            Queue(
                "in-review",
                "Yours, in review",
                "Submitted, and now with another person. An edit takes a draft back.",
                "None of your drafts is in review.",
                Draft,
                "add_draft",
                waiting.own(DraftState.IN_REVIEW),
                page="review",
            ),
            Queue(
                "assigned",
                "Pledges you look after",
                "Assigned to you, or taken on by you. It gives no right and takes none.",
                "You look after no pledge.",
                Pledge,
                "add_assignment",
                waiting.assigned,
            ),
        ),
    ),
    Group(
        "Mail to readers",
        (
            Queue(
                "mail-uncertain",
                "Sent or not: unknown",
                "The server did not answer after it had the mail, or its worker stopped. Look for it in the server's "
                "log; then send it again, or count it as sent.",
                "Of every message it is known whether it was sent.",
                Dispatch,
                "decide_dispatch",
                waiting.mail_uncertain,
            ),
            Queue(
                "mail-parked",
                "Parked after five tries",
                "Tried five times and not taken, and not tried again by itself. See what the server said.",
                "No message is parked.",
                Dispatch,
                "decide_dispatch",
                waiting.mail_parked,
            ),
            Queue(
                "mail-late",
                "Waiting longer than an hour",
                "Made over an hour ago and not sent yet: the worker stands still, or a server puts it off.",
                "No message waits longer than an hour.",
                Dispatch,
                "decide_dispatch",
                waiting.mail_late,
            ),
            Queue(
                "mail-refused",
                "Refused in the last seven days",
                "A server refused it for good. Where the fault was ours, it can be sent again.",
                "No message was refused in the last seven days.",
                Dispatch,
                "decide_dispatch",
                waiting.mail_refused,
            ),
        ),
    ),
    Group(
        "What the record needs",
        (
            Queue(
                "overdue",
                "Overdue",
                "The date that the text gives has passed, and the pledge is not closed.",
                "No pledge is overdue.",
                Pledge,
                "view_pledge",
                waiting.overdue,
            ),
            Queue(
                "review-due",
                "Review due",
                "Assessed once and still open, but no update for 12 months. Search again, and say how it stands now.",
                "No review is due.",
                Pledge,
                "view_pledge",
                waiting.review_due,
            ),
            Queue(
                "nothing-new",
                "Sustained, but nothing new for 12 months",
                "The newest act that supports it is more than 12 months old: find a newer one, or change the status.",
                "Every sustained pledge has an act of the last 12 months.",
                Pledge,
                "view_pledge",
                waiting.nothing_new,
            ),
            Queue(
                "provisional",
                "Provisional, to confirm",
                "Of the first assessment, by nobody yet. Judge it on the evidence, in a draft that another approves.",
                "No status is provisional.",
                Pledge,
                "view_pledge",
                waiting.provisional,
            ),
            Queue(
                "dead-links",
                "Dead links",
                "The source was not at its address when it was last looked for. Find a copy, and supersede the item.",
                "No link is known to be dead.",
                Evidence,
                "view_evidence",
                waiting.dead_links,
            ),
            Queue(
                "uncited",
                "Evidence not yet public",
                "Recorded, but cited nowhere. Cite it in a draft, or leave it.",
                "All evidence is cited or public.",
                Evidence,
                "view_evidence",
                waiting.uncited,
            ),
        ),
    ),
)

QUEUES = {queue.name: queue for group in GROUPS for queue in group.queues}


@dataclass(frozen=True)
class Waiting:
    """A queue as it stands: how many rows, which of them waits longest, and for how many days."""

    queue: Queue
    count: int = 0
    first: Model | None = None
    days: int | None = None

    @property
    def first_url(self) -> str:
        """Where to begin."""
        return self.queue.link(self.first) if self.first else ""


def standing_of(queue: Queue, asked: waiting.Asked) -> Waiting:
    """Return the count of a queue and the row that waits longest, by one query."""
    rows = queue.rows(asked)
    counted = rows.annotate(waiting=Window(Count("pk")))
    aged = "since" in rows.query.annotations
    first = counted.order_by(*([F("since").asc(nulls_last=True)] if aged else []), "pk").first()
    if first is None:
        return Waiting(queue)
    return Waiting(queue, first.waiting, first, _days(first.since, asked.on) if aged else None)


def _days(since: date | datetime | None, on: date) -> int | None:
    day = since.date() if isinstance(since, datetime) else since
    return max((on - day).days, 0) if day else None
