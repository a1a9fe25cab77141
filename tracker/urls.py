"""Includes only: machines first, the desk, then the pages under their language."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("commitments.web.urls_machine")),
    path("api/v1/", include("commitments.api.urls")),
    path("admin/", admin.site.urls),
    *i18n_patterns(path("", include("commitments.web.urls"))),
]
