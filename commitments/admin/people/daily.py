"""The page on which everybody switches their own daily mail off and on. Looking at it changes nothing."""

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from commitments.admin.base import now
from commitments.admin.site import DeskSite
from commitments.desk import daily


def daily_mail(request: HttpRequest) -> HttpResponse:
    """Say whether it is on; switch it."""
    if request.method == "POST":
        on = request.POST.get("on") == "1"
        daily.switch(request.user, on=on, at=now())
        messages.success(request, "You get the daily mail." if on else "You get no daily mail any more.")
        return redirect("admin:daily_mail")
    context = {
        **admin.site.each_context(request),
        "title": "Daily mail",
        "on": daily.wants(request.user),
        "queues": [queue for queue in daily.OWN.values() if queue.open_to(request.user)],
    }
    return TemplateResponse(request, "admin/desk/daily_mail.html", context)


DeskSite.pages["daily-mail"] = daily_mail
