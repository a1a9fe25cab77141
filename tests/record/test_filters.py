"""The filters that pages and API share: what they find on a day, and the counts beside their choices."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from django.http import QueryDict
from django.utils.translation import override

from commitments.catalogue.schema import Catalogue
from commitments.models import Coding, Pledge, Theme
from commitments.record import published
from commitments.record.filters import Facet, PledgeFilter, facets

pytestmark = pytest.mark.django_db

BEFORE, DAY = date(2027, 5, 19), date(2027, 5, 20)


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """A page that another test fetched leaves its language behind in the thread."""
    with override("en"):
        yield


def codes(query: str, on: date = DAY) -> list[str]:
    asked = PledgeFilter(QueryDict(query), queryset=published.pledges(on=on))
    assert asked.is_valid(), asked.errors
    return list(asked.qs.values_list("code", flat=True))


def by_name(query: str, on: date = DAY) -> dict[str, Facet]:
    return {facet.name: facet for facet in facets(QueryDict(query), published.pledges(on=on), {})}


def counts(facet: Facet) -> dict[str, int]:
    return {choice.value: choice.count for choice in facet.choices}


def recode(code: str, theme: str) -> None:
    """Publish a second coding with one theme on DAY."""
    coding = Coding.objects.create(
        pledge=Pledge.objects.get(code=code), version=2, title={"en": "x"}, trackability="verifiable", release="r2"
    )
    coding.themes.set(Theme.objects.filter(slug=theme))
    coding.published_at = datetime(2027, 5, 20, tzinfo=UTC)
    coding.save()


def test_a_filter_asks_the_coding_of_the_day_and_no_earlier_one() -> None:
    code = codes("theme=digital&trackability=directional")[0]
    recode(code, "sport")
    assert code in codes("theme=digital", BEFORE)
    assert code not in codes("theme=digital")
    assert code in codes("theme=sport")
    assert code not in codes("theme=sport", BEFORE)
    assert code in codes("trackability=verifiable")
    assert code not in codes("trackability=verifiable", BEFORE)


def test_the_counts_follow_the_coding_of_the_day() -> None:
    code = codes("theme=digital")[0]
    before = counts(by_name("")["theme"])
    recode(code, "sport")
    after = counts(by_name("")["theme"])
    assert after["sport"] == before["sport"] + 1
    assert after["digital"] == before["digital"] - 1
    assert counts(by_name("", BEFORE)["theme"]) == before


def test_a_pledge_with_two_of_the_values_is_found_once(catalogue: Catalogue) -> None:
    pair = next(p.coding.themes[:2] for f in catalogue.documents for p in f.pledges if len(p.coding.themes) > 1)
    found = codes(f"theme={pair[0]}&theme={pair[1]}")
    assert len(found) == len(set(found))
    assert set(found) == {*codes(f"theme={pair[0]}"), *codes(f"theme={pair[1]}")}
    assert set(codes(f"theme={pair[0]}")) & set(codes(f"theme={pair[1]}"))


def test_the_counts_of_a_filter_leave_that_filter_alone_and_keep_the_others() -> None:
    shown = by_name("theme=digital&trackability=verifiable")
    for choice in shown["theme"].choices:
        assert choice.count == len(codes(f"theme={choice.value}&trackability=verifiable"))
    for choice in shown["trackability"].choices:
        assert choice.count == len(codes(f"theme=digital&trackability={choice.value}"))


def test_what_is_set_stands_first_also_where_it_finds_nothing() -> None:
    shown = by_name("right=property&theme=space&q=zzqx")
    assert [(c.value, c.count, c.selected) for c in shown["theme"].choices] == [("space", 0, True)]
    first, *others = by_name("theme=youth")["theme"].choices
    assert (first.value, first.selected) == ("youth", True)
    assert others
    assert not any(choice.selected or not choice.count for choice in others)


def test_each_choice_is_offered_once_under_its_name_in_the_readers_language(catalogue: Catalogue) -> None:
    names = {term.slug: term.name["es"] for term in catalogue.vocabulary.themes}
    with override("es"):
        shown = by_name("")
    assert {choice.value: choice.label for choice in shown["theme"].choices}.items() <= names.items()
    for facet in shown.values():
        assert max(Counter(choice.value for choice in facet.choices).values(), default=1) == 1


def test_sections_stand_under_their_project_in_the_order_of_the_documents(catalogue: Catalogue) -> None:
    paper = next(f.document for f in catalogue.documents if f.document.code == "FMP")
    projects = {s.number: s.title["en"] for s in paper.sections if s.kind == "project"}
    choices = by_name("")["section"].choices
    found = [choice for choice in choices if "." in choice.value]
    assert all(choice.group == projects[choice.value.partition(".")[0]] for choice in found)
    order = [s.number for f in catalogue.documents for s in f.document.sections]
    assert [c.value for c in choices] == sorted((c.value for c in choices), key=order.index)


@pytest.mark.parametrize(
    "query", ["theme=nope", "theme=digital&theme=nope", "actor=1", "ordering=code", "q=" + "a" * 201]
)
def test_an_unknown_value_is_named_at_its_field(query: str) -> None:
    asked = PledgeFilter(QueryDict(query), queryset=published.pledges(on=DAY))
    assert not asked.is_valid()
    assert list(asked.errors) == [query.partition("=")[0]]


@pytest.mark.parametrize("name", ["document", "project", "section", "trackability", "actor", "theme", "right"])
def test_every_filter_takes_each_of_the_choices_that_it_offers(name: str) -> None:
    for choice in by_name("")[name].choices:
        assert len(codes(f"{name}={choice.value}")) == choice.count, choice
