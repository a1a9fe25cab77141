"""The filter by which a list shows what a queue of the front page counts.

Add it to the `list_filter` of the admin of every model that a queue is about (pledges, drafts, evidence, reports,
blind codings, dispatches): the front page links there with `?queue=<name>`.
"""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from commitments.admin.base import now
from commitments.desk.queues import QUEUES
from commitments.desk.waiting import Asked


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
        rows = QUEUES[name].rows(Asked(request.user, now()))
        return queryset.filter(pk__in=rows.order_by().values("pk"))
