"""Indicators, each as a chart and a table, and the announced numbers beside their dated figures."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from commitments.record import indicators, published
from commitments.record.charts import draw
from commitments.web.charts import drawn, of_figures
from commitments.web.day import bad_day, day_of, show
from commitments.web.pages import not_found


@require_safe
def indicator_list(request: HttpRequest) -> HttpResponse:
    """List the indicators with the newest figure of each, and the announced numbers."""
    day = day_of(request)
    found = indicators.indicators(on=day.on)
    context = {"rows": [(row, indicators.standing(row)) for row in found], "targets": indicators.targets(on=day.on)}
    return show(request, day, "pages/indicators.html", context)


@require_safe
def indicator(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one indicator: what it counts, its figures drawn and in a table, and those that were corrected."""
    day = day_of(request)
    found = indicators.indicators(on=day.on).filter(slug=slug).first()
    if found is None:
        return not_found(request, slug)
    points = indicators.standing(found)
    context = {
        "indicator": found,
        "points": points,
        "chart": draw(points),
        "undone": indicators.corrections_of(found),
    }
    return show(request, day, "pages/indicator.html", context)


@require_safe
def target(request: HttpRequest, code: str) -> HttpResponse:
    """Show an announced number beside the figures dated before and after it, and the sources that concern it."""
    day = day_of(request)
    on = day.on
    found = indicators.targets(on=on).filter(code=code).first()
    if found is None:
        return not_found(request, code)
    measured = indicators.against(found, on=on)
    context = {
        "target": found,
        "measured": measured,
        "followed": any(one.after for one in measured),
        "evidence": indicators.evidence_on(found, on=on),
        "pledges": published.pledges(on=on).filter(section=found.section),
    }
    return show(request, day, "pages/target.html", context)


@require_safe
def indicator_chart(request: HttpRequest, slug: str, kind: str) -> HttpResponseBase:
    """Return an indicator's chart as a file."""
    day = day_of(request)
    if day.problem:
        return bad_day(day)
    found = indicators.indicators(on=day.on).filter(slug=slug).first()
    points = indicators.standing(found) if found else []
    chart = draw(points)
    if found is None or chart is None:
        return not_found(request, slug)
    return drawn(request, lambda: of_figures(found, points, chart), kind, on=day.on)


@require_safe
def target_chart(request: HttpRequest, code: str, slug: str, kind: str) -> HttpResponseBase:
    """Return the chart of what is measured beside an announced number as a file."""
    day = day_of(request)
    if day.problem:
        return bad_day(day)
    announced = indicators.targets(on=day.on).filter(code=code).first()
    beside = indicators.against(announced, on=day.on) if announced else []
    measured = next((one for one in beside if one.indicator.slug == slug), None)
    if measured is None or measured.chart is None:
        return not_found(request, f"{code}/{slug}")
    one, chart, points = measured.indicator, measured.chart, [*measured.before, *measured.after]
    return drawn(request, lambda: of_figures(one, points, chart, announced), kind, on=day.on)
