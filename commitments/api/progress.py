"""Progress in numbers: every count of the progress page, of the whole record or of pledges asked for, as of a day."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_serializer, extend_schema_view, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from commitments.api.dated import DAY, Listed
from commitments.models import Bearing, Pledge, PublisherKind, Side, Trackability
from commitments.record import published
from commitments.record.filters import PledgeFilter
from commitments.record.numbers import Numbers
from commitments.record.tallies import Step, Tally


class CountedSerializer(serializers.Serializer[Tally]):
    """Pledges counted: `pledges` is the denominator; `not_assessable` are shown, never scored."""

    pledges = serializers.IntegerField(source="total")
    assessed = serializers.IntegerField()
    provisional = serializers.IntegerField(help_text="Of the assessed, those that wait for two people.")
    not_assessable = serializers.IntegerField()
    by_status = serializers.DictField(source="counts", child=serializers.IntegerField())
    by_grade = serializers.DictField(source="grades", child=serializers.IntegerField())


class PartSerializer(CountedSerializer):
    """The tally of a numbered part."""

    section = serializers.CharField()


class KindSerializer(CountedSerializer):
    """The tally of a trackability."""

    trackability = serializers.ChoiceField(choices=Trackability.choices)


class StepSerializer(serializers.Serializer[Step]):
    """How many pledges stood how from a day on."""

    since = serializers.DateField()
    pledges = serializers.IntegerField(source="total")
    by_status = serializers.DictField(source="counts", child=serializers.IntegerField())


class ItemsSerializer(serializers.Serializer[Any]):
    """Items of evidence of one kind of publisher and side."""

    publisher_kind = serializers.ChoiceField(choices=PublisherKind.choices)
    side = serializers.ChoiceField(choices=Side.choices)
    items = serializers.IntegerField()


_SOURCES = inline_serializer(
    "Sources",
    {
        "items": serializers.IntegerField(),
        "newest_published_on": serializers.DateField(allow_null=True),
        "by_publisher": ItemsSerializer(many=True),
        "by_bearing": serializers.DictField(child=serializers.IntegerField()),
    },
)
_PROGRESS = inline_serializer(
    "Progress",
    {
        "as_of": serializers.DateField(),
        "total": CountedSerializer(),
        "sections": PartSerializer(many=True),
        "trackability": KindSerializer(many=True),
        "published": StepSerializer(many=True),
        "world": StepSerializer(many=True),
        "evidence": _SOURCES,
    },
)


def _written(tally: Tally, **names: str) -> dict[str, Any]:
    return names | dict(CountedSerializer(tally).data)


#: One object, although its address is that of a list.
_ALONE = extend_schema_serializer(many=False)(type(_PROGRESS))


class AmongFilter(PledgeFilter):
    """What chooses pledges, whatever their order."""

    ordering = None


@extend_schema_view(list=extend_schema(parameters=[DAY], responses=_ALONE))
class ProgressViewSet(Listed):
    """Every count of the progress page, with its denominator. One object: it is not paged.

    The filters of the list of pledges choose those that are counted. Then `sections` are those in which one was found,
    and `evidence` is what bears on them.
    """

    pagination_class = None
    filterset_class = AmongFilter
    serializer_class = CountedSerializer

    def known(self) -> set[str]:
        """Return the parameters that are known here."""
        return {"as_of", *AmongFilter.base_filters}

    def get_queryset(self) -> QuerySet[Pledge]:
        """Return the pledges of the day."""
        return published.pledges(on=self.on)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the counts as of the day."""
        asked = any(request.query_params.get(name) for name in AmongFilter.base_filters)
        return Response(_counts(Numbers(self.on, self.filter_queryset(self.get_queryset()) if asked else None)))


def _counts(numbers: Numbers) -> dict[str, Any]:
    parts = [part for shelf in numbers.shelves for part in shelf.parts]
    return {
        "as_of": numbers.on,
        "total": _written(numbers.total),
        "sections": [_written(part.tally, section=str(part.section)) for part in parts],
        "trackability": [_written(tally, trackability=kind) for kind, tally in numbers.trackability],
        "published": [StepSerializer(step).data for step in numbers.published],
        "world": [StepSerializer(step).data for step in numbers.world],
        "evidence": _sources(numbers),
    }


def _sources(numbers: Numbers) -> dict[str, Any]:
    mix = numbers.mix
    return {
        "items": mix.total,
        "newest_published_on": numbers.newest_source,
        "by_publisher": [
            {"publisher_kind": kind, "side": side, "items": n} for (kind, side), n in sorted(mix.items.items())
        ],
        "by_bearing": {bearing: mix.bearings[bearing] for bearing in Bearing if mix.bearings.get(bearing)},
    }
