"""Every rule of the methodology, tried at every door: SQL, the desk's forms, several drafts at once, a spreadsheet.

None gets through, and each refusal says why in plain words. What is tried by SQL stands in tests of the models; the
table says where. A rule that a door cannot even be asked to break has a reason there instead of a test.
"""

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from commitments.editorial import drafts, people
from commitments.editorial import evidence as desk_evidence
from commitments.models import Attachment, Draft, DraftState, Evidence, StatusDraft, StatusUpdate
from tests import factories
from tests.desk.doors import ADD, APPROVE, BY_SQL, PROPOSE, Case, chosen, nothing_published, proposed_by_form, said
from tests.desk.tables import DRAFTS, EVIDENCE, faults, in_csv, item, proposal, sealed, tried
from tests.editorial import proposals
from tests.factories import AT, LATER, draft, evidence, person, published, submitted, two_good_items, update

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon", "kept", "waiting")]

Desk = Callable[[Any], Client]
ROOT = Path(__file__).resolve().parent.parent.parent

#: Doors that a rule cannot be broken at, and why.
NO_SUCH_THING = {
    ("early evidence is context", "sql"): "A rule of the desk: the database judges what an update cites (rule 7).",
    ("early evidence is context", "bulk"): "No action of a list lays evidence beside a pledge.",
}


# --- rules 3 to 7: a proposal that may not go to review -------------------------------------


def _weak(status: str, bearing: str) -> Case:
    return factories.pledge(), {"status": status}, [(evidence(), bearing)]


def _early() -> Case:
    old = evidence(event_on="2025-01-15", published_on="2025-01-16")
    return factories.pledge(), {"status": "in_progress"}, [(Evidence.objects.get(pk=old.pk), "supports")]


def _declaratory() -> Case:
    return factories.pledge("declaratory"), {"status": "in_progress"}, two_good_items()


#: Rule and status → what is proposed, and the words that say why not.
PROPOSALS: dict[tuple[str, str], tuple[Callable[[], Case], str]] = {
    ("3 final needs A or B", "delivered"): (lambda: _weak("delivered", "supports"), "needs evidence grade A or B"),
    ("3 final needs A or B", "not_delivered"): (
        lambda: _weak("not_delivered", "contradicts"),
        "needs evidence grade A or B",
    ),
    ("4 no evidence needs a search", "no_evidence"): (
        lambda: (factories.pledge(), {"status": "no_evidence"}, []),
        "needs a logged search, with date, languages, places and queries",
    ),
    ("5 declaratory is not assessable", "in_progress"): (
        _declaratory,
        "declaratory pledge can only be not assessable",
    ),
    ("6 cites evidence", "announced"): (
        lambda: (factories.pledge(), {"status": "announced"}, []),
        "needs at least one item of evidence",
    ),
    ("7 a deed after the baseline", "in_progress"): (_early, "needs a supporting item whose event is on or after"),
}


@pytest.mark.parametrize("door", PROPOSE)
@pytest.mark.parametrize("rule", PROPOSALS)
def test_a_proposal_against_a_rule_goes_to_no_review(desk: Desk, rule: tuple[str, str], door: str) -> None:
    by, (make, words) = person(), PROPOSALS[rule]
    case = make()
    with nothing_published():
        assert words in PROPOSE[door](desk(by), by, case)
    assert not Draft.objects.exclude(state=DraftState.DRAFT).exists()


@pytest.mark.parametrize("door", PROPOSE)
def test_what_breaks_no_rule_gets_through_the_same_doors(desk: Desk, door: str) -> None:
    by = person()
    PROPOSE[door](desk(by), by, (factories.pledge(), {"status": "delivered"}, two_good_items()))
    assert Draft.objects.get().state == DraftState.IN_REVIEW


def _weakened() -> tuple[Draft, str]:
    """A draft that was fit for review, until one of its grounds was changed."""
    good = [(evidence(record="primary", side="china", public_at=None), "supports"), (evidence(), "supports")]
    waiting = submitted(draft(factories.pledge(), person(), good, status="delivered"))
    _mend(good[0][0], record="report", origin=good[1][0].origin, side="independent")
    return waiting, "needs evidence grade A or B"


def _made_early() -> tuple[Draft, str]:
    one = evidence(public_at=None)
    waiting = submitted(draft(factories.pledge(), person(), [(one, "supports")]))
    _mend(one, event_on="2025-01-15", published_on=None)
    return waiting, "needs a supporting item whose event is on or after"


def _made_declaratory() -> tuple[Draft, str]:
    place = factories.pledge()
    waiting = submitted(draft(place, person(), two_good_items()))
    proposals.approved(proposals.coding_draft(place, person(), trackability="declaratory"))
    return waiting, "declaratory pledge can only be not assessable"


def _mend(one: Evidence, **fields: Any) -> None:
    desk_evidence.open_edit(one, by=person(), at=AT)
    for name, value in fields.items():
        setattr(one, name, value)
    one.save()


@pytest.mark.parametrize("door", APPROVE)
@pytest.mark.parametrize("make", [_weakened, _made_early, _made_declaratory])
def test_what_has_come_to_break_a_rule_in_review_is_not_approved(desk: Desk, make: Any, door: str) -> None:
    waiting, words = make()
    with nothing_published():
        assert words in APPROVE[door](desk(person("reviewer")), waiting)
    assert Draft.objects.get(pk=waiting.pk).state == DraftState.IN_REVIEW


# --- rule 1 ---------------------------------------------------------------------------------


def undone() -> StatusUpdate:
    """Return an update that was withdrawn."""
    first = published(update(factories.pledge(), "in_progress"), [(evidence(), "supports")])
    published(update(factories.pledge(), "in_progress", kind="withdrawal", corrects=first, **factories.people()))
    return first


@pytest.mark.parametrize("role", ["curator", "reviewer", "administrator"])
def test_no_form_changes_or_deletes_what_is_published(desk: Desk, role: str) -> None:
    row, client = undone(), desk(person(role))
    with nothing_published():
        for way in ("change", "delete"):
            answer = client.post(
                f"/admin/commitments/statusupdate/{row.pk}/{way}/", {"status": "dropped", "post": "yes"}
            )
            assert answer.status_code == 403
        client.post(
            "/admin/commitments/statusupdate/",
            {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"},
            follow=True,
        )
        words = "Not for this account" if role == "administrator" else "corrected or withdrawn already"
        assert words in said(client.get(f"{ADD}?correct={row}", follow=True))


def test_no_sheet_changes_what_is_published(desk: Desk) -> None:
    row, by = undone(), person()
    gone = proposals.status_draft(by)
    proposals.approved(gone)
    known = StatusDraft.objects.get(pk=gone.pk)
    client = desk(by)
    with nothing_published():
        page = tried(client, DRAFTS, in_csv([proposal(row.pledge.code, kind="correction", corrects=row.public_id)]))
        assert "corrected or withdrawn already" in faults(page)["D2 (corrects)"]
        rewritten = proposal(
            known.about.code, id=known.pk, kind="status", revision=known.revision, summary_en="Not so."
        )
        assert "published: there is no way to edit it" in faults(tried(client, DRAFTS, in_csv([rewritten])))["row 2"]


# --- rule 2 ---------------------------------------------------------------------------------


@pytest.mark.parametrize("door", APPROVE)
@pytest.mark.parametrize("subject", proposals.EVERY)
def test_nobody_approves_what_they_wrote(desk: Desk, subject: str, door: str) -> None:
    by = person("reviewer")
    waiting = proposals.submitted(proposals.EVERY[subject](by))
    with nothing_published():
        assert "Nobody publishes what they wrote" in APPROVE[door](desk(by), waiting)


@pytest.mark.parametrize("door", APPROVE)
def test_whoever_is_no_reviewer_approves_nothing(desk: Desk, door: str) -> None:
    waiting = submitted(draft(factories.pledge(), person(), two_good_items()))
    with nothing_published():
        APPROVE[door](desk(person()), waiting)
    assert Draft.objects.get(pk=waiting.pk).state == DraftState.IN_REVIEW


def test_a_sheet_publishes_nothing_and_speaks_for_nobody_else(desk: Desk) -> None:
    by, other = person(), person("curator", "somebody-else")
    row = proposal(factories.pledge().code, state="published", author=other.username, changed_at="2020-01-01")
    with nothing_published():
        client = desk(by)
        client.post(f"{DRAFTS}/process_import/", {"sealed": sealed(tried(client, DRAFTS, in_csv([row])))})
    made = StatusDraft.objects.get()
    assert (made.author, made.state, made.entry) == (by, DraftState.DRAFT, None)
    for name in ("approver", "published_at", "grade", "provisional", "entry"):
        page = tried(client, DRAFTS, in_csv([row | {name: "yes"}]))
        assert f"There is no column “{name}”" in said(page)


# --- what the desk cannot even say ------------------------------------------------------------


@pytest.mark.parametrize("door", ["form", "sheet"])
def test_nobody_at_the_desk_makes_a_provisional_update(desk: Desk, door: str) -> None:
    by = person()
    fields = {"status": "delivered", "provisional": "on", "grade": "A"}
    if door == "form":
        place = factories.pledge()
        proposed_by_form(desk(by), by, (place, fields, two_good_items()))
        proposals.approve(Draft.objects.get())
        assert not StatusUpdate.objects.get(pledge=place).provisional
        return
    page = tried(desk(by), DRAFTS, in_csv([proposal(factories.pledge().code, **fields)]))
    assert "There is no column “provisional”" in said(page)


# --- evidence -------------------------------------------------------------------------------


def cited_item() -> Evidence:
    one = evidence(title="As it was")
    published(update(factories.pledge(), "announced"), [(one, "supports")])
    return Evidence.objects.get(pk=one.pk)


def test_cited_evidence_is_changed_by_no_form_no_action_and_no_sheet(desk: Desk) -> None:
    one, client = cited_item(), desk(person("administrator"))
    page = f"/admin/commitments/evidence/{one.pk}"
    curator = desk(person())
    with nothing_published():
        rewritten = {"title": "Rewritten", "attachments-TOTAL_FORMS": "0", "attachments-INITIAL_FORMS": "0"}
        for who in (client, curator):
            who.post(f"{page}/change/", rewritten)
            assert who.post(f"{page}/delete/", {"post": "yes"}).status_code in (403, 404)
            who.post(f"{EVIDENCE}/", {"action": "delete_selected", "_selected_action": [one.pk], "post": "yes"})
        found = faults(tried(curator, EVIDENCE, in_csv([{"id": one.public_id, "title": "Rewritten"}])))
        assert "is public: it is not changed any more. Supersede it by a new item." in found["row 2"]
    assert Evidence.objects.get(pk=one.pk).title == "As it was"


@pytest.mark.parametrize(
    "dated", [{"event_on": "2025-01-15", "published_on": ""}, {"event_on": "", "published_on": ""}]
)
@pytest.mark.parametrize("door", ["form", "sheet"])
def test_what_came_before_the_baseline_is_context(desk: Desk, dated: dict[str, str], door: str) -> None:
    client, code = desk(person()), factories.pledge().code
    if door == "form":
        row = {name: value for name, value in item(1, **dated).items() if name not in ("id", "bearings")}
        row |= {"countries": "BR", "attachments-TOTAL_FORMS": "1", "attachments-INITIAL_FORMS": "0"}
        row |= {"attachments-0-pledge": code, "attachments-0-bearing": "supports"}
        text = said(client.post("/admin/commitments/evidence/add/", row))
    else:
        text = " ".join(
            faults(tried(client, EVIDENCE, in_csv([item(1, bearings=f"{code} supports", **dated)]))).values()
        )
    assert f"beside {code} it can only be context" in text
    assert (Evidence.objects.count(), Attachment.objects.count()) == (0, 0)


# --- conflict of interest -------------------------------------------------------------------

CONFLICT = "declared a conflict of interest"


@pytest.mark.parametrize("door", PROPOSE)
def test_somebody_too_close_proposes_nothing(desk: Desk, door: str) -> None:
    by, place, good = person(), factories.pledge(), two_good_items()
    begun = draft(place, by, good) if door == "bulk" else None
    people.declare_conflict(place, by=by, reason="A cousin", at=AT)
    with nothing_published():
        text = (
            chosen(desk(by), "submit", begun)
            if begun
            else PROPOSE[door](desk(by), by, (place, {"status": "announced"}, good))
        )
    assert CONFLICT in text
    assert not Draft.objects.exclude(pk=begun.pk if begun else None).exists()


@pytest.mark.parametrize("door", APPROVE)
@pytest.mark.parametrize("who", ["reviewer", "author"])
def test_nothing_is_approved_where_somebody_stands_too_close(desk: Desk, who: str, door: str) -> None:
    author, reviewer = person(), person("reviewer")
    waiting = submitted(draft(factories.pledge(), author, two_good_items()))
    by = reviewer if who == "reviewer" else author
    people.declare_conflict(waiting.about, by=by, reason="A cousin", at=AT)
    with nothing_published():
        assert CONFLICT in APPROVE[door](desk(reviewer), waiting)


# --- what was read, and the ways between states -----------------------------------------------


@pytest.mark.parametrize("door", APPROVE)
def test_an_approval_is_for_what_was_read(desk: Desk, door: str) -> None:
    waiting = submitted(draft(factories.pledge(), person(), two_good_items()))
    with nothing_published():
        assert "no longer what you read" in APPROVE[door](desk(person("reviewer")), waiting, read="0" * 64)


def test_a_sheet_is_for_the_revision_that_was_exported(desk: Desk) -> None:
    by = person()
    content = draft(factories.pledge(), by)
    row = proposal(content.about.code, id=content.pk, kind="status", revision=7)
    found = faults(tried(desk(by), DRAFTS, in_csv([row])))
    assert "changed since this sheet was exported" in " ".join(found.values())


@pytest.mark.parametrize("door", APPROVE)
@pytest.mark.parametrize("state", [DraftState.DRAFT, DraftState.RETURNED, DraftState.WITHDRAWN, DraftState.PUBLISHED])
def test_nothing_is_approved_from_a_state_without_a_way_there(desk: Desk, state: DraftState, door: str) -> None:
    reviewer = person("reviewer")
    stands = proposals.brought_to(state, draft(factories.pledge(), person(), two_good_items()), reviewer)
    with nothing_published():
        assert "there is no way to approve it from there" in APPROVE[door](desk(reviewer), stands)


def test_a_sheet_takes_up_no_draft_that_was_withdrawn(desk: Desk) -> None:
    by = person()
    content = draft(factories.pledge(), by)
    drafts.withdraw(content, by=by, at=AT)
    row = proposal(content.about.code, id=content.pk, kind="status", revision=1, effective_on=f"{LATER}")
    assert "there is no way to edit it" in faults(tried(desk(by), DRAFTS, in_csv([row])))["row 2"]


# --- the table is whole -----------------------------------------------------------------------

#: Rule → the tests here that try it at the other doors.
HERE: dict[str, dict[str, Callable[..., None]]] = {
    "1 published never changes": {
        "form": test_no_form_changes_or_deletes_what_is_published,
        "bulk": test_no_form_changes_or_deletes_what_is_published,
        "sheet": test_no_sheet_changes_what_is_published,
    },
    "2 two people": {
        "form": test_nobody_approves_what_they_wrote,
        "bulk": test_nobody_approves_what_they_wrote,
        "sheet": test_a_sheet_publishes_nothing_and_speaks_for_nobody_else,
    },
    **{rule: dict.fromkeys(PROPOSE, test_a_proposal_against_a_rule_goes_to_no_review) for rule, _ in PROPOSALS},
    "provisional is never final": {
        "form": test_nobody_at_the_desk_makes_a_provisional_update,
        "bulk": test_what_breaks_no_rule_gets_through_the_same_doors,
        "sheet": test_nobody_at_the_desk_makes_a_provisional_update,
    },
    "cited evidence is frozen": dict.fromkeys(
        ("form", "bulk", "sheet"), test_cited_evidence_is_changed_by_no_form_no_action_and_no_sheet
    ),
    "early evidence is context": dict.fromkeys(("form", "sheet"), test_what_came_before_the_baseline_is_context),
    "conflict of interest": dict.fromkeys(("form", "bulk", "sheet"), test_somebody_too_close_proposes_nothing),
    "approval is for what was read": {
        "form": test_an_approval_is_for_what_was_read,
        "bulk": test_an_approval_is_for_what_was_read,
        "sheet": test_a_sheet_is_for_the_revision_that_was_exported,
    },
    "transitions": {
        "form": test_nothing_is_approved_from_a_state_without_a_way_there,
        "bulk": test_nothing_is_approved_from_a_state_without_a_way_there,
        "sheet": test_a_sheet_takes_up_no_draft_that_was_withdrawn,
    },
}


def test_every_rule_is_tried_at_every_door() -> None:
    for rule in {*BY_SQL, *HERE}:
        doors = {*HERE.get(rule, {}), *({"sql"} if rule in BY_SQL else set())}
        doors |= {door for about, door in NO_SUCH_THING if about == rule}
        assert doors == {"sql", "form", "bulk", "sheet"}, rule


@pytest.mark.parametrize(("file", "name"), sorted({place for places in BY_SQL.values() for place in places}))
def test_what_is_tried_by_sql_stands_where_the_table_says(file: str, name: str) -> None:
    tree = ast.parse((ROOT / "tests" / file).read_text())
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
