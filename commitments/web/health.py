"""Signs of life for operators: `/healthz` says that the process answers, `/readyz` that it can serve."""

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from commitments.models import Heartbeat
from commitments.record import published

#: Beat marks the heartbeat every 20 seconds; after this many the queue counts as silent.
SILENT_AFTER = 90


def healthz(request: HttpRequest) -> HttpResponse:
    """Answer without touching the database."""
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 if the record can be read, else 503. A silent queue is told, but stops no reader."""
    try:
        loaded = published.documents().exists()
        beat = Heartbeat.objects.filter(part="worker").first()
    except DatabaseError:
        return JsonResponse({"record": "no database", "queue": "unknown"}, status=503)
    age = (timezone.now() - beat.seen_at).total_seconds() if beat else None
    queue = "never seen" if age is None else "silent" if age > SILENT_AFTER else "alive"
    answer = {"record": "loaded" if loaded else "empty", "queue": queue}
    return JsonResponse(answer, status=200 if loaded else 503)
