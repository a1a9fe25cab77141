"""The overview, the pages of words, and the page for what is not there."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from commitments.catalogue import second_reading
from commitments.clock import today
from commitments.exports.references import of_dataset
from commitments.exports.structured import dataset, website
from commitments.models import Bearing, Grade, Role, Trackability
from commitments.record import activity, agreement, published
from commitments.record.flags import Flag
from commitments.record.progress import coverage, flagged
from commitments.record.progress import overview as shelves
from commitments.web.day import day_of, show


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Both documents at a glance: every pledge one mark."""
    day = day_of(request)
    on = day.on
    found = shelves(on=on)
    covered = coverage(found, on=on)
    context = {
        "shelves": found,
        "coverage": covered,
        "newest_source": covered.newest_source,
        "old_sources": activity.is_old(covered.newest_source, on=on),
        "flagged": flagged(found),
        "statuses": published.STATUSES,
        "release": published.release(on=on),
        "structured": [website(), dataset(of_dataset(on=on))],
    }
    return show(request, day, "pages/overview.html", context)


@require_safe
def methodology(request: HttpRequest) -> HttpResponse:
    """How a pledge is recorded and read, and how well two readers agreed."""
    context = {
        "trackabilities": Trackability,
        "roles": Role,
        "statuses": published.STATUSES,
        "flags": Flag,
        "grades": Grade,
        "bearings": Bearing,
        "agreement": second_reading.shipped(),
        "at_the_desk": agreement.at_the_desk(on=today()),
    }
    return render(request, "pages/methodology.html", context)


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """What this is, of whom it speaks, and under which licence."""
    return render(request, "pages/about.html", {"documents": published.documents()})


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is stored about readers."""
    return render(request, "pages/privacy.html")


def not_found(request: HttpRequest, missing: str = "", near: object = ()) -> HttpResponse:
    """Say with status 404 what is not there, and show a way on."""
    context = {"missing": missing or request.path, "near": near}
    return render(request, "pages/not_found.html", context, status=404)
