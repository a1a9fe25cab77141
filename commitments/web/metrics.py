"""What operators watch, as Prometheus reads it: how the mail stands, whether the queue is alive, how far the log is.

Numbers only, and nobody's; all the same it is shown to who knows METRICS_TOKEN. Asked of the rows each time, in as
many queries for many rows as for few, so that every process says the same.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Min, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from commitments.digests import marks, reconcile, standing
from commitments.models import Attempt, Digest, Dispatch, DispatchState, Heartbeat, Subscription, SubscriptionState
from commitments.record import changes

#: Of what time the outcomes of tries are counted.
RECENT = timedelta(hours=1)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer who may ask; to everybody else there is nothing here."""
    if not (settings.DEBUG or _knows(request)):
        raise Http404
    registry = CollectorRegistry()
    registry.register(Now(timezone.now()))
    headers = {"Cache-Control": "no-store"}
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST, headers=headers)


def _knows(request: HttpRequest) -> bool:
    """Tell whether a request brings the token (RFC 6750, 2.1); where none is set, nobody does."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    right = constant_time_compare(token.strip(), settings.METRICS_TOKEN)
    return bool(settings.METRICS_TOKEN) and scheme.lower() == "bearer" and right


class Now(Collector):
    """Everything as it stands at one time."""

    def __init__(self, at: datetime) -> None:
        """Answer for this time."""
        self.at = at

    def collect(self) -> Iterator[Metric]:
        """Yield each number; states of which there is nothing count 0, so that no series comes and goes."""
        recent = Attempt.objects.filter(at__gt=self.at - RECENT)
        yield _by(
            "pledge_tracker_dispatches", "Messages, by state", "state", DispatchState.values, Dispatch.objects.all()
        )
        yield _by(
            "pledge_tracker_subscriptions",
            "Subscriptions, by state",
            "state",
            SubscriptionState.values,
            Subscription.objects.all(),
        )
        yield _by(
            "pledge_tracker_attempts_last_hour",
            "Tries to send in the last hour, by outcome",
            "outcome",
            [state for state in DispatchState.values if state not in ("sending", "stopped")],
            recent,
        )
        yield GaugeMetricFamily("pledge_tracker_digests", "Digests composed", value=Digest.objects.count())
        oldest = standing.waiting().aggregate(oldest=Min("since"))["oldest"]
        yield GaugeMetricFamily(
            "pledge_tracker_oldest_waiting_seconds",
            "Age of the oldest message that waits to be sent; 0 where none does",
            value=self._age(oldest) if oldest else 0,
        )
        yield from self._doubts()
        yield from self._heartbeats()
        yield GaugeMetricFamily(
            "pledge_tracker_restored",
            "1 while the database is older than what was sent from this machine: run manage.py restore_fence",
            value=marks.behind(),
        )
        yield GaugeMetricFamily("pledge_tracker_log_head", "Newest number of the public log", value=changes.head())

    def _doubts(self) -> Iterator[Metric]:
        """Yield what may have been sent twice, or not at all."""
        doubts = standing.doubts()
        yield GaugeMetricFamily(
            "pledge_tracker_perhaps_twice", "Messages that their readers may have twice", value=doubts["twice"]
        )
        yield GaugeMetricFamily(
            "pledge_tracker_oldest_uncertain_seconds",
            "Age of the oldest message of which nobody knows whether it was sent; 0 where there is none",
            value=self._age(doubts["oldest"]) if doubts["oldest"] else 0,
        )

    def _heartbeats(self) -> Iterator[Metric]:
        """Yield how long ago each part was last seen alive; NaN where it never was."""
        seen = Heartbeat.objects.in_bulk(["worker", reconcile.EVIDENCE])
        for part, name, said in (
            ("worker", "heartbeat", "Seconds since beat, broker and worker were last alive together"),
            (
                reconcile.EVIDENCE,
                "mail_evidence",
                "Seconds since MAIL_EVIDENCE last answered, and showed what it must",
            ),
        ):
            age = self._age(seen[part].seen_at) if part in seen else float("nan")
            yield GaugeMetricFamily(f"pledge_tracker_{name}_age_seconds", said, value=age)

    def _age(self, since: datetime) -> float:
        return max((self.at - since).total_seconds(), 0.0)


def _by(name: str, said: str, column: str, values: Iterable[str], rows: QuerySet[Any]) -> Metric:
    counted = dict(rows.order_by().values_list(column).annotate(n=Count("pk")))
    family = GaugeMetricFamily(name, said, labels=[column])
    for value in values:
        family.add_metric([value], counted.get(value, 0))
    return family
