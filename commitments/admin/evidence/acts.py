"""What can be done about an item of evidence besides filling in its form."""

from collections.abc import Callable

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST, require_safe

from commitments.admin.base import REFUSALS, attempt, now, reason
from commitments.admin.evidence.attachments import pledge_suggestions
from commitments.admin.evidence.listing import named
from commitments.editorial import evidence
from commitments.evidence import duplicates, files
from commitments.models import Evidence, LinkState


class EvidenceActs(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """Suggestions while somebody types, the way to a kept file, superseding, and whether a link is alive."""

    actions = ("link_alive", "link_dead")

    def get_urls(self) -> list[URLPattern]:
        """Add the pages and buttons of our own."""
        own: dict[str, tuple[str, Callable[..., HttpResponse]]] = {
            "duplicates": ("duplicates/", require_safe(self.duplicates)),
            "pledges": ("pledges/", require_safe(self.pledge_codes)),
            "supersede": ("<int:pk>/supersede/", require_POST(self.supersede)),
            "link": ("<int:pk>/link/", require_POST(self.link_seen)),
            "file": ("<int:pk>/file/", require_safe(self.file)),
        }
        wrapped = self.admin_site.admin_view
        ours = [path(at, wrapped(view), name=f"commitments_evidence_{name}") for name, (at, view) in own.items()]
        return [*ours, *super().get_urls()]

    def _found(self, request: HttpRequest, pk: int) -> Evidence:
        if not self.has_view_permission(request):
            raise PermissionDenied
        item = Evidence.objects.filter(pk=pk).first()
        if item is None:
            raise Http404("There is no such item.")
        return item

    def duplicates(self, request: HttpRequest) -> JsonResponse:
        """Return what may be the same source as what is being typed."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        typed = {name: request.GET.get(name, "")[:1000] for name in ("url", "origin", "title", "besides")}
        asked = {name: "".join(filter(str.isprintable, words)).strip() for name, words in typed.items()}
        besides = asked["besides"]
        return JsonResponse(
            {
                "url": _told(duplicates.same_address(asked["url"], besides=besides)),
                "origin": _told(duplicates.same_origin(asked["origin"], besides=besides)),
                "title": _told(duplicates.like_title(asked["title"], besides=besides)),
                "origins": duplicates.origins_like(asked["origin"]) if asked["origin"] else [],
            }
        )

    def pledge_codes(self, request: HttpRequest) -> JsonResponse:
        """Return pledges for words, to lay evidence beside."""
        if not request.user.has_perm("commitments.view_pledge"):
            raise PermissionDenied
        return pledge_suggestions(request.GET.get("q", "")[:200])

    def supersede(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make a successor of a public item, and lead to its form."""
        item = self._found(request, pk)
        try:
            done = evidence.supersede(item, by=request.user, at=now())
        except REFUSALS as refusal:
            messages.error(request, reason(refusal))
            return redirect("admin:commitments_evidence_change", item.pk)
        words = f"{done.successor} takes the place of {item} once an update that cites it is approved. Mend it here."
        if done.corrections:
            words += " Drafts of corrections are listed below: say in each what was wrong, and submit it."
        messages.success(request, words)
        if done.left:
            numbers = ", ".join(f"{update} on {update.pledge}" for update in done.left)
            messages.warning(request, f"You may not write there, so these still cite {item}: {numbers}.")
        return redirect("admin:commitments_evidence_change", done.successor.pk)

    def link_seen(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Note whether the source was there."""
        item, state = self._found(request, pk), request.POST.get("state")
        if state not in (LinkState.ALIVE, LinkState.DEAD):
            return HttpResponseBadRequest("A source is there or it is not: state is alive or dead.")
        self._note_links(request, [item], LinkState(state))
        return redirect("admin:commitments_evidence_change", item.pk)

    def file(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Lead to the file, with a key where readers do not see it yet."""
        item = self._found(request, pk)
        if not item.file:
            raise Http404("This item has no file.")
        return redirect(files.address(item) if item.public_at else files.keyed_address(item))

    @admin.action(description="The link is alive", permissions=["change"])
    def link_alive(self, request: HttpRequest, queryset: QuerySet[Evidence]) -> None:
        """Note of each that the source was there."""
        self._note_links(request, list(queryset), LinkState.ALIVE)

    @admin.action(description="The link is dead", permissions=["change"])
    def link_dead(self, request: HttpRequest, queryset: QuerySet[Evidence]) -> None:
        """Note of each that the source was not there."""
        self._note_links(request, list(queryset), LinkState.DEAD)

    def _note_links(self, request: HttpRequest, items: list[Evidence], state: LinkState) -> None:
        def note(item: Evidence) -> None:
            evidence.mark_link(item, state, by=request.user, at=now())

        done = [item.public_id for item in items if attempt(request, lambda item=item: note(item))]  # type: ignore[misc]
        if done:
            messages.success(request, f"Noted as {state.label} today: {', '.join(done)}.")


def _told(items: list[Evidence]) -> list[dict[str, str]]:
    """Return what the script shows of items."""
    return [
        {
            "id": item.public_id,
            "title": named(item),
            "fact": next(iter(item.fact.values()), "")[:160],
            "url": reverse("admin:commitments_evidence_change", args=[item.pk]),
        }
        for item in items
    ]
