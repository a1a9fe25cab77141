"""`/api/v1/`: the resources, their OpenAPI description and its pages."""

from django.urls import path, re_path
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from commitments.api import comparison, figures, log, problems, progress, terms, views
from commitments.throttling import throttled

router = SimpleRouter()
router.register("documents", views.DocumentViewSet, "api-document")
router.register("sections", views.SectionViewSet, "api-section")
router.register("passages", views.PassageViewSet, "api-passage")
router.register("updates", views.UpdateViewSet, "api-update")
router.register("evidence", views.EvidenceViewSet, "api-evidence")
router.register("indicators", figures.IndicatorViewSet, "api-indicator")
router.register("targets", figures.TargetViewSet, "api-target")
router.register("differences", comparison.DifferenceViewSet, "api-difference")
router.register("changes", comparison.ChangeViewSet, "api-change")
router.register("log", log.EntryViewSet, "api-log")
router.register("progress", progress.ProgressViewSet, "api-progress")
router.register("actors", terms.ActorViewSet, "api-actor")
router.register("themes", terms.ThemeViewSet, "api-theme")
router.register("rights", terms.RightViewSet, "api-right")
router.register("pledges", views.PledgeViewSet, "api-pledge")

urlpatterns = [
    path("", views.Root.as_view(), name="api-root"),
    path("schema/", views.Description.as_view(), name="api-schema"),
    # Script and styles in files of their own: the content security policy allows nothing inline.
    path(
        "docs/",
        SpectacularSwaggerSplitView.as_view(url_name="api-schema", template_name="pages/api_docs.html"),
        name="api-docs",
    ),
    path("guide/", throttled(views.guide), name="api-guide"),
    *router.urls,
    re_path(r"^(?P<rest>.*)$", throttled(problems.not_found)),
]
