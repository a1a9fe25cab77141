"""Addresses of files and for machines: no language, no cookie."""

from django.urls import path, re_path

from commitments.exports import cite, sitemaps, views
from commitments.throttling import throttled

#: As how many requests a file counts: about as much work as so many pages of the API.
TABLE, PACKAGE = 2, 30

urlpatterns = [
    path("export/datapackage.zip", throttled(views.datapackage, cost=PACKAGE), name="datapackage"),
    re_path(
        r"^export/(?P<name>pledges|updates|evidence)\.(?P<form>csv|xlsx|json)$",
        throttled(views.table, cost=TABLE),
        name="export",
    ),
    path("releases/<str:version>/<str:name>", throttled(views.released), name="release-file"),
    re_path(r"^cite/(?P<key>[A-Za-z0-9.-]{1,80})\.(?P<form>bib|ris|json|txt)$", throttled(cite.cite), name="cite"),
    path("sitemap.xml", throttled(sitemaps.index), name="sitemap"),
    path("sitemap-<slug:section>.xml", throttled(sitemaps.section), name="sitemap-section"),
    path("robots.txt", sitemaps.robots, name="robots"),
]
