"""Who promised, and in which states something was done, as evidence shows: two lists, and no ranking."""

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from commitments.record import actors, published, states
from commitments.web.day import Day, day_of, show
from commitments.web.pages import not_found

#: So many items stand on a state's page; the list of sources has all of them.
NEWEST = 40


@require_safe
def actor_list(request: HttpRequest) -> HttpResponse:
    """List who promises, to whom, the 34 states, and what other places sources name."""
    day = day_of(request)
    found, others = actors.places(on=day.on)
    context = {
        "promisers": actors.promisers(on=day.on),
        "states": found,
        "others": others,
        "named": sum(bool(one.weight.items) for one in found),
        "sources": _sources(day),
    }
    return show(request, day, "pages/actors.html", context)


@require_safe
def actor(request: HttpRequest, slug: str) -> HttpResponse:
    """Show somebody who promises, or one of the 34 states; an address that people guess leads to the right one."""
    day = day_of(request)
    found = actors.promiser(slug, on=day.on)
    if found is not None:
        state = states.address(states.CHINA) if slug == "china" else ""
        return show(request, day, "pages/actor.html", {"promiser": found, "state": state})
    code = states.at(slug)
    if code is not None:
        return _state(request, day, code)
    guessed = states.called(slug)
    return _moved(request, guessed) if guessed else not_found(request, slug)


def _moved(request: HttpRequest, code: str) -> HttpResponse:
    asked = request.GET.urlencode()
    address = reverse("actor", args=[states.address(code)])
    return HttpResponsePermanentRedirect(f"{address}?{asked}" if asked else address)


def _state(request: HttpRequest, day: Day, code: str) -> HttpResponse:
    found = actors.state(code, on=day.on)
    pledges = {pledge.pk: pledge for pledge in found.pledges}
    rows = [
        (item, [(one, pledges[one.pledge_id]) for one in item.public_attachments])  # type: ignore[attr-defined]
        for item in found.items[:NEWEST]
    ]
    return show(request, day, "pages/state.html", {"state": found, "rows": rows, "sources": _sources(day)})


def _sources(day: Day) -> int:
    return published.evidence(on=day.on).count()
