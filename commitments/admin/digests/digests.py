"""The digests that were composed: what each says, and to how many it was addressed."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path

from commitments.admin.digests.discreet import DayFilter, Discreet
from commitments.digests.letter import APART
from commitments.models import Digest, Dispatch


@admin.register(Digest)
class DigestAdmin(Discreet):
    """Digests, the newest first. They name no reader; whom they went to is the list of messages."""

    nothing = "No digest was composed yet."
    finds_readers = False
    list_display = ("subject", "language", "numbers", "count_of_entries", "messages", "listed", "composed_at")
    list_filter = ("language", "listed", ("composed_at", DayFilter))
    search_fields = ("subject",)
    change_form_template = "admin/digests/digest.html"
    asked_by = frozenset(["language", "listed__exact", "composed_at__gte", "composed_at__lt"])

    def get_queryset(self, request: HttpRequest) -> QuerySet[Digest]:
        """Count the messages of each, and leave the letters where they are until one is shown."""
        of = Dispatch.objects.filter(digest=OuterRef("pk")).order_by().values("digest").annotate(n=Count("pk"))
        found: QuerySet[Digest] = super().get_queryset(request).defer("text", "html")
        return found.annotate(sent_to=Coalesce(Subquery(of.values("n")), 0))

    @admin.display(description="log", ordering="through_seq")
    def numbers(self, digest: Digest) -> str:
        """Return the numbers of the public log that it covers."""
        first, last = digest.after_seq + 1, digest.through_seq
        return f"{first}–{last}" if first < last else f"{last}" if first == last else "–"

    @admin.display(description="entries")
    def count_of_entries(self, digest: Digest) -> int:
        """Return how many changes it tells."""
        return len(digest.entries)

    @admin.display(description="messages", ordering="sent_to")
    def messages(self, digest: Any) -> int:
        """Return to how many it was addressed."""
        return int(digest.sent_to)

    def get_urls(self) -> list[URLPattern]:
        """Add the page on which the mail's HTML stands by itself."""
        html = self.admin_site.admin_view(self.html_view)
        return [path("<int:pk>/html/", html, name="commitments_digest_html"), *super().get_urls()]

    def html_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show a digest's HTML as a mail program would: apart from the desk, with nothing loaded and nothing run."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        digest = Digest.objects.filter(pk=pk).first()
        if digest is None:
            raise Http404
        return HttpResponse(digest.html, headers={"Content-Security-Policy": APART, "Cache-Control": "no-store"})

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Add what the page shows."""
        digest: Any = context["original"]
        by_state = digest.dispatches.order_by().values_list("state").annotate(n=Count("pk")).order_by("state")
        labels = dict(Dispatch._meta.get_field("state").flatchoices)
        context |= {
            "digest": digest,
            "numbers": self.numbers(digest),
            "states": [(state, labels.get(state, state), n) for state, n in by_state],
        }
        return super().render_change_form(request, context, *args, **kwargs)
