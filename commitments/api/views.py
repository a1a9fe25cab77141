"""The resources: documents, sections, passages, pledges."""

from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from commitments.api.answering import Answering
from commitments.api.dated import AS_OF, Listed, Resource, refuse_misasked
from commitments.api.filters import PassageFilter, SectionFilter
from commitments.api.serializers import (
    DocumentSerializer,
    DocumentTextSerializer,
    EvidenceSerializer,
    PassageSerializer,
    PledgeSerializer,
    SectionSerializer,
    UpdateSerializer,
)
from commitments.conditional import Validator
from commitments.exports.validators import of_code
from commitments.models import Document, Evidence, Passage, Pledge, Section, StatusUpdate
from commitments.record import published
from commitments.record.filters import PledgeFilter
from commitments.record.sources import EvidenceFilter
from commitments.record.updates import UpdateFilter

#: The address in the guide that stands for this site's.
EXAMPLE = "https://pledges.example.org"
RESOURCES = {
    "documents": "document",
    "sections": "section",
    "passages": "passage",
    "pledges": "pledge",
    "updates": "update",
    "evidence": "evidence",
    "indicators": "indicator",
    "targets": "target",
    "progress": "progress",
    "actors": "actor",
    "themes": "theme",
    "rights": "right",
    "log": "log",
    "differences": "difference",
    "changes": "change",
}


@extend_schema_view(list=AS_OF, retrieve=AS_OF)
class DocumentViewSet(Resource):
    """The tracked documents; one alone comes with the texts of its renditions."""

    lookup_field = "slug"
    lookup_value_regex = r"[a-z0-9-]+"

    def get_queryset(self) -> QuerySet[Document]:
        """Return the documents, with the texts only for one alone."""
        return published.documents(texts=self.action == "retrieve")

    def get_serializer_class(self) -> Any:
        """Return the serializer with or without the texts."""
        return DocumentTextSerializer if self.action == "retrieve" else DocumentSerializer


@extend_schema_view(list=AS_OF, retrieve=AS_OF)
class SectionViewSet(Resource):
    """The numbered parts, by code: `SPC-3`, `FMP-2`, `FMP-2.11`."""

    serializer_class = SectionSerializer
    filterset_class = SectionFilter
    lookup_field = "code"
    lookup_value_regex = r"[A-Za-z]{2,8}-[0-9]{1,4}(?:\.[0-9]{1,4})?"

    def get_queryset(self) -> QuerySet[Section]:
        """Return all sections in the order of the documents."""
        return published.sections()

    def get_object(self) -> Section:
        """Return the section of the code."""
        document, _, number = self.kwargs["code"].upper().partition("-")
        section = self.get_queryset().filter(document__code=document, number=number).first()
        if section is None:
            raise Http404(f"There is no section {self.kwargs['code']}.")
        return section


@extend_schema_view(list=AS_OF)
class PassageViewSet(Listed):
    """Every sentence of every rendition, with its role and its pledges."""

    serializer_class = PassageSerializer
    filterset_class = PassageFilter

    def get_queryset(self) -> QuerySet[Passage]:
        """Return all sentences in the order of the renditions."""
        return published.passages(on=self.on)


@extend_schema_view(list=AS_OF, retrieve=AS_OF)
class PledgeViewSet(Resource):
    """The pledges, with the filters of the list."""

    serializer_class = PledgeSerializer
    filterset_class = PledgeFilter
    lookup_field = "code"
    lookup_value_regex = r"[A-Za-z]{2,8}-[0-9.]{1,16}"
    capitals = True

    def get_queryset(self) -> QuerySet[Pledge]:
        """Return the pledges that were public on the day."""
        return published.counted(published.whole(on=self.on), on=self.on)


@extend_schema_view(list=AS_OF, retrieve=AS_OF)
class EvidenceViewSet(Resource):
    """The sources, and on which pledges each bears."""

    serializer_class = EvidenceSerializer
    filterset_class = EvidenceFilter
    lookup_field = "public_id"
    lookup_url_kwarg = "id"
    lookup_value_regex = r"[Ee][0-9]{4,7}"
    capitals = True

    def get_queryset(self) -> QuerySet[Evidence]:
        """Return the items that were public on the day."""
        return published.with_pledges(published.evidence(on=self.on), on=self.on).prefetch_related("targets")


@extend_schema_view(list=AS_OF, retrieve=AS_OF)
class UpdateViewSet(Resource):
    """Every published update, newest number first; corrected ones too, with what corrects them."""

    serializer_class = UpdateSerializer
    filterset_class = UpdateFilter
    lookup_field = "seq"
    lookup_url_kwarg = "id"
    lookup_value_regex = r"[Uu][0-9]{1,9}"

    def get_queryset(self) -> QuerySet[StatusUpdate]:
        """Return the updates that were public on the day."""
        return published.updates_with_citations(on=self.on)

    def get_object(self) -> StatusUpdate:
        """Return the update of the id, `U` and its number in the public log."""
        update = self.get_queryset().filter(seq=int(self.kwargs["id"][1:])).first()
        if update is None:
            raise Http404(f"There is no update {self.kwargs['id']}.")
        return update


class Root(Answering):
    """The resources and where they are."""

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request) -> Response:
        """Return resource → address."""
        refuse_misasked(request)
        return Response({name: f"{settings.SITE_URL}{reverse(f'api-{one}-list')}" for name, one in RESOURCES.items()})

    def validator(self, request: Request) -> Validator:
        """Return by what the list of resources is known again: the code that names them."""
        return of_code(request)


class Description(Answering, SpectacularAPIView):
    """The OpenAPI description; `format=json` gives it as JSON. It speaks English, and has one version."""

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the description; the languages and versions that the base class would take are refused."""
        refuse_misasked(request)
        return cast("Response", super().get(request, *args, **kwargs))  # type: ignore[no-untyped-call]  # theirs


@require_safe
def guide(request: HttpRequest) -> HttpResponse:
    """Give out docs/api.md: how to ask, what may change, and a worked example that asks this site."""
    text = Path(settings.BASE_DIR, "docs", "api.md").read_text()
    return HttpResponse(text.replace(EXAMPLE, settings.SITE_URL), content_type="text/plain; charset=utf-8")
