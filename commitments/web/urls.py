"""The pages, each under a language."""

from django.urls import path, re_path

from commitments.web import documents, pages, pledges

urlpatterns = [
    path("", pages.overview, name="overview"),
    path("documents/", documents.documents, name="documents"),
    path("documents/<slug:slug>/", documents.reading, name="document"),
    path("pledges/", pledges.pledge_list, name="pledges"),
    path("pledges/<str:code>/", pledges.pledge, name="pledge"),
    path("methodology/", pages.methodology, name="methodology"),
    path("about/", pages.about, name="about"),
    path("privacy/", pages.privacy, name="privacy"),
    # Whatever else ends in a slash: our own page instead of the server's. The machines' addresses are left out,
    # because the locale middleware sends a 404 to any address that would be valid under a language.
    re_path(r"^(?!api/|admin/|static/|healthz|readyz).*/$", pages.not_found, name="not-found"),
]
