"""What waits at the desk, as data: each queue counts rows, and its list shows exactly the rows that it counts.

Add `QueueFilter` to the `list_filter` of the admin of every model that a queue is about (pledges, drafts, evidence,
reports, blind codings): the front page links there with `?queue=<name>`.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from commitments.admin.front import waiting
from commitments.clock import today
from commitments.models import BlindCoding, Draft, DraftState, Evidence, Pledge, ReaderReport


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


class QueueFilter(admin.SimpleListFilter):
    """Shows in a list what a queue of the front page counts."""

    title = "what waits"
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the queues about this model that the person is shown."""
        model = model_admin.model
        return [(q.name, q.title) for q in QUEUES.values() if q.model is model and q.open_to(request.user)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the rows of the queue."""
        name = self.value()
        if name not in dict(self.lookup_choices):
            return queryset
        rows = QUEUES[name].rows(waiting.Asked(request.user, today()))
        return queryset.filter(pk__in=rows.order_by().values("pk"))
