"""The resources: documents, sections, passages, pledges."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commitments.api.filters import PassageFilter, SectionFilter
from commitments.api.serializers import (
    DocumentSerializer,
    DocumentTextSerializer,
    PassageSerializer,
    PledgeSerializer,
    SectionSerializer,
)
from commitments.clock import today
from commitments.models import Document, Passage, Pledge, Section
from commitments.record import published
from commitments.record.filters import PledgeFilter

RESOURCES = ("documents", "sections", "passages", "pledges")


class Resource(viewsets.ReadOnlyModelViewSet[Any]):
    """Read-only, filtered, paged; refuses parameters that it does not know."""

    filter_backends = (DjangoFilterBackend,)
    filterset_class: Any = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse unknown parameters before anything is read."""
        super().initial(request, *args, **kwargs)
        known = {"format"}
        if self.action == "list":
            known |= {"page", "page_size", *(self.filterset_class.base_filters if self.filterset_class else ())}
        unknown = sorted(set(request.query_params) - known)
        if unknown:
            known_here = ", ".join(sorted(known - {"format"})) or "none"
            raise ValidationError({name: [f"Unknown parameter. Known here: {known_here}."] for name in unknown})


class DocumentViewSet(Resource):
    """The tracked documents; one alone comes with the texts of its renditions."""

    lookup_field = "slug"

    def get_queryset(self) -> QuerySet[Document]:
        """Return the documents, with the texts only for one alone."""
        return published.documents(texts=self.action == "retrieve")

    def get_serializer_class(self) -> Any:
        """Return the serializer with or without the texts."""
        return DocumentTextSerializer if self.action == "retrieve" else DocumentSerializer


class SectionViewSet(Resource):
    """The numbered parts, by code: `SPC-3`, `FMP-2`, `FMP-2.11`."""

    serializer_class = SectionSerializer
    filterset_class = SectionFilter
    lookup_field = "code"
    lookup_value_regex = r"[A-Z]+-\d+(?:\.\d+)?"

    def get_queryset(self) -> QuerySet[Section]:
        """Return all sections in the order of the documents."""
        return published.sections()

    def get_object(self) -> Section:
        """Return the section of the code."""
        document, _, number = self.kwargs["code"].partition("-")
        section = self.get_queryset().filter(document__code=document, number=number).first()
        if section is None:
            raise Http404(f"There is no section {self.kwargs['code']}.")
        return section


class PassageViewSet(Resource):
    """Every sentence of every rendition, with its role and its pledges."""

    serializer_class = PassageSerializer
    filterset_class = PassageFilter

    def get_queryset(self) -> QuerySet[Passage]:
        """Return all sentences in the order of the renditions."""
        return published.passages()


class PledgeViewSet(Resource):
    """The pledges, with the filters of the list."""

    serializer_class = PledgeSerializer
    filterset_class = PledgeFilter
    lookup_field = "code"
    lookup_value_regex = r"[^/]+"

    def get_queryset(self) -> QuerySet[Pledge]:
        """Return the pledges that are public today."""
        return published.whole(on=today())


class Root(APIView):
    """The resources and where they are."""

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request) -> Response:
        """Return resource → address."""
        return Response({name: f"{settings.SITE_URL}{reverse(f'api-{name[:-1]}-list')}" for name in RESOURCES})
