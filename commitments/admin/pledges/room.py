"""Pledges at the desk: the list by what curators think in, and the workplace of one pledge."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString

from commitments.admin.base import ReadOnly, attempt, now
from commitments.admin.front.queues import QueueFilter
from commitments.admin.people.pledges import assign_to
from commitments.admin.pledges.filters import FILTERS
from commitments.admin.pledges.workplace import workplace
from commitments.clock import today
from commitments.editorial import evidence, people
from commitments.models import Conflict, Draft, Pledge, StatusUpdate, text_in
from commitments.models.transitions import UNDERWAY
from commitments.record import published
from commitments.record.search import matching
from commitments.templatetags.record import mark

Act = Callable[[Pledge, HttpRequest, datetime], Any]


def _conflict(pledge: Pledge, request: HttpRequest, at: datetime) -> None:
    people.declare_conflict(pledge, by=request.user, reason=request.POST.get("reason", ""), at=at)


#: What a button on the workplace does: the last part of its address → the action, and what is said when it is done.
ACTS: dict[str, tuple[Act, str]] = {
    "search-again": (
        lambda pledge, request, at: evidence.search_again(pledge, by=request.user, at=at),
        "Logged: searched again today, nothing new.",
    ),
    "take": (
        lambda pledge, request, at: people.assign(pledge, request.user, by=request.user, at=at),
        "You look after this pledge now.",
    ),
    "give-up": (
        lambda pledge, request, at: people.release(pledge, request.user, by=request.user, at=at),
        "You no longer look after this pledge.",
    ),
    "conflict": (_conflict, "Declared. You neither write nor approve on this pledge until an administrator ends it."),
}


@admin.register(Pledge)
class PledgeAdmin(ReadOnly):
    """Pledges."""

    list_display = ("numbered", "title", "stands", "trackability", "newest", "open_drafts", "assigned")
    list_display_links = ("numbered", "title")
    list_filter = (QueueFilter, *FILTERS)
    actions = (assign_to,)
    search_fields = ("code",)  # shows the box; what is typed there goes to the record's own search
    search_help_text = "A code, or words in any of the four languages or of the texts themselves."
    change_list_template = "admin/pledge/list.html"
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Pledge]:
        """Return the pledges as they stand today, with what the list shows of each."""
        current = StatusUpdate.objects.filter(pk=OuterRef("current_update")).values("published_at")
        drafts = Draft.objects.filter(pledge=OuterRef("pk"), state__in=UNDERWAY).order_by().values("pledge")
        found = published.with_place(published.pledges(on=today())).prefetch_related("assignments__person")
        return found.annotate(
            newest_at=Subquery(current[:1]), drafts_underway=Subquery(drafts.annotate(n=Count("pk")).values("n"))
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Pledge], search_term: str
    ) -> tuple[QuerySet[Pledge], bool]:
        """Search as the public list does."""
        return (matching(queryset, search_term) if search_term.strip() else queryset), False

    # --- columns ---

    @admin.display(description="code", ordering="position")
    def numbered(self, pledge: Pledge) -> SafeString:
        """Return the code."""
        return format_html('<span class="code">{}</span>', pledge.code)

    @admin.display(description="title")
    def title(self, pledge: Pledge) -> str:
        """Return the title in English."""
        return text_in(published.coding_of(pledge).title, "en")[0]

    @admin.display(description="stands")
    def stands(self, pledge: Pledge) -> SafeString:
        """Return the sign with its word, "provisional" and the grade."""
        standing = published.standing(pledge)
        words = [standing.label, *(["provisional"] if standing.provisional else [])]
        words += [f"grade {standing.grade}"] if standing.grade else []
        return format_html("{} {}", mark(standing, named=False), " · ".join(words))

    @admin.display(description="trackability")
    def trackability(self, pledge: Pledge) -> str:
        """Return how far the words can be followed."""
        return published.coding_of(pledge).get_trackability_display()

    @admin.display(description="newest update", ordering="newest_at", empty_value="–")
    def newest(self, pledge: Pledge) -> str | None:
        """Return when the current status was published."""
        standing = published.standing(pledge)
        at = standing.update.published_at if standing.update else None
        return f"{at:%Y-%m-%d}" if at else None

    @admin.display(description="open drafts", ordering="drafts_underway", empty_value="–")
    def open_drafts(self, pledge: Pledge) -> int | None:
        """Return how many drafts are under way."""
        return pledge.drafts_underway or None  # type: ignore[attr-defined]  # annotated above

    @admin.display(description="assigned to", empty_value="–")
    def assigned(self, pledge: Pledge) -> str:
        """Return who looks after it."""
        people_of = (row.person for row in pledge.assignments.all())
        return ", ".join(person.get_full_name() or person.get_username() for person in people_of)

    # --- the workplace ---

    def get_urls(self) -> list[URLPattern]:
        """Add what the buttons of the workplace do."""
        info = "commitments_pledge"
        own = [
            path(f"<int:pk>/{name}/", self.admin_site.admin_view(self._acting(name)), name=f"{info}_{name}")
            for name in ACTS
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show all that the desk knows of a pledge, which its key or its code names, and what can be done."""
        pledge = self._asked_for(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": f"{pledge.code} {self.title(pledge)}",
            "opts": self.opts,
            **workplace(pledge, by=request.user, on=today()),
        }
        return TemplateResponse(request, "admin/pledge/workplace.html", context)

    def _asked_for(self, request: HttpRequest, named: str) -> Pledge:
        if not self.has_view_permission(request):
            raise PermissionDenied
        key = (
            {"pk": int(named)} if named.isascii() and named.isdigit() and len(named) < 18 else {"code": named.upper()}
        )
        pledge = published.whole(on=today()).filter(**key).first()
        if pledge is None:
            raise Http404(f"There is no pledge {named[:20]}.")
        return pledge

    def _acting(self, name: str) -> Callable[..., HttpResponse]:
        act, done = ACTS[name]

        def view(request: HttpRequest, pk: int) -> HttpResponse:
            if request.method != "POST":
                return HttpResponseNotAllowed(["POST"])
            pledge = self._asked_for(request, str(pk))
            if not attempt(request, lambda: act(pledge, request, now()), done) and name == "conflict":
                return self._declaring(request, pledge)
            return redirect("admin:commitments_pledge_change", pledge.pk)

        return view

    def _declaring(self, request: HttpRequest, pledge: Pledge) -> HttpResponse:
        """Keep the reason that was typed for a declaration which was refused, where somebody may declare at all."""
        room: Any = self.admin_site.get_model_admin(Conflict)
        if not room.has_add_permission(request):
            return redirect("admin:commitments_pledge_change", pledge.pk)
        return cast(HttpResponse, room.once_more(request, pledge.code))
