"""Addresses for machines: no language, no cookie."""

from django.urls import path

from commitments.web import files, health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("files/evidence/<slug:public_id>/", files.evidence_file, name="evidence-file"),
]
