"""A pledge or a section as a small card for an iframe on any site: the one page here that others may frame."""

from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import cache_control
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import conditional_page, require_safe

from commitments.record.card import PledgeCard, card
from commitments.web.asked import language_of
from commitments.web.day import Day, day_of

THEMES = ("light", "dark")
SECONDS = 300


@require_safe
@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"]})  # type: ignore[arg-type]  # stubs know no view with arguments
@conditional_page
@cache_control(public=True, max_age=SECONDS)
def embed(request: HttpRequest, code: str) -> HttpResponse:
    """Show the card. Parameters that are not known are ignored, as pages do; a bad value is named, with status 400.

    A code in small letters leads to the card's one address, as a page's does.
    """
    language, unspoken = language_of(request.GET)
    with override(language):
        day, theme = day_of(request), request.GET.get("theme", "")
        problem = _problem(bool(unspoken), theme, day)
        found = card(code, on=day.on)
        if found is not None and found.code != code:
            return _moved(request, found.code)
        if found is None:
            problem = _("There is no pledge and no section “%(code)s”.") % {"code": code[:40]}
        context = {
            "card": None if problem else found,
            "one": isinstance(found, PledgeCard),
            "theme": theme if theme in THEMES else "",
            "day": day,
            "problem": problem,
        }
        return render(request, "embed/card.html", context, status=404 if found is None else 400 if problem else 200)


def _moved(request: HttpRequest, code: str) -> HttpResponse:
    asked, address = request.GET.urlencode(), reverse("embed", args=[code])
    return HttpResponsePermanentRedirect(f"{address}?{asked}" if asked else address)


def _problem(unspoken: bool, theme: str, day: Day) -> str:
    """Return what is wrong with the parameters, for whoever sets up the frame; empty where nothing is."""
    if unspoken:
        return _("Unknown language. Known here: %(known)s.") % {"known": ", ".join(dict(settings.LANGUAGES))}
    if theme and theme not in THEMES:
        return _("Unknown theme. Known here: light, dark.")
    return day.problem
