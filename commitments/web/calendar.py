"""What is due when: a page, and iCalendar (RFC 5545) to subscribe to. Every date is one that a text gives."""

from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import get_language, gettext, override
from django.views.decorators.http import require_safe
from icalendar import Calendar, Component, Event, Journal, vDuration, vText

from commitments.clock import today
from commitments.conditional import Validator, answered
from commitments.models import Coding, Pledge, text_in
from commitments.problems import refused
from commitments.record import changes, indicators, published
from commitments.record.due import agenda
from commitments.record.flags import Flag, flags
from commitments.web.asked import language_of, unknown
from commitments.web.day import day_of, show

CACHING = "public, max-age=3600"
MEDIA_TYPE = "text/calendar; charset=utf-8"
#: How often programs are asked to look again.
REFRESH = timedelta(days=1)


@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """Say what is due when, what is promised again at no stated date, and how to subscribe."""
    day = day_of(request)
    found = agenda(on=day.on)
    address = _address()
    context = {
        "due": [(pledge, Flag.OVERDUE in flags(pledge)) for pledge in found.due],
        "repeated": found.repeated,
        "targets": indicators.targets(on=day.on),
        "address": address,
        "webcal": f"webcal:{address.partition(':')[2]}",
    }
    return show(request, day, "pages/calendar.html", context)


@require_safe
def ics(request: HttpRequest) -> HttpResponseBase:
    """Answer with the calendar in the language asked for, as of today; or 304 to whoever has it."""
    language, problems = language_of(request.GET)
    problems |= unknown(request.GET, ())
    if problems:
        return refused(problems)
    on = today()
    seq, at = changes.newest()
    midnight = datetime.combine(on, time.min, tzinfo=UTC)
    with override(language):
        # The day is part of it, as in feeds: which coding is current can change with the day, without an entry.
        known_again = Validator(f'W/"{seq}-{on.isoformat()}-{language}"', max(at or midnight, midnight), CACHING)
        return answered(request, known_again, partial(_answer, on))


def _answer(on: date) -> HttpResponse:
    written = _written(on)
    headers = {"Content-Disposition": 'inline; filename="pledge-tracker.ics"'}
    return HttpResponse(written.to_ical(), content_type=MEDIA_TYPE, headers=headers)


def _written(on: date) -> Calendar:
    """Return the calendar in the current language.

    A date is an event of that whole day. What is promised again without a date is a journal entry without a date: a
    calendar needs one component at least (RFC 5545, 3.6), and programs show no such entry on any day.
    """
    made, name = Calendar(), gettext("Pledge Tracker: what is due")
    about = gettext("Dates that the texts give for their pledges. Where a text gives none, none is made up.")
    said: dict[str, Any] = {
        "version": "2.0",
        "prodid": "-//Pledge Tracker//What is due//EN",
        "name": name,
        "x-wr-calname": vText(name),
        "description": about,
        "x-wr-caldesc": vText(about),
        "url": f"{settings.SITE_URL}{reverse('calendar')}",
        "source": _address(),
    }
    for key, value in said.items():
        made.add(key, value)
    made.add("refresh-interval", vDuration(REFRESH), parameters={"VALUE": "DURATION"})
    found = agenda(on=on)
    for pledge in found.due:
        made.add_component(_event(pledge))
    for pledge in found.repeated:
        entry = Journal()
        _fill(entry, pledge, "repeated", published.coding_of(pledge).get_recurrence_display())
        made.add_component(entry)
    return made


def _event(pledge: Pledge) -> Event:
    """Return the day on which a pledge is due; that it is repeated is said in words, the next dates are nobody's."""
    coding = published.coding_of(pledge)
    event = Event()
    _fill(event, pledge, "due", _said(coding))
    due = coding.due_on
    if due is not None:  # an event that begins on a day and has no end lasts that day (RFC 5545, 3.6.1)
        event.add("dtstart", due)
    event.add("transp", "TRANSPARENT")
    return event


def _said(coding: Coding) -> str:
    repeated = f" {coding.get_recurrence_display()}." if coding.recurrence else ""
    return gettext("The text gives this date.") + repeated


def _fill(made: Component, pledge: Pledge, kind: str, said: str) -> None:
    """Fill a component. Its stamp is when the coding was published that says so: the clock is not asked."""
    coding, address = published.coding_of(pledge), f"{settings.SITE_URL}{pledge.get_absolute_url()}"
    title = text_in(coding.title, get_language() or settings.LANGUAGE_CODE)[0]
    document = text_in(pledge.document.short_title, get_language() or settings.LANGUAGE_CODE)[0]
    made.add("uid", f"{kind}-{pledge.code}@{urlsplit(settings.SITE_URL).hostname}")
    for stamp in ("dtstamp", "last-modified"):
        made.add(stamp, coding.published_at.astimezone(UTC).replace(microsecond=0))  # type: ignore[union-attr]
    made.add("sequence", coding.version - 1)
    made.add("summary", f"{pledge.code} {title}")
    made.add("description", f"{said}\n{document}, {pledge.section.number}\n{address}")
    made.add("url", address)


def _address() -> str:
    """Return the calendar's address in the current language; English is not said: it is the default."""
    language = get_language() or settings.LANGUAGE_CODE
    asked = "" if language == settings.LANGUAGE_CODE else f"?language={language}"
    return f"{settings.SITE_URL}{reverse('calendar-ics')}{asked}"
