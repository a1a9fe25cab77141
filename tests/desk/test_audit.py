"""Who did what: the audit trail can be read and filtered and not changed, and every row tells what it was before."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from commitments.admin.acts import WORDS, plainly, reference
from commitments.admin.guide import WHO, actions, arrows
from commitments.admin.history import steps
from commitments.editorial import drafts, people
from commitments.models import TRANSITIONS, Audit, CodingDraft, Delivery, StatusDraft, Theme
from tests import factories
from tests.factories import AT, LATER, draft, evidence, person, submitted, two_good_items, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

Desk = Callable[[Any], Client]
ROOT = Path(__file__).resolve().parents[2]
TRAIL = "/admin/commitments/audit/"


def shown(client: Client, **asked: Any) -> list[str]:
    return [act.action for act in client.get(TRAIL, asked).context["cl"].result_list]


def test_the_trail_is_for_administrators(desk: Desk) -> None:
    for role, status in {"viewer": 403, "curator": 403, "reviewer": 403, "administrator": 200}.items():
        assert desk(person(role)).get(TRAIL).status_code == status, role


def test_the_trail_is_filtered_by_person_action_and_day(desk: Desk) -> None:
    curator, other = person(), person()
    people.assign(factories.pledge(), curator, by=curator, at=AT)
    people.declare_conflict(factories.pledge(n=1), by=other, reason="A friend.", at=AT.replace(day=20))
    client = desk(person("administrator"))
    assert shown(client) == ["pledge.assign", "conflict.declare"]
    assert shown(client, by__id__exact=other.pk) == ["conflict.declare"]
    assert shown(client, action="pledge.assign") == ["pledge.assign"]
    assert shown(client, at__year=2026, at__month=11, at__day=20) == ["conflict.declare"]
    assert shown(client, q=factories.pledge(n=1).code) == ["conflict.declare"]


def test_nobody_writes_in_the_trail(desk: Desk) -> None:
    me = person("curator")
    people.assign(factories.pledge(), me, by=me, at=AT)
    client, act = desk(person("administrator")), Audit.objects.get()
    assert client.get(f"{TRAIL}add/").status_code == 403
    assert client.post(f"{TRAIL}{act.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.post(f"{TRAIL}{act.pk}/change/", {"action": "nothing"}).status_code == 403
    assert Audit.objects.get().action == "pledge.assign"


def test_every_action_in_the_code_has_words() -> None:
    source = "\n".join(path.read_text() for path in (ROOT / "commitments").rglob("*.py"))
    written = set(re.findall(r'Audit\.write\(\s*"([a-z.]+)"', source)) | {f"draft.{way.action}" for way in TRANSITIONS}
    assert len(written) > 20
    assert written - set(WORDS) == set()


@pytest.mark.parametrize(
    ("subject", "leads_to"),
    [
        ("status update for SPC-3.2 (draft 7)", "draft+7"),
        ("coding version for FMP-2.11.3 (draft 12)", "draft+12"),
        ("E10001", "E10001"),
        ("E0294 supports FMP-2.11.3", "E0294"),
        ("FMP-2.11.3", "FMP-2.11.3"),
        ("trackability of SPC-2.1", "SPC-2.1"),
    ],
)
def test_the_subject_of_an_act_leads_to_its_page(subject: str, leads_to: str) -> None:
    assert reference(subject) == f"/admin/find/?q={leads_to}"


def test_a_subject_without_a_page_leads_nowhere() -> None:
    assert reference("somebody@example.org") == ""


def test_details_are_told_in_one_line() -> None:
    assert plainly({"revision": 2, "cited": {"E0001": "supports"}, "roles": ["viewer", "curator"]}) == (
        "revision 2, cited E0001 supports, roles viewer curator"
    )


# --- what a row was before ------------------------------------------------------------------


def history(client: Client, row: Any) -> str:
    page = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_history", args=[row.pk])
    return " ".join(client.get(page).content.decode().split())


def test_the_history_of_a_draft_tells_who_changed_which_field_from_what_to_what(desk: Desk) -> None:
    curator = person("curator", "ana")
    content = draft(factories.pledge(), curator, two_good_items(), summary={"en": "A plan."})
    drafts.open_edit(content, by=curator, revision=1, at=AT)
    content.summary, content.status = {"en": "A plan was published.", "es": "Se publicó un plan."}, "announced"
    content.save()
    changed = {(change.name, change.old, change.new) for step in steps(content) for change in step.changes}
    assert changed == {
        ("summary, English", "A plan.", "A plan was published."),
        ("summary, Español", "", "Se publicó un plan."),
        ("status", str(Delivery.IN_PROGRESS.label), str(Delivery.ANNOUNCED.label)),
    }
    page = history(desk(curator), content)
    assert "<del>A plan.</del> <ins>A plan was published.</ins>" in page
    assert '<dd lang="es">' in page


def test_what_was_saved_at_the_desk_stands_in_the_history_once(desk: Desk) -> None:
    client, row = desk(person("curator", "ana")), factories.pledge()
    form = {"pledge": row.code, "searched_on": "2026-11-20", "languages": "en", "places": "Google", "queries": "a"}
    client.post(reverse("admin:commitments_searchlog_add"), form)
    log = row.searches.get()
    client.post(reverse("admin:commitments_searchlog_change", args=[log.pk]), {**form, "places": "Bing"})
    told = [(step.by, step.words.partition(" ")[0], len(step.changes)) for step in steps(log)]
    assert told == [("ana", "changed", 1), ("ana", "logged", 0)]
    assert "<del>Google</del> <ins>Bing</ins>" in history(client, log)


def test_the_act_and_the_state_that_it_left_are_told_as_one() -> None:
    ana, noon = person("curator", "ana"), datetime.now(UTC)
    content = StatusDraft(pledge=factories.pledge(), status="announced", effective_on=LATER, summary=words("A plan."))
    content._history_user = ana
    drafts.begin(content, by=ana, at=noon)
    drafts.open_edit(content, by=ana, revision=1, at=noon)
    content.status = "in_progress"
    content.save()
    told = [(step.words.partition(" ")[0], [change.name for change in step.changes]) for step in steps(content)]
    assert sorted(told) == [("began", []), ("edited", ["status"])]


def test_what_was_done_to_a_draft_stands_in_its_history_with_what_it_says(desk: Desk) -> None:
    reviewer = person("reviewer", "ben")
    waiting = submitted(draft(factories.pledge(), person("curator", "ana"), two_good_items()))
    drafts.return_(waiting, by=reviewer, text="The date is wrong.", at=AT)
    done = [(step.by, step.words.partition(" ")[0]) for step in steps(waiting.content)]
    assert ("ben", "returned") in done
    assert ("ana", "submitted") in done
    assert "<strong>ben</strong> returned" in history(desk(reviewer), waiting)


def test_a_change_of_many_choices_is_told_by_their_names() -> None:
    row, me = factories.pledge(), person()
    base = row.codings.latest("version")
    content = CodingDraft(pledge=row, base=base, title=words("T"), trackability="verifiable", test=words("A test."))
    drafts.begin(content, by=me, at=AT)
    content.themes.set(Theme.objects.all()[:1])
    content.themes.set(Theme.objects.all()[1:3])
    told = [change for step in steps(content) for change in step.changes if change.name == "themes"]
    first, second, third = (str(theme) for theme in Theme.objects.all()[:3])
    assert (told[-1].old, told[-1].new) == ("", first)
    assert sorted(told[0].new.split(", ")) == sorted([second, third])


def test_the_history_of_evidence_says_values_in_words(desk: Desk) -> None:
    client, item = desk(person()), evidence(publisher="Exmaple")
    item.publisher, item.side = "Example", "lac"
    item.save()
    page = history(client, item)
    assert "<del>Exmaple</del> <ins>Example</ins>" in page
    assert "Latin America and the Caribbean" in page


def test_a_history_is_for_those_who_may_see_the_row(desk: Desk) -> None:
    outsider = person("viewer")
    outsider.groups.clear()
    item = evidence()
    page = reverse("admin:commitments_evidence_history", args=[item.pk])
    assert desk(outsider).get(page).status_code == 403
    assert desk(person("viewer")).get(page).status_code == 200


def test_a_row_that_is_not_there_has_no_history(desk: Desk) -> None:
    assert desk(person()).get("/admin/commitments/evidence/999999/history/").status_code == 302


# --- the page of help -----------------------------------------------------------------------


def test_the_diagram_draws_every_way_of_the_table() -> None:
    ways = [(arrow, action) for arrow in arrows() for action in arrow.actions.split(", ")]
    drawn = {(action, arrow.source.state, arrow.target.state) for arrow, action in ways}
    assert drawn == {(way.action, way.source, way.target) for way in TRANSITIONS}


def test_every_action_says_whose_it_is() -> None:
    assert {action["name"] for action in actions()} == {way.action for way in TRANSITIONS} == set(WHO)


def test_the_page_of_help_defines_every_status(desk: Desk) -> None:
    page = desk(person("viewer")).get("/admin/help/").content.decode()
    for status in Delivery:
        assert f'id="status-{status.value}"' in page
        assert str(status.definition) in page
