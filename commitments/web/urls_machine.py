"""Addresses for machines: no language, no cookie."""

from django.urls import path

from commitments.web import calendar, embed, feeds, files, health, metrics, outbox, subscriptions

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("unsubscribe/<str:token>/", subscriptions.unsubscribe, name="unsubscribe"),
    path("outbox/", outbox.outbox, name="outbox"),
    path("outbox/<str:name>/", outbox.mail, name="outbox-mail"),
    path("outbox/<str:name>/html/", outbox.mail_html, name="outbox-html"),
    path("feeds/updates.atom", feeds.updates, name="updates-feed"),
    path("feeds/pledges/<str:code>.atom", feeds.pledge, name="pledge-feed"),
    path("calendar.ics", calendar.ics, name="calendar-ics"),
    path("embed/<str:code>/", embed.embed, name="embed"),
    path("files/evidence/<slug:public_id>/", files.evidence_file, name="evidence-file"),
]
