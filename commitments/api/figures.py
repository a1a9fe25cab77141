"""Indicators with their figures, and the numbers announced for sections. Both answer for any day, with `as_of`."""

from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import override
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from commitments.api.fields import TextMapField, page_of
from commitments.api.filters import IndicatorFilter, TargetFilter
from commitments.api.views import Resource
from commitments.clock import today
from commitments.models import DataPoint, Indicator, Target
from commitments.record import indicators

_AS_OF = extend_schema(
    parameters=[
        OpenApiParameter("as_of", OpenApiTypes.DATE, description="As of the end of this day (UTC), not after today.")
    ]
)


class PointSerializer(serializers.ModelSerializer[DataPoint]):
    """One dated figure. Of a year or month that alone is known, `on` is the last day."""

    id = serializers.CharField(source="public_id")
    value = serializers.FloatField()
    evidence = serializers.CharField(source="item", allow_null=True)
    note = TextMapField()
    why = TextMapField()
    corrects = serializers.CharField(source="corrects.public_id", default=None, allow_null=True)

    class Meta:
        model = DataPoint
        said = ("id", "on", "precision", "value", "kind", "source_url", "publisher", "evidence", "note")
        fields = (*said, "published_at", "corrects", "why")


class CorrectedSerializer(PointSerializer):
    """A figure that another has taken the place of."""

    corrected_by = serializers.SerializerMethodField()

    class Meta(PointSerializer.Meta):
        fields = (*PointSerializer.Meta.fields, "corrected_by")  # type: ignore[assignment]

    def get_corrected_by(self, point: DataPoint) -> str:
        """The figure that stands in its place."""
        return f"P{point.undone_by}"  # type: ignore[attr-defined]


class IndicatorSerializer(serializers.ModelSerializer[Indicator]):
    """A series of figures of one kind and unit. `points` stand; `corrected` are kept for the record."""

    url = serializers.SerializerMethodField()
    title = TextMapField()
    unit = TextMapField()
    note = TextMapField()
    sections = serializers.StringRelatedField(many=True)  # type: ignore[var-annotated]
    targets = serializers.SlugRelatedField(slug_field="code", many=True, read_only=True)  # type: ignore[var-annotated]
    points = serializers.SerializerMethodField()
    corrected = serializers.SerializerMethodField()

    class Meta:
        model = Indicator
        fields = ("slug", "url", "title", "unit", "note", "sections", "targets", "points", "corrected")

    def get_url(self, indicator: Indicator) -> str:
        """The indicator's page."""
        return page_of(indicator)

    @extend_schema_field(PointSerializer(many=True))
    def get_points(self, indicator: Indicator) -> Any:
        """The figures that stand, oldest first."""
        return PointSerializer(indicators.standing(indicator), many=True).data

    @extend_schema_field(CorrectedSerializer(many=True))
    def get_corrected(self, indicator: Indicator) -> Any:
        """The figures that were corrected, oldest first."""
        return CorrectedSerializer(indicators.undone(indicator), many=True).data


class TargetSerializer(serializers.ModelSerializer[Target]):
    """A number announced for a section. It stands beside the pledges and is not counted as one."""

    url = serializers.SerializerMethodField()
    document = serializers.CharField(source="section.document.slug")
    section = serializers.CharField(source="section.number")
    title = TextMapField()
    quantity = serializers.FloatField()
    unit = TextMapField()
    period = TextMapField()
    note = TextMapField()
    indicators = serializers.SerializerMethodField()
    evidence = serializers.SerializerMethodField()

    class Meta:
        model = Target
        said = ("code", "url", "document", "section", "title", "quantity", "unit", "period", "baseline_on")
        source = ("source_url", "source_publisher", "source_published_on")
        fields = (*said, *source, "note", "indicators", "evidence")

    def get_url(self, target: Target) -> str:
        """The number's page."""
        with override("en"):
            return f"{settings.SITE_URL}{reverse('target', args=[target.code])}"

    def get_indicators(self, target: Target) -> list[str]:
        """The indicators that count what was announced."""
        return [indicator.slug for indicator in target.public_indicators]  # type: ignore[attr-defined]

    def get_evidence(self, target: Target) -> list[str]:
        """The items that concern it."""
        return [item.public_id for item in target.public_evidence]  # type: ignore[attr-defined]


class Dated(Resource):
    """A resource that answers for any day up to today."""

    _asked: date | None = None

    @property
    def on(self) -> date:
        """The day for which it answers."""
        return self._asked or today()

    def known(self) -> set[str]:
        """Return the parameters that are known here."""
        return super().known() | {"as_of"}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Read the day asked for; raise ValidationError where it is none, or has not come yet."""
        super().initial(request, *args, **kwargs)
        asked = request.query_params.get("as_of")
        self._asked = _day(asked) if asked is not None else None


def _day(text: str) -> date:
    try:
        day = parse_date(text) if len(text) == len("2026-11-22") else None
    except ValueError:
        day = None
    if day is None:
        raise ValidationError({"as_of": ["Must be a day, such as 2026-11-22."]})
    if day > today():
        raise ValidationError({"as_of": ["This day has not come yet."]})
    return day


@extend_schema_view(list=_AS_OF, retrieve=_AS_OF)
class IndicatorViewSet(Dated):
    """Dated figures beside sections and announced numbers, each with its source."""

    serializer_class = IndicatorSerializer
    filterset_class = IndicatorFilter
    lookup_field = "slug"
    lookup_value_regex = r"[a-z0-9-]+"

    def get_queryset(self) -> QuerySet[Indicator]:
        """Return the indicators that were public on the day."""
        return indicators.indicators(on=self.on)


@extend_schema_view(list=_AS_OF, retrieve=_AS_OF)
class TargetViewSet(Dated):
    """Numbers announced for sections, with what is measured beside them and the sources that concern them."""

    serializer_class = TargetSerializer
    filterset_class = TargetFilter
    lookup_field = "code"
    lookup_value_regex = r"[a-z0-9-]+"

    def get_queryset(self) -> QuerySet[Target]:
        """Return the announced numbers."""
        return indicators.with_what_concerns(indicators.targets(), on=self.on)
