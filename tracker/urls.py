"""Includes only: machines first, the desk behind its door, then the pages under their language."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from commitments.entrance.views import guarded

#: What the mail provider tells, where there is one: anymail's webhook, which asks for ANYMAIL's WEBHOOK_SECRET.
mail = [path("mail/events/", include("commitments.web.mail_events"))] if settings.MAIL_PROVIDER else []

urlpatterns = [
    path("", include("commitments.web.urls_machine")),
    path("", include("commitments.exports.urls")),
    path("api/v1/", include("commitments.api.urls")),
    path("account/", include("commitments.entrance.urls")),
    *mail,
    path("admin/", guarded(admin.site).urls),
    *i18n_patterns(path("", include("commitments.web.urls"))),
]
