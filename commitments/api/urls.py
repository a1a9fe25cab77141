"""`/api/v1/`: the resources, their OpenAPI description and its pages."""

from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from commitments.api import figures, problems, views

router = SimpleRouter()
router.register("documents", views.DocumentViewSet, "api-document")
router.register("sections", views.SectionViewSet, "api-section")
router.register("passages", views.PassageViewSet, "api-passage")
router.register("updates", views.UpdateViewSet, "api-update")
router.register("evidence", views.EvidenceViewSet, "api-evidence")
router.register("indicators", figures.IndicatorViewSet, "api-indicator")
router.register("targets", figures.TargetViewSet, "api-target")
router.register("pledges", views.PledgeViewSet, "api-pledge")

urlpatterns = [
    path("", views.Root.as_view(), name="api-root"),
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    # Script and styles in files of their own: the content security policy allows nothing inline.
    path(
        "docs/",
        SpectacularSwaggerSplitView.as_view(url_name="api-schema", template_name="pages/api_docs.html"),
        name="api-docs",
    ),
    *router.urls,
    re_path(r"^(?P<rest>.*)$", problems.not_found),
]
