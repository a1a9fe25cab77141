"""The evidence grade: the rule by hand examples, and the same rule in the database for any items."""

from itertools import combinations_with_replacement, product

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from commitments.models import Bearing, Delivery, Directness, Evidence, Grade, Side, StatusUpdate
from commitments.models.grading import Item, direction, grade
from tests.factories import evidence, people, pledge, published, refused, sealed_by_sql, search, update

CHINA, LAC, FREE = "china", "lac", "independent"
PRIMARY, REPORT = "primary", "report"

EXAMPLES = [
    ("A", [(CHINA, PRIMARY, "treaty"), (FREE, REPORT, "reuters")], "a primary record and an independent report"),
    ("A", [(FREE, PRIMARY, "un"), (FREE, REPORT, "reuters")], "a primary record that is itself independent"),
    ("A", [(FREE, PRIMARY, "a"), (LAC, REPORT, "b"), (FREE, REPORT, "c")], "two that fit among three"),
    ("B", [(FREE, PRIMARY, "un"), (CHINA, REPORT, "xinhua")], "a lone independent primary record, and a side"),
    ("B", [(CHINA, PRIMARY, "x"), (LAC, PRIMARY, "y")], "both sides, each with its primary record"),
    ("B", [(CHINA, REPORT, "x"), (LAC, REPORT, "y")], "both sides"),
    ("B", [(FREE, REPORT, "x"), (FREE, REPORT, "y")], "two independent origins"),
    ("B", [(LAC, REPORT, "x"), (FREE, REPORT, "y")], "one side and an independent one"),
    ("C", [(CHINA, PRIMARY, "x"), (FREE, REPORT, "x")], "a primary record and its independent copy are one origin"),
    ("C", [(CHINA, REPORT, "x"), (LAC, REPORT, "x")], "both sides with one agency report"),
    ("C", [(CHINA, PRIMARY, "x"), (CHINA, REPORT, "y"), (CHINA, REPORT, "z")], "one side, however often"),
    ("C", [(LAC, REPORT, "x")], "one side once"),
    ("D", [(FREE, PRIMARY, "x")], "one independent item, primary or not"),
    ("D", [(FREE, REPORT, "x"), (FREE, REPORT, "x"), (FREE, PRIMARY, "x")], "one independent origin thrice"),
    ("", [], "nothing"),
]

items = st.lists(
    st.tuples(
        st.sampled_from(Side.values),
        st.sampled_from(Directness.values),
        st.sampled_from(["one", "two", "three"]),
        st.sampled_from(["its own", "its own", "its own", *Bearing.values]),
    ),
    max_size=4,
    unique=True,
)
#: Those that rest on evidence more often: of the others there is little to say.
statuses = st.sampled_from([*Delivery.values, *("announced", "stalled", "in_progress", "dropped") * 3])


@pytest.mark.parametrize(("expected", "found", "why"), EXAMPLES, ids=[why for _, _, why in EXAMPLES])
def test_a_grade_is_the_one_worked_out_by_hand(expected: str, found: list[tuple[str, str, str]], why: str) -> None:
    for order in (found, found[::-1]):
        assert grade("in_progress", [Item(*item) for item in order]) == expected, why


@pytest.mark.django_db
@pytest.mark.parametrize(("expected", "found", "why"), EXAMPLES[:-1], ids=[why for _, _, why in EXAMPLES[:-1]])
@pytest.mark.parametrize("status", ["announced", "stalled"])
def test_the_database_works_it_out_alike(
    status: str, expected: str, found: list[tuple[str, str, str]], why: str
) -> None:
    items = [evidence(side=side, record=record, origin=origin) for side, record, origin in found]
    cited = [(item, direction(status).value) for item in items]
    for typed in {*Grade.values, ""} - {expected}:
        with refused("the grade is not"):
            sealed_by_sql(update(pledge(), status), cited, grade=typed)
    assert sealed_by_sql(update(pledge(), status), cited, grade=expected).grade == expected, why


@pytest.mark.parametrize("status", ["not_assessed", "no_evidence", "not_assessable"])
def test_a_status_that_needs_no_evidence_has_no_grade(status: str) -> None:
    assert grade(status, [Item(CHINA, PRIMARY, "x"), Item(FREE, REPORT, "y")]) == ""


def test_what_speaks_against_counts_for_the_statuses_that_say_so() -> None:
    against = {status for status in Delivery.values if direction(status) == "contradicts"}
    assert against == {"stalled", "not_delivered", "dropped"}


def naive(status: str, found: list[tuple[str, str, str, str]]) -> str:
    """Return the grade as the methodology words it, written anew from voices and origins."""
    wanted = "contradicts" if status in ("stalled", "not_delivered", "dropped") else "supports"
    bear = [(side, record, origin) for side, record, origin, bearing in found if bearing == wanted]
    if status in ("not_assessed", "no_evidence", "not_assessable") or not bear:
        return ""
    primary = {origin for _, record, origin in bear if record == "primary"}
    by_side = {side: {origin for s, _, origin in bear if s == side} for side in (CHINA, LAC, FREE)}
    if any(theirs != ours for ours in by_side[FREE] for theirs in primary):
        return "A"
    voices = [(CHINA, LAC), (CHINA, FREE), (LAC, FREE)]
    if len(by_side[FREE]) > 1 or any(x != y for a, b in voices for x in by_side[a] for y in by_side[b]):
        return "B"
    return "C" if by_side[CHINA] or by_side[LAC] else "D"


def test_the_rule_holds_for_every_set_of_up_to_three_items() -> None:
    kinds = list(product(Side.values, Directness.values, ["one", "two", "three"]))
    for n in range(4):
        for found in combinations_with_replacement(kinds, n):
            expected = naive("announced", [(*item, "supports") for item in found])
            assert grade("announced", [Item(*item) for item in found]) == expected, found


@pytest.mark.django_db
@given(status=statuses, found=items)
def test_the_database_holds_to_the_same_rule(status: str, found: list[tuple[str, str, str, str]]) -> None:
    found = [(*item, direction(status).value if bearing == "its own" else bearing) for *item, bearing in found]
    expected = naive(status, found)
    claims = status in ("in_progress", "sustained", "delivered", "partly_delivered")
    bare = not found and status not in ("not_assessed", "no_evidence", "not_assessable")
    unsupported = claims and not any(bearing == "supports" for *_, bearing in found)
    final = status in ("delivered", "not_delivered") and expected not in ("A", "B")
    with transaction.atomic():
        place = pledge()
        cited = [(evidence(side=side, record=record, origin=origin), b) for side, record, origin, b in found]
        judged = update(place, status, search=search(place), **people())
        if bare or unsupported or final:
            with refused("needs|final"):
                published(judged, cited)
        else:
            assert published(judged, cited).grade == expected
        for typed in ["", *Grade.values]:
            again = update(place, status, search=judged.search, author=judged.author, approver=judged.approver)
            again.provisional = False
            if typed != expected or bare or unsupported or final:
                with refused("the grade is not|needs|final"):
                    sealed_by_sql(again, cited, grade=typed)
            else:
                assert sealed_by_sql(again, cited, grade=typed).grade == expected
        transaction.set_rollback(True)
    assert not StatusUpdate.objects.filter(provisional=False).exists()


@pytest.mark.django_db
def test_a_grade_too_good_is_refused_for_its_own_sake() -> None:
    cited: list[tuple[Evidence, str]] = [(evidence(side=CHINA), "supports")]
    for typed in ("", "A", "B", "D"):
        with refused("the grade is not the one that the evidence gives"):
            sealed_by_sql(update(pledge(), "in_progress"), cited, grade=typed)
    assert sealed_by_sql(update(pledge(), "in_progress"), cited, grade="C").grade == "C"


@pytest.mark.django_db
def test_a_grade_typed_in_before_publishing_is_computed_anew() -> None:
    assert published(update(pledge(), "announced", grade="A"), [(evidence(), "supports")]).grade == "D"
