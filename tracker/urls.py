"""Includes only: machines first, the desk behind its door, then the pages under their language."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from commitments.entrance.views import guarded

urlpatterns = [
    path("", include("commitments.web.urls_machine")),
    path("api/v1/", include("commitments.api.urls")),
    path("account/", include("commitments.entrance.urls")),
    path("admin/", guarded(admin.site).urls),
    *i18n_patterns(path("", include("commitments.web.urls"))),
]
