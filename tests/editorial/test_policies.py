"""Who may do what: every role at every action, on their own and on others' drafts, with and without a conflict."""

import re
from itertools import product
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group

from commitments.editorial import evidence as desk_evidence
from commitments.editorial import people, policies
from commitments.editorial.policies import RefusedError
from commitments.models import Attachment, Draft, DraftState
from tests import factories
from tests.editorial.proposals import point_draft, status_draft
from tests.factories import AT, evidence, person

pytestmark = pytest.mark.django_db

ROLES = ("viewer", "curator", "reviewer", "administrator", "nobody", "deactivated")
#: The state from which the table of transitions has a way for the action.
STATES = {
    "propose": DraftState.DRAFT,
    "edit": DraftState.DRAFT,
    "submit": DraftState.RETURNED,
    "withdraw": DraftState.IN_REVIEW,
    "reopen": DraftState.WITHDRAWN,
    "comment": DraftState.PUBLISHED,
    "return": DraftState.IN_REVIEW,
    "approve": DraftState.IN_REVIEW,
}
AUTHORS = {"propose", "edit", "submit", "withdraw", "reopen", "comment"}
#: (role, whose draft, conflict declared) → what they may; whoever is not named may nothing.
MAY = {
    ("curator", "own", False): AUTHORS,
    ("reviewer", "own", False): AUTHORS,
    ("curator", "own", True): {"withdraw", "comment"},
    ("reviewer", "own", True): {"withdraw", "comment"},
    ("curator", "other", False): {"propose", "comment"},
    ("reviewer", "other", False): {"propose", "comment", "withdraw", "return", "approve"},
    ("curator", "other", True): {"comment"},
    ("reviewer", "other", True): {"comment"},
}
#: What needs no draft.
DESK = {
    "search": {"curator", "reviewer"},
    "record": {"curator", "reviewer"},
    "change_evidence": {"curator", "reviewer"},
    "change_attachment": {"curator", "reviewer"},
    "declare_conflict": {"curator", "reviewer"},
    "assign_self": {"curator", "reviewer", "administrator"},
    "assign_other": {"reviewer", "administrator"},
    "release_self": set(ROLES),
    "release_other": {"reviewer", "administrator"},
    "end_conflict": {"administrator"},
}


def turned_into(role: str, user: Any) -> Any:
    """Return a person after a change of role; a deactivated one was a reviewer."""
    groups = {"nobody": [], "deactivated": ["reviewer"]}.get(role, [role])
    user.groups.set(Group.objects.filter(name__in=groups))
    user.is_active = role != "deactivated"
    user.save()
    return get_user_model().objects.get(pk=user.pk)


def in_plain_words(message: str) -> bool:
    """Tell whether it is sentences for people: no names of fields, permissions, models or Python's values."""
    return bool(re.fullmatch(r"[A-Z][^_<>{}]*\.", message)) and not re.search(r"None|\bpk\b|commitments\.", message)


def asked(action: str, by: Any, draft: Draft) -> str:
    """Ask both of a pair; return why not, empty where they may."""
    about = draft.pledge if action == "propose" else draft
    may = getattr(policies, f"can_{action}")(by, about)
    try:
        getattr(policies, f"check_can_{action}")(by, about)
    except RefusedError as refusal:
        assert not may
        return str(refusal)
    assert may
    return ""


@pytest.mark.parametrize(("role", "whose", "conflict"), list(product(ROLES, ("own", "other"), (False, True))))
def test_each_role_may_exactly_this(role: str, whose: str, conflict: bool) -> None:
    author, colleague = person("curator"), person("curator")
    draft: Any = status_draft(author)
    by = author if whose == "own" else colleague
    if conflict:
        people.declare_conflict(draft.pledge, by=by, reason="Worked on it.", at=AT)
    by, may = turned_into(role, by), set()
    for action, state in STATES.items():
        draft.state = state
        refusal = asked(action, by, draft)
        assert not refusal or in_plain_words(refusal), refusal
        may |= set() if refusal else {action}
    assert may == MAY.get((role, whose, conflict), set())


@pytest.mark.parametrize("action", [action for action in STATES if action not in ("propose", "comment")])
def test_right_role_and_right_person_are_not_enough_in_the_wrong_state(action: str) -> None:
    author, reviewer = person("curator"), person("reviewer")
    draft: Any = status_draft(author)
    draft.state = DraftState.PUBLISHED
    refusal = asked(action, reviewer if action in ("return", "approve") else author, draft)
    assert refusal.endswith(f"is published: there is no way to {action} it from there.")
    assert in_plain_words(refusal)


def test_nobody_approves_what_somebody_with_a_conflict_wrote() -> None:
    author, reviewer = person("curator"), person("reviewer")
    draft: Any = status_draft(author)
    draft.state = DraftState.IN_REVIEW
    conflict = people.declare_conflict(draft.pledge, by=author, reason="Worked on it.", at=AT)
    refusal = asked("approve", reviewer, draft)
    assert refusal == f"Its author declared a conflict of interest on {draft.pledge}: return or withdraw it."
    assert policies.can_return(reviewer, draft)
    people.end_conflict(conflict, by=person("administrator"), at=AT)
    assert asked("approve", reviewer, draft) == ""


def test_a_conflict_on_one_pledge_keeps_from_no_other() -> None:
    curator = person("curator")
    people.declare_conflict(factories.pledge(), by=curator, reason="Worked on it.", at=AT)
    assert not policies.can_propose(curator, factories.pledge())
    assert policies.can_propose(curator, factories.pledge(n=1))
    assert policies.can_propose(curator, None)


def test_a_figure_is_about_no_pledge_and_needs_two_people_all_the_same() -> None:
    author: Any = person("reviewer")
    draft: Any = point_draft(author)
    draft.state = DraftState.IN_REVIEW
    assert "Nobody publishes what they wrote" in asked("approve", author, draft)
    assert asked("approve", person("reviewer"), draft) == ""


def test_not_even_a_superuser_approves_their_own() -> None:
    root = get_user_model().objects.create_superuser("root", "root@example.org")
    own, other = (Draft.objects.get(pk=status_draft(by).pk) for by in (root, person()))
    own.state = other.state = DraftState.IN_REVIEW
    assert "Nobody publishes what they wrote" in asked("approve", root, own)
    assert asked("approve", root, other) == ""


def desk_acts(by: Any) -> dict[str, Any]:
    """Return what somebody does at the desk without a draft."""
    place, other = factories.pledge(), person("curator")
    factories.search(place)
    item = evidence(public_at=None)
    beside = Attachment.objects.create(evidence=item, pledge=place, bearing="supports")
    conflict = people.declare_conflict(factories.pledge(n=1), by=other, reason="Worked on it.", at=AT)
    return {
        "search": lambda: desk_evidence.search_again(place, by=by, at=AT),
        "record": lambda: desk_evidence.record(evidence_like(item), by=by, at=AT),
        "change_evidence": lambda: desk_evidence.open_edit(item, by=by, at=AT),
        "change_attachment": lambda: desk_evidence.check_can_change_attachment(by, beside),
        "declare_conflict": lambda: people.declare_conflict(factories.pledge(n=2), by=by, reason="Near.", at=AT),
        "assign_self": lambda: people.assign(place, by, by=by, at=AT),
        "assign_other": lambda: people.assign(place, other, by=by, at=AT),
        "release_self": lambda: people.release(place, by, by=by, at=AT),
        "release_other": lambda: people.release(place, other, by=by, at=AT),
        "end_conflict": lambda: people.end_conflict(conflict, by=by, at=AT),
    }


def evidence_like(item: Any) -> Any:
    item.pk, item._state.adding = None, True
    return item


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("act", DESK)
def test_each_role_does_exactly_this_at_the_desk(act: str, role: str) -> None:
    do = desk_acts(turned_into(role, person()))[act]
    if role in DESK[act]:
        do()
    else:
        with pytest.raises(RefusedError) as caught:
            do()
        assert in_plain_words(str(caught.value)), caught.value


def test_every_question_has_its_check_and_every_check_its_question() -> None:
    checks = {name.removeprefix("check_can_") for name in vars(policies) if name.startswith("check_can_")}
    questions = {name.removeprefix("can_") for name in vars(policies) if name.startswith("can_")}
    assert checks == questions
    assert set(STATES) <= checks
