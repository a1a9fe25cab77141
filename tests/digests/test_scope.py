"""What can be followed, and what belongs to it."""

from datetime import date

import pytest
from django.http import QueryDict

from commitments.digests.scope import EVERYTHING, Scope, ScopeError, checked, question, searched
from commitments.models import Change
from commitments.record.changes import changes, head
from tests import factories
from tests.factories import AT, people, published, two_good_items, update

pytestmark = pytest.mark.django_db
ON = AT.date()


def scope(*follows: str, kinds: frozenset[Change] = frozenset(Change)) -> Scope:
    return Scope(frozenset(follows), kinds)


def test_the_same_wishes_are_one_scope_in_whatever_order() -> None:
    one, other = scope("theme:oceans", "pledge:SPC-3.2"), scope("pledge:SPC-3.2", "theme:oceans")
    assert one.key == other.key
    assert one.key != scope("theme:oceans").key
    assert one.key != scope("theme:oceans", "pledge:SPC-3.2", kinds=frozenset({Change.STATUS})).key
    assert Scope.of(one.stored()) == one


@pytest.mark.parametrize(
    "follow",
    [
        EVERYTHING,
        "document:sao-paulo-consensus",
        "project:FMP-2",
        "section:FMP-2.11",
        "section:SPC-3",
        "pledge:FMP-2.11.3",
        "search:q=%E6%89%B6%E8%B4%AB&status=announced",
    ],
)
def test_what_can_be_followed(follow: str) -> None:
    assert checked([follow, follow], on=ON) == [follow]


@pytest.mark.parametrize(
    "follow",
    ["", "everyone", "pledge:SPC-99.9", "project:FMP-2.11", "section:FMP-2", "theme:", "actor:nobody", "search:"],
)
def test_what_is_not_there_is_named(follow: str) -> None:
    with pytest.raises(ScopeError, match=r"nothing called|nothing in particular"):
        checked([follow], on=ON)


def test_a_question_that_the_list_cannot_answer_says_why() -> None:
    with pytest.raises(ScopeError, match=r"status: .*wonderful"):
        checked(["search:status=wonderful"], on=ON)


def test_a_question_to_the_list_is_kept_in_one_order_whatever_it_was_asked_in() -> None:
    asked = QueryDict("status=announced&q=&project=2&status=in_progress&status=announced")
    assert question(asked) == "search:project=2&status=announced&status=in_progress"
    with pytest.raises(ScopeError, match="nothing in particular"):
        question(QueryDict("q="))
    with pytest.raises(ScopeError, match="nothing called “ordering, page”"):
        question(QueryDict("page=2&ordering=title&q=x"))


def test_an_event_belongs_by_each_follow_that_it_bears_and_says_which() -> None:
    before, place = head(), factories.pledge(n=20)
    published(update(place, "in_progress", **people()), two_good_items())
    (event,) = changes(after=before, through=head(), on=ON)
    section = f"section:{place.section}"
    asked = scope(
        section, f"pledge:{place.code}", "pledge:SPC-3.2", "search:status=in_progress", "search:status=dropped"
    )
    found = searched([asked], on=ON)
    assert asked.why(event, found) == sorted([section, f"pledge:{place.code}", "search:status=in_progress"])
    assert scope("pledge:SPC-3.2").why(event, {}) == []
    assert scope(EVERYTHING, kinds=frozenset({Change.REPLY})).why(event, {}) == []


def test_a_question_finds_what_stands_on_the_day() -> None:
    place = factories.pledge()
    asked = scope("search:status=delivered")
    assert searched([asked], on=date(2026, 11, 22))["search:status=delivered"] == frozenset()
    published(update(place, "delivered", **people()), two_good_items())
    assert searched([asked], on=ON)["search:status=delivered"] == {place.code}
