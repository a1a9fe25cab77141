"""Progress in numbers: every count of the progress page, of the whole record, as of a day."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_serializer, extend_schema_view, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from commitments.api.dated import DAY, Listed
from commitments.models import Bearing, PublisherKind, Side, Trackability
from commitments.record import activity, tallies
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


@extend_schema_view(list=extend_schema(parameters=[DAY], responses=_ALONE))
class ProgressViewSet(Listed):
    """Every count of the progress page, with its denominator. One object: it is not paged."""

    pagination_class = None
    filter_backends: Any = ()
    serializer_class = CountedSerializer

    def known(self) -> set[str]:
        """Return the parameters that are known here."""
        return {"as_of"}

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the counts as of the day."""
        return Response(self._counts())

    def _counts(self) -> dict[str, Any]:
        cells = tallies.cells(on=self.on)
        parts = [part for shelf in tallies.shelves(cells) for part in shelf.parts]
        return {
            "as_of": self.on,
            "total": _written(tallies.tally(cells)),
            "sections": [_written(part.tally, section=str(part.section)) for part in parts],
            "trackability": [_written(tally, trackability=kind) for kind, tally in tallies.by_trackability(cells)],
            "published": [StepSerializer(step).data for step in tallies.as_published(on=self.on)],
            "world": [StepSerializer(step).data for step in tallies.in_the_world(on=self.on)],
            "evidence": self._sources(),
        }

    def _sources(self) -> dict[str, Any]:
        mix = activity.mix(on=self.on)
        return {
            "items": mix.total,
            "newest_published_on": activity.newest_source(on=self.on),
            "by_publisher": [
                {"publisher_kind": kind, "side": side, "items": n} for (kind, side), n in sorted(mix.items.items())
            ],
            "by_bearing": {bearing: mix.bearings[bearing] for bearing in Bearing if mix.bearings.get(bearing)},
        }
