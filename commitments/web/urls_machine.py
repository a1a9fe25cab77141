"""Addresses for machines: no language, no cookie."""

from django.urls import path

from commitments.web import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
