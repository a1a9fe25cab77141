"""The pages, each under a language."""

from django.urls import path, re_path

from commitments.web import corrections, digests, documents, evidence, indicators, pages, pledges, subscriptions

urlpatterns = [
    path("", pages.overview, name="overview"),
    path("documents/", documents.documents, name="documents"),
    path("documents/<slug:slug>/", documents.reading, name="document"),
    path("pledges/", pledges.pledge_list, name="pledges"),
    path("pledges/<str:code>/", pledges.pledge, name="pledge"),
    path("evidence/", evidence.evidence_list, name="evidence-list"),
    path("evidence/<str:public_id>/", evidence.evidence, name="evidence"),
    path("indicators/", indicators.indicator_list, name="indicators"),
    path("indicators/<slug:slug>/", indicators.indicator, name="indicator"),
    path("targets/<slug:code>/", indicators.target, name="target"),
    path("corrections/", corrections.corrections, name="corrections"),
    path("corrections/thanks/", corrections.thanks, name="thanks"),
    path("subscribe/", subscriptions.subscribe, name="subscribe"),
    path("subscribe/sent/", subscriptions.sent, name="subscribe-sent"),
    path("subscriptions/<str:token>/", subscriptions.subscription, name="subscription"),
    path("digests/", digests.digest_list, name="digests"),
    path("digests/<slug:key>/", digests.digest, name="digest"),
    path("methodology/", pages.methodology, name="methodology"),
    path("about/", pages.about, name="about"),
    path("privacy/", pages.privacy, name="privacy"),
    # Whatever else ends in a slash: our own page instead of the server's.
    re_path(r"^[\s\S]*/$", pages.not_found, name="not-found"),
]
