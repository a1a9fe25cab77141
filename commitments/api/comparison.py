"""Comparisons: where renditions differ, and what changed in the record between the ends of two days."""

from datetime import date
from typing import Any

import django_filters as df
from django.db.models import QuerySet
from django.http import QueryDict
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    extend_schema,
    extend_schema_field,
    extend_schema_serializer,
    extend_schema_view,
)
from rest_framework import serializers, viewsets
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from commitments.api.answering import Answering
from commitments.api.dated import AS_OF, FilterBackend, Listed, refuse_misasked
from commitments.api.fields import TextMapField
from commitments.clock import UnknownDayError, asked_day
from commitments.models import (
    Attachment,
    Bearing,
    Delivery,
    Difference,
    DifferenceKind,
    Pledge,
    Reply,
    StatusUpdate,
    UpdateKind,
    Wording,
)
from commitments.record import differences, permanent, published
from commitments.record.between import between, month_before
from commitments.record.compared import Aspect, Between, Counted, Moved, Recoded, Stood, Tally
from commitments.record.filters import PledgeFilter
from commitments.record.flags import Flag
from commitments.record.values import many


def _numbers() -> list[tuple[str, str]]:
    numbers = published.sections().values_list("number", flat=True)
    return [(number, number) for number in dict.fromkeys(numbers)]


class DifferenceFilter(df.FilterSet):
    """Differences by document, kind, and the section that their words stand in."""

    document = df.ModelChoiceFilter(queryset=published.documents(), to_field_name="slug")
    kind = df.ChoiceFilter(choices=DifferenceKind.choices)
    section = df.ChoiceFilter(choices=_numbers, method="by_section", label="Number of a section")

    class Meta:
        model = Difference
        fields = ("document", "kind", "section")

    def by_section(self, qs: QuerySet[Difference], name: str, value: str) -> QuerySet[Difference]:
        """Keep the differences with words in a section of this number."""
        return differences.in_section(qs, value) if value else qs


class WordingSerializer(serializers.ModelSerializer[Wording]):
    """The words of one rendition at which it differs."""

    rendition = serializers.CharField(source="rendition.key")
    language = serializers.CharField(source="rendition.language")
    authority = serializers.CharField(source="rendition.authority")
    text = serializers.CharField(source="exact")

    class Meta:
        model = Wording
        fields = ("rendition", "language", "authority", "text", "start", "end")


class DifferenceSerializer(serializers.ModelSerializer[Difference]):
    """A place, or several where it recurs, at which renditions differ in substance; `section` is its first."""

    url = serializers.SerializerMethodField()
    document = serializers.CharField(source="document.slug")
    section = serializers.CharField(source="section.number", default=None, allow_null=True)
    note = TextMapField()
    words = WordingSerializer(source="wordings", many=True)
    pledges = serializers.SerializerMethodField()

    class Meta:
        model = Difference
        fields = ("code", "url", "document", "section", "kind", "note", "words", "pledges")

    def get_url(self, difference: Difference) -> str:
        """Its place in the list of its document: its permanent address."""
        return permanent.address(difference)

    def get_pledges(self, difference: Difference) -> list[str]:
        """The codes of the pledges whose quoted words it touches."""
        return [pledge.code for pledge in self.context["touched"][difference.pk]]


@extend_schema_view(list=AS_OF)
class DifferenceViewSet(Listed):
    """Where renditions differ in substance, in the exact words of each. `as_of` is the day of the pledges."""

    serializer_class = DifferenceSerializer
    filterset_class = DifferenceFilter

    def get_queryset(self) -> QuerySet[Difference]:
        """Return all differences in the order of the documents."""
        return differences.differences()

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return a page of them, each with the pledges that it touches."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        context = {**self.get_serializer_context(), "touched": differences.touched(page, on=self.on)}
        return self.get_paginated_response(DifferenceSerializer(page, many=True, context=context).data)


class StoodSerializer(serializers.Serializer[Stood]):
    """How a pledge stood at the end of a day."""

    status = serializers.ChoiceField(choices=Delivery.choices, source="standing.value")
    grade = serializers.SerializerMethodField()
    provisional = serializers.BooleanField(source="standing.provisional")
    effective_on = serializers.DateField(source="standing.update.effective_on", default=None, allow_null=True)
    update = serializers.CharField(  # type: ignore[assignment]  # a field of that name, not the base's method
        source="standing.update.public_id", default=None, allow_null=True
    )
    flags = serializers.ListField(child=serializers.ChoiceField(choices=Flag.choices))
    coding_version = serializers.IntegerField(source="coding.version")

    def get_grade(self, stood: Stood) -> str | None:
        """The evidence grade; null where the status needs none."""
        return stood.standing.grade or None


class RecodedSerializer(serializers.Serializer[Recoded]):
    """A field of the coding before and after: a map of texts, a list of terms, or a value."""

    field = serializers.CharField()
    before = serializers.SerializerMethodField()
    after = serializers.SerializerMethodField()

    @extend_schema_field(OpenApiTypes.ANY)
    def get_before(self, recoded: Recoded) -> Any:
        """What it said."""
        return _plain(recoded.before)

    @extend_schema_field(OpenApiTypes.ANY)
    def get_after(self, recoded: Recoded) -> Any:
        """What it says."""
        return _plain(recoded.after)


def _plain(value: Any) -> Any:
    return [term.slug for term in value] if isinstance(value, tuple) else value


class CauseSerializer(serializers.ModelSerializer[StatusUpdate]):
    """An update that was published, or took effect, in between."""

    id = serializers.CharField(source="public_id")
    kind = serializers.ChoiceField(choices=UpdateKind.choices)
    corrects = serializers.CharField(source="corrects.public_id", default=None, allow_null=True)

    class Meta:
        model = StatusUpdate
        fields = ("id", "kind", "status", "effective_on", "published_at", "provisional", "corrects")


class BroughtSerializer(serializers.Serializer[Attachment]):
    """An item of evidence that became public beside the pledge."""

    id = serializers.CharField(source="evidence.public_id")
    bearing = serializers.ChoiceField(choices=Bearing.choices, source="bearing_then")


class TurnedSerializer(serializers.Serializer[Attachment]):
    """An item that is said to do otherwise to the pledge than on the first day."""

    id = serializers.CharField(source="evidence.public_id")
    before = serializers.ChoiceField(choices=Bearing.choices, source="bearing_before")
    after = serializers.ChoiceField(choices=Bearing.choices, source="bearing_then")


class SupersededSerializer(serializers.Serializer[Attachment]):
    """An item beside the pledge that another has taken the place of."""

    id = serializers.CharField(source="evidence.public_id")
    by = serializers.CharField(source="successor")


class RepliedSerializer(serializers.ModelSerializer[Reply]):
    """A reply that was published; `replaces` names the one that stood before."""

    id = serializers.CharField(source="public_id")
    replaces = serializers.CharField(source="replaces.public_id", default=None, allow_null=True)

    class Meta:
        model = Reply
        fields = ("id", "side", "published_at", "replaces")


class MovedSerializer(serializers.Serializer[Moved]):
    """A pledge of which something changed; `before` is null where it was not public on the first day."""

    code = serializers.CharField(source="pledge.code")
    url = serializers.SerializerMethodField()
    changed = serializers.SerializerMethodField()
    before = StoodSerializer(allow_null=True)
    after = StoodSerializer()
    coding = RecodedSerializer(source="recoded", many=True)
    updates = CauseSerializer(many=True)
    evidence = BroughtSerializer(many=True)
    turned = TurnedSerializer(source="beside.turned", many=True)
    superseded = SupersededSerializer(source="beside.superseded", many=True)
    replies = RepliedSerializer(source="beside.replies", many=True)

    def get_url(self, moved: Moved) -> str:
        """The pledge's page."""
        return permanent.address(moved.pledge)

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(choices=Aspect.choices)))
    def get_changed(self, moved: Moved) -> list[str]:
        """In what respects something changed."""
        return [aspect.value for aspect in Aspect if aspect in moved.aspects]


@extend_schema_serializer(component_name="StatusCount")
class TallySerializer(serializers.Serializer[Tally]):
    """How many pledges had a status at the end of each day."""

    status = serializers.ChoiceField(choices=Delivery.choices, source="standing.value")
    before = serializers.IntegerField()
    after = serializers.IntegerField()


class BothDaysSerializer(serializers.Serializer[Counted]):
    """How many pledges at the end of each day."""

    before = serializers.IntegerField()
    after = serializers.IntegerField()


class _DaysSerializer(serializers.Serializer[Between]):
    before = serializers.IntegerField(help_text="Pledges at the end of the first day.")
    after = serializers.IntegerField(help_text="Pledges at the end of the second day.")
    statuses = TallySerializer(source="tallies", many=True)
    assessed = BothDaysSerializer(help_text="Pledges on which something is said of the deed.")
    provisional = BothDaysSerializer(help_text="Of these, what waits for two people to confirm it.")
    grades = serializers.SerializerMethodField()

    @extend_schema_field(serializers.DictField(child=BothDaysSerializer()))
    def get_grades(self, found: Between) -> Any:
        """Statuses by evidence grade."""
        return {grade: BothDaysSerializer(counted).data for grade, counted in found.grades}

    def get_fields(self) -> dict[str, Any]:
        """Return the fields; `from` is no name that a class can have."""
        days = {"from": serializers.DateField(source="first"), "to": serializers.DateField(source="last")}
        return days | super().get_fields()


@extend_schema_serializer(many=False)
class ChangesSerializer(_DaysSerializer):
    """A page of what changed, with the counts of both days."""

    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = MovedSerializer(many=True)


_DAYS = [
    OpenApiParameter("from", OpenApiTypes.DATE, description="From the end of this day (UTC); 30 days before `to`."),
    OpenApiParameter("to", OpenApiTypes.DATE, description="To the end of this day (UTC), not after today; today."),
]


#: The answer is no bare page, so that they are not found in the code.
_PAGES = [OpenApiParameter("page", OpenApiTypes.INT), OpenApiParameter("page_size", OpenApiTypes.INT)]


class ChangeViewSet(Answering, viewsets.GenericViewSet[Pledge]):
    """What changed between the ends of two days.

    Two clocks run in the record: since when something is so, and since when readers could know. A change may come from
    something new, from a correction or withdrawal, or from an update published later that counts from an earlier day.
    """

    filter_backends = (FilterBackend,)  # for the description of the API
    filterset_class = PledgeFilter
    serializer_class = MovedSerializer  # type: ignore[assignment]  # of pledges that moved
    known = ("from", "to", "page", "page_size", *(name for name in PledgeFilter.base_filters if name != "ordering"))

    def get_queryset(self) -> QuerySet[Pledge]:
        """Return the pledges of today: only for the description of the API."""
        return published.pledges(on=asked_day(None))

    @extend_schema(parameters=[*_DAYS, *_PAGES], responses=ChangesSerializer, filters=True)
    def list(self, request: Request) -> Response:
        """Return the pledges of which something changed, in the order of the record, with the counts of both days."""
        refuse_misasked(request, self.known, many(PledgeFilter))
        first, last = days_of(request.query_params)
        asked = PledgeFilter(request.query_params, queryset=published.pledges(on=last))
        if not asked.is_valid():
            raise ValidationError({name: list(errors) for name, errors in asked.form.errors.items()})

        def ask(found: QuerySet[Pledge]) -> QuerySet[Pledge]:
            return PledgeFilter(request.query_params, queryset=found).qs  # type: ignore[no-any-return]

        found = between(first, last, ask if self.asks(request.query_params) else None)
        page: Any = self.paginate_queryset(found.moved)
        answer = self.get_paginated_response(MovedSerializer(page, many=True).data)
        answer.data = {**_DaysSerializer(found).data, **answer.data}
        return answer

    def asks(self, data: QueryDict) -> bool:
        """Tell whether the pledges are narrowed down."""
        return any(data.get(name) for name in PledgeFilter.base_filters)


def days_of(data: QueryDict) -> tuple[date, date]:
    """Return the days `from` and `to`; raise ValidationError where one is none, or they stand in the wrong order."""
    days, problems = {}, {}
    for name in ("from", "to"):
        try:
            days[name] = asked_day(data.get(name))
        except UnknownDayError as problem:
            problems[name] = [str(problem)]
    if problems:
        raise ValidationError(problems)
    first = days["from"] if "from" in data else month_before(days["to"])
    if days["to"] < first:
        raise ValidationError({"to": [f"Lies before from={first}: swap the two days."]})
    return first, days["to"]
