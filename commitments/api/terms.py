"""Who promises and where something was done, what pledges are about, and which rights they touch. For any day."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema_field, extend_schema_view
from rest_framework import serializers

from commitments.api.dated import AS_OF, Resource
from commitments.api.fields import TextMapField
from commitments.api.serializers import BearingSerializer
from commitments.models import Actor, Delivery, Pledge, Right, Theme
from commitments.record import actors, permanent, states, terms
from commitments.record.actors import Counted, Mentioned, Promiser, State
from commitments.record.tallies import Tally
from commitments.record.terms import Tagged
from commitments.record.weights import Weight

KINDS = (("party", "party"), ("institution", "institution"), ("state", "state"))


class WeightSerializer(serializers.Serializer[Weight]):
    """Items of evidence, the pledges on which they bear, and how often they do what: an item can bear on several."""

    items = serializers.IntegerField()
    pledges = serializers.IntegerField()
    supports = serializers.IntegerField()
    contradicts = serializers.IntegerField()
    context = serializers.IntegerField()  # type: ignore[assignment]  # a field of that name, not the base's


class ByStatusSerializer(serializers.Serializer[Tally]):
    """Pledges by status: `total` is the denominator, `provisional` is of those assessed."""

    total = serializers.IntegerField()
    assessed = serializers.IntegerField()
    provisional = serializers.IntegerField()
    not_assessable = serializers.IntegerField()
    statuses = serializers.SerializerMethodField()
    grades = serializers.DictField(child=serializers.IntegerField())

    @extend_schema_field(serializers.DictField(child=serializers.IntegerField()))
    def get_statuses(self, tally: Tally) -> dict[str, int]:
        """Status → pledges; every status is there."""
        return {status.value: tally.counts.get(status, 0) for status in Delivery}


def _codes(pledges: list[Pledge]) -> list[str]:
    return [pledge.code for pledge in pledges]


class ActorSerializer(serializers.Serializer[Any]):
    """Somebody who promises or is addressed (`party`, `institution`), or one of the 34 states as sources name it.

    `promises` and `is_promised` are null of a state, to which no promise is ascribed; `evidence` of all others.
    """

    slug = serializers.CharField()
    url = serializers.SerializerMethodField()
    kind = serializers.ChoiceField(choices=KINDS)
    country = serializers.CharField(allow_null=True, help_text="ISO 3166 code of a state.")
    name = TextMapField()
    promises = serializers.IntegerField(allow_null=True, help_text="Pledges that it made.")
    is_promised = serializers.IntegerField(allow_null=True, help_text="Pledges that were made to it.")
    evidence = WeightSerializer(allow_null=True)

    def to_representation(self, found: Any) -> dict[str, Any]:
        """Write somebody of either list."""
        return super().to_representation(_said(found))

    def get_url(self, said: dict[str, Any]) -> str:
        """Its page."""
        return permanent.page("actor", said["slug"])


def _said(found: Any) -> dict[str, Any]:
    if isinstance(found, Mentioned):
        state = {"slug": found.slug, "kind": "state", "country": found.code, "name": states.names(found.code)}
        return {**state, "promises": None, "is_promised": None, "evidence": found.weight, "found": found}
    made, to = (found.promised, found.addressed)
    counts = (made, to) if isinstance(found, Counted) else (len(made), len(to))
    who = {"slug": found.actor.slug, "kind": found.kind, "country": None, "name": found.actor.name}
    return {**who, "promises": counts[0], "is_promised": counts[1], "evidence": None, "found": found}


class NamingItemSerializer(serializers.Serializer[Any]):
    """An item of evidence that names the state, and the pledges on which it bears."""

    id = serializers.CharField(source="public_id")
    pledges = BearingSerializer(source="public_attachments", many=True)


class ActorDetailSerializer(ActorSerializer):
    """The same with the codes of the pledges and, of a state, with the items. Lists that do not apply are empty."""

    promised = serializers.SerializerMethodField()
    promised_to = serializers.SerializerMethodField()
    items = serializers.SerializerMethodField()

    def get_promised(self, said: dict[str, Any]) -> list[str]:
        """Codes of the pledges that it made."""
        found = said["found"]
        return _codes(found.promised) if isinstance(found, Promiser) else []

    def get_promised_to(self, said: dict[str, Any]) -> list[str]:
        """Codes of the pledges that were made to it."""
        found = said["found"]
        return _codes(found.addressed) if isinstance(found, Promiser) else []

    @extend_schema_field(NamingItemSerializer(many=True))
    def get_items(self, said: dict[str, Any]) -> Any:
        """The items that name the state, newest event first."""
        found = said["found"]
        return NamingItemSerializer(found.items, many=True).data if isinstance(found, State) else []


class TermSerializer(serializers.Serializer[Any]):
    """A word of a vocabulary, how the pledges coded with it stand, and what evidence bears on them."""

    slug = serializers.CharField(source="term.slug")
    url = serializers.SerializerMethodField()
    name = TextMapField(source="term.name")
    aliases = serializers.ListField(child=serializers.CharField(), source="term.aliases")
    tally = ByStatusSerializer()
    evidence = WeightSerializer(source="weight")

    def get_url(self, tagged: Tagged[Any]) -> str:
        """Its page."""
        return permanent.page("theme", tagged.term.slug)


class ThemeDetailSerializer(TermSerializer):
    """The same with the codes of the pledges, and of the numbers announced for their sections."""

    pledges = serializers.SerializerMethodField()
    targets = serializers.SerializerMethodField()

    def get_pledges(self, tagged: Tagged[Theme]) -> list[str]:
        """Codes of the pledges, in the order of the documents."""
        return _codes(tagged.pledges)

    def get_targets(self, tagged: Tagged[Theme]) -> list[str]:
        """Codes of the announced numbers."""
        found = terms.announced_beside(tagged.pledges, on=self.context["view"].on)
        return [target.code for target, _ in found]


class RightSerializer(TermSerializer):
    """A human right with the instrument that names it."""

    source = serializers.CharField(source="term.source")  # type: ignore[assignment]  # a field of that name
    pledges = serializers.SerializerMethodField()

    def get_url(self, tagged: Tagged[Right]) -> str:
        """The list of its pledges."""
        return f"{permanent.page('pledges')}?right={tagged.term.slug}"

    def get_pledges(self, tagged: Tagged[Right]) -> list[str]:
        """Codes of the pledges that touch it, in the order of the documents."""
        return _codes(tagged.pledges)


class _Terms(Resource):
    """A list that is computed: its members are found by their slug. `queryset` only tells the schema of what kind."""

    lookup_field = "slug"
    lookup_value_regex = r"[a-z0-9-]+"

    def one(self, slug: str) -> Any:
        """Return the member of this slug; None where there is none."""
        raise NotImplementedError

    def get_object(self) -> Any:
        """Return the member asked for."""
        found = self.one(self.kwargs["slug"])
        if found is None:
            raise Http404(f"There is nothing called {self.kwargs['slug']!r} here.")
        return found


@extend_schema_view(list=AS_OF, retrieve=AS_OF)
class ActorViewSet(_Terms):
    """Who promises, in the order of the vocabulary; then the 34 states as sources name them, by English names."""

    queryset = Actor.objects.none()

    def get_queryset(self) -> Any:
        """Return all of them."""
        return [*actors.promisers(on=self.on), *actors.places(on=self.on, language="en")[0]]

    def get_serializer_class(self) -> Any:
        """Return the serializer with or without the pledges and items."""
        return ActorDetailSerializer if self.action == "retrieve" else ActorSerializer

    def one(self, slug: str) -> Promiser | State | None:
        """Return somebody who promises, or a state."""
        code = states.at(slug)
        return actors.state(code, on=self.on) if code else actors.promiser(slug, on=self.on)


@extend_schema_view(list=AS_OF, retrieve=AS_OF)
class ThemeViewSet(_Terms):
    """What pledges are about, in the order of the vocabulary."""

    queryset = Theme.objects.none()

    def get_queryset(self) -> Any:
        """Return all themes."""
        return terms.themes(on=self.on)

    def get_serializer_class(self) -> Any:
        """Return the serializer with or without the pledges."""
        return ThemeDetailSerializer if self.action == "retrieve" else TermSerializer

    def one(self, slug: str) -> Tagged[Theme] | None:
        """Return a theme."""
        return terms.theme(slug, on=self.on)


@extend_schema_view(list=AS_OF, retrieve=AS_OF)
class RightViewSet(_Terms):
    """Which human rights pledges touch, in the order of the vocabulary."""

    queryset = Right.objects.none()
    serializer_class = RightSerializer

    def get_queryset(self) -> Any:
        """Return all rights."""
        return terms.rights(on=self.on)

    def one(self, slug: str) -> Tagged[Right] | None:
        """Return a right."""
        return next((one for one in terms.rights(on=self.on) if one.term.slug == slug), None)
