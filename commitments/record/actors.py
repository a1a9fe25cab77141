"""Who promised, as the texts have it; and in which states something happened, as the sources found have it.

The two are never one list. Who promises, and to whom, are words of the vocabulary that a coding gives to a pledge. A
state stands here because sources name it: where it happened, who acted. Neither is ranked.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from commitments.models import Actor, Evidence, Pledge
from commitments.record import published, states
from commitments.record.tallies import Tally
from commitments.record.terms import pledges_with, tagged, tally_of
from commitments.record.weights import Borne, Weight, borne, of_attachments, weigh

#: Words of the vocabulary that name a body with an organisation; the others name a side, or a group that is addressed.
INSTITUTIONS = frozenset({"npc", "cpc", "lac-parliaments", "lac-parties", "lac-regional-bodies"})


@dataclass(frozen=True)
class Counted:
    """Somebody who promises, or to whom something is promised, with how many pledges."""

    actor: Actor
    promised: int
    addressed: int

    @property
    def kind(self) -> str:
        """`institution` or `party`."""
        return kind_of(self.actor)


@dataclass(frozen=True)
class Promiser:
    """The same with the pledges, in the order of the documents."""

    actor: Actor
    promised: list[Pledge]
    addressed: list[Pledge]

    @property
    def kind(self) -> str:
        """`institution` or `party`."""
        return kind_of(self.actor)

    def tallies(self) -> list[Tally]:
        """Return how the pledges stand that it made, and those that were made to it."""
        return [tally_of(self.promised), tally_of(self.addressed)]


@dataclass(frozen=True)
class Mentioned:
    """A country by its code with the evidence that names it."""

    code: str
    weight: Weight

    @property
    def slug(self) -> str:
        """The last part of its page's address."""
        return states.address(self.code)


@dataclass(frozen=True)
class State(Mentioned):
    """A state with the items themselves, newest event first, and the pledges on which they bear."""

    items: list[Evidence]
    pledges: list[Pledge]

    @property
    def tally(self) -> Tally:
        """How those pledges stand: that says nothing of who moved them."""
        return tally_of(self.pledges)


def kind_of(actor: Actor) -> str:
    """Return what kind of actor a word of the vocabulary names: `institution` or `party`."""
    return "institution" if actor.slug in INSTITUTIONS else "party"


def promisers(*, on: date) -> list[Counted]:
    """Return everybody who promises or is addressed on the day, in the order of the vocabulary."""
    made, to = tagged("actors", on=on), tagged("addressees", on=on)
    counted = (Counted(row, len(made.get(row.pk, ())), len(to.get(row.pk, ()))) for row in Actor.objects.all())
    return [one for one in counted if one.promised or one.addressed]


def promiser(slug: str, *, on: date) -> Promiser | None:
    """Return somebody by the word of the vocabulary, with the pledges of the day; None where there is none."""
    actor = Actor.objects.filter(slug=slug).first()
    if actor is None:
        return None
    made, to = (list(pledges_with(field, actor, on=on)) for field in ("actors", "addressees"))
    return Promiser(actor, made, to)


def places(*, on: date, language: str = "") -> tuple[list[Mentioned], list[Mentioned]]:
    """Return (the 34 states, other countries that evidence names) as of the day, each by the alphabet.

    `language` is that of the names, by default the reader's. States that no source names are there too. Two queries,
    however much evidence there is.
    """
    naming: dict[str, set[int]] = defaultdict(set)
    for key, codes in published.evidence(on=on).order_by().values_list("pk", "countries"):
        for code in codes:
            naming[code].add(key)
    by_item: dict[int, list[Borne]] = defaultdict(list)
    for row in borne(on=on):
        by_item[row[0]].append(row)

    def mentioned(codes: Iterable[str]) -> list[Mentioned]:
        return [
            Mentioned(code, _weight(naming.get(code, set()), by_item)) for code in states.in_order(codes, language)
        ]

    return mentioned(states.STATES), mentioned(set(naming) - states.STATES)


def _weight(items: set[int], by_item: dict[int, list[Borne]]) -> Weight:
    return weigh((row for item in items for row in by_item.get(item, ())), items=len(items))


def naming(code: str, *, on: date) -> QuerySet[Evidence]:
    """Return the items public on the day that name a country, newest event first, those without a date last."""
    happened = Coalesce(F("event_on"), F("published_on")).desc(nulls_last=True)
    found = published.evidence(on=on).filter(states.Names("countries", code))
    return published.with_pledges(found, on=on).order_by(happened, "public_id")


def state(code: str, *, on: date) -> State:
    """Return one of the 34 states with its evidence as of the day: as many queries for one item as for hundreds."""
    items = list(naming(code, on=on))
    beside = [attachment for item in items for attachment in item.public_attachments]  # type: ignore[attr-defined]
    concerned = published.attachments(on=on).filter(evidence__in=naming(code, on=on).order_by().values("pk"))
    pledges = published.with_place(published.pledges(on=on)).filter(pk__in=concerned.values("pledge"))
    return State(code, weigh(of_attachments(beside), items=len(items)), items, list(pledges))
