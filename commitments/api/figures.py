"""Indicators with their figures, and the numbers announced for sections. Both answer for any day, with `as_of`."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field, extend_schema_view
from rest_framework import serializers

from commitments.api.dated import AS_OF, Resource
from commitments.api.fields import TextMapField
from commitments.api.filters import IndicatorFilter, TargetFilter
from commitments.models import DataPoint, Indicator, Target
from commitments.record import indicators, permanent


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
        return permanent.address(indicator)

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
        return permanent.of_target(target)

    def get_indicators(self, target: Target) -> list[str]:
        """The indicators that count what was announced."""
        return [indicator.slug for indicator in target.public_indicators]  # type: ignore[attr-defined]

    def get_evidence(self, target: Target) -> list[str]:
        """The items that concern it."""
        return [item.public_id for item in target.public_evidence]  # type: ignore[attr-defined]


@extend_schema_view(list=AS_OF, retrieve=AS_OF)
class IndicatorViewSet(Resource):
    """Dated figures beside sections and announced numbers, each with its source."""

    serializer_class = IndicatorSerializer
    filterset_class = IndicatorFilter
    lookup_field = "slug"
    lookup_value_regex = r"[a-z0-9-]+"

    def get_queryset(self) -> QuerySet[Indicator]:
        """Return the indicators that were public on the day."""
        return indicators.indicators(on=self.on)


@extend_schema_view(list=AS_OF, retrieve=AS_OF)
class TargetViewSet(Resource):
    """Numbers announced for sections, with what is measured beside them and the sources that concern them."""

    serializer_class = TargetSerializer
    filterset_class = TargetFilter
    lookup_field = "code"
    lookup_value_regex = r"[a-z0-9-]+"

    def get_queryset(self) -> QuerySet[Target]:
        """Return the numbers that had been announced by the day."""
        return indicators.with_what_concerns(indicators.targets(on=self.on), on=self.on)
