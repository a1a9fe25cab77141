"""Who looks after which pledge, who stands too close to one, and what is published: shown, and not changed."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.messages.storage.fallback import FallbackStorage
from django.test import Client, RequestFactory
from django.urls import reverse

from commitments.admin.people.pledges import assign_to
from commitments.editorial import people
from commitments.models import Assignment, Audit, Conflict, LedgerEntry, Pledge, StatusUpdate
from tests import factories
from tests.factories import AT, person, published, two_good_items, update

pytestmark = pytest.mark.django_db

Desk = Callable[[Any], Client]
CONFLICTS = reverse("admin:commitments_conflict_changelist")
ASSIGNMENTS = reverse("admin:commitments_assignment_changelist")


def acted(by: Any, data: dict[str, Any]) -> Any:
    """Call the action of the list of pledges as that list does."""
    request = RequestFactory().post("/admin/commitments/pledge/", data)
    request.user, request.session, request.resolver_match = by, {}, None  # type: ignore[assignment]
    request._messages = FallbackStorage(request)  # type: ignore[attr-defined]
    room = SimpleNamespace(admin_site=admin.site, opts=Pledge._meta)
    return assign_to(room, request, Pledge.objects.order_by("pk")[:3])


def test_a_reviewer_assigns_several_pledges_at_once() -> None:
    reviewer, curator = person("reviewer"), person()
    asked = acted(reviewer, {"action": "assign_to"}).render().content.decode()
    assert "Assign 3 pledges" in asked
    assert curator.username in asked
    assert acted(reviewer, {"action": "assign_to", "_assign": "1", "person": curator.pk}) is None
    assert Assignment.objects.filter(person=curator).count() == 3


def test_a_curator_assigns_to_themselves_only() -> None:
    curator, other = person(), person()
    assert other.username not in acted(curator, {"action": "assign_to"}).render().content.decode()
    acted(curator, {"action": "assign_to", "_assign": "1", "person": other.pk})
    assert not Assignment.objects.exists()
    acted(curator, {"action": "assign_to", "_assign": "1", "person": curator.pk})
    assert Assignment.objects.filter(person=curator).count() == 3


def test_nobody_is_offered_who_does_not_write() -> None:
    reviewer, viewer, gone = person("reviewer"), person("viewer"), person()
    gone.is_active = False
    gone.save()
    asked = acted(reviewer, {"action": "assign_to"}).render().content.decode()
    assert viewer.username not in asked
    assert gone.username not in asked


def test_the_list_of_pledges_offers_it(desk: Desk) -> None:
    reviewer, curator = person("reviewer"), person()
    client, listed = desk(reviewer), reverse("admin:commitments_pledge_changelist")
    chosen = [pledge.pk for pledge in Pledge.objects.all()[:2]]
    data = {"action": "assign_to", "_selected_action": chosen}
    assert "Assign 2 pledges" in client.post(listed, data).content.decode()
    said = client.post(listed, data | {"_assign": "1", "person": curator.pk}, follow=True).content.decode()
    assert f"2 pledges are looked after by {curator} now." in said


def test_a_viewer_assigns_nothing(desk: Desk) -> None:
    listed = reverse("admin:commitments_pledge_changelist")
    data = {"action": "assign_to", "_selected_action": [Pledge.objects.first().pk]}  # type: ignore[union-attr]
    assert "Your role does not let you" in desk(person("viewer")).post(listed, data, follow=True).content.decode()


def test_assignments_end_in_their_list(desk: Desk) -> None:
    curator, other = person(), person()
    for n, who in enumerate((curator, other)):
        people.assign(factories.pledge(n=n), who, by=who, at=AT)
    chosen = [row.pk for row in Assignment.objects.all()]
    data = {"action": "release", "_selected_action": chosen}
    said = desk(curator).post(ASSIGNMENTS, data, follow=True).content.decode()
    assert "You can give up your own pledges" in said
    assert list(Assignment.objects.values_list("person", flat=True)) == [other.pk]


def test_one_declares_ones_own_conflict_of_interest(desk: Desk) -> None:
    pledge, curator, other = factories.pledge(), person(), person()
    data = {"pledge": pledge.code.lower(), "reason": "My employer.", "person": other.pk}
    said = desk(curator).post(reverse("admin:commitments_conflict_add"), data, follow=True).content.decode()
    assert "you neither write nor approve" in said
    assert [(row.person, row.pledge) for row in Conflict.objects.all()] == [(curator, pledge)]


def test_an_assignment_has_a_page_that_tells_who_made_it(desk: Desk) -> None:
    curator = person("curator", "ana")
    people.assign(factories.pledge(), curator, by=curator, at=AT)
    row = Assignment.objects.get()
    page = reverse("admin:commitments_assignment_change", args=[row.pk])
    for role in ("viewer", "curator", "administrator"):
        client = desk(person(role))
        assert page in client.get(ASSIGNMENTS).content.decode()
        assert client.get(page).status_code == 200
        assert "entered it" in client.get(page.replace("change", "history")).content.decode()
        assert client.post(page, {}).status_code == 403
        assert client.post(page.replace("change", "delete"), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("door", ["the form", "the page of the pledge"])
def test_a_conflict_of_interest_is_not_declared_twice_and_the_reason_that_was_typed_stays(
    door: str, desk: Desk
) -> None:
    pledge, curator = factories.pledge(), person()
    people.declare_conflict(pledge, by=curator, reason="My employer.", at=AT)
    add, data = reverse("admin:commitments_conflict_add"), {"pledge": pledge.code, "reason": "A cousin works there."}
    doors = {"the form": add, "the page of the pledge": reverse("admin:commitments_pledge_conflict", args=[pledge.pk])}
    answer = desk(curator).post(doors[door], data)
    page = answer.content.decode()
    assert f"You declared a conflict of interest on {pledge} already, on 2026-11-22" in page
    assert "you neither write nor approve" not in page
    assert "A cousin works there.</textarea>" in page
    assert f'value="{pledge.code}"' in page
    assert f'action="{add}"' in page
    assert Conflict.objects.get().reason == "My employer."
    assert Audit.objects.filter(action="conflict.declare").count() == 1


def test_a_pledge_that_is_mistyped_is_said_at_its_field_and_the_reason_stays(desk: Desk) -> None:
    data = {"pledge": "SPC-99.9", "reason": "A cousin works there."}
    page = desk(person()).post(reverse("admin:commitments_conflict_add"), data).content.decode()
    assert "There is no pledge" in page
    assert "A cousin works there.</textarea>" in page


def test_nobody_ends_their_own_conflict_of_interest(desk: Desk) -> None:
    administrator, curator = person("administrator"), person()
    conflict = people.declare_conflict(factories.pledge(), by=curator, reason="My employer.", at=AT)
    data = {"action": "end", "_selected_action": [conflict.pk]}
    assert "Nobody ends their own" in desk(curator).post(CONFLICTS, data, follow=True).content.decode()
    conflict.refresh_from_db()
    assert conflict.ended_at is None
    assert "may write and approve" in desk(administrator).post(CONFLICTS, data, follow=True).content.decode()
    conflict.refresh_from_db()
    assert conflict.ended_at is not None


def test_a_declaration_stands_as_it_was_made(desk: Desk) -> None:
    conflict = people.declare_conflict(factories.pledge(), by=person(), reason="My employer.", at=AT)
    page = reverse("admin:commitments_conflict_change", args=[conflict.pk])
    client = desk(person("administrator"))
    assert "My employer." in client.get(page).content.decode()
    assert client.post(page, {"reason": "Nothing."}).status_code == 403


def test_an_update_leads_to_its_correction_withdrawal_and_confirmation(desk: Desk) -> None:
    pledge = factories.pledge()
    first = published(update(pledge, "in_progress"), two_good_items())
    page = reverse("admin:commitments_statusupdate_change", args=[first.pk])
    shown = desk(person()).get(page).content.decode()
    for does in ("correct", "withdraw", "confirm"):
        assert f"?pledge={pledge.code}&amp;{does}={first}" in shown
    assert "confirm=" not in desk(person("viewer")).get(page).content.decode()


def test_an_update_by_two_people_is_not_confirmed_and_an_undone_one_is_left_alone(desk: Desk) -> None:
    first = published(update(factories.pledge(), "in_progress", **factories.people()), two_good_items())
    page = reverse("admin:commitments_statusupdate_change", args=[first.pk])
    shown = desk(person()).get(page).content.decode()
    assert "correct=" in shown
    assert "confirm=" not in shown
    later = published(update(first.pledge, "in_progress", kind="withdrawal", corrects=first))
    undone = desk(person()).get(page).content.decode()
    assert f"{later}</a>" in undone
    assert "correct=" not in undone


@pytest.mark.parametrize(
    "table", ["statusupdate", "citation", "reply", "datapoint", "ledgerentry", "coding", "blindcoding", "adjudication"]
)
def test_what_is_published_is_listed_and_never_changed(table: str, desk: Desk) -> None:
    published(update(factories.pledge(), "in_progress"), two_good_items())
    client = desk(person("reviewer"))
    listed = client.get(reverse(f"admin:commitments_{table}_changelist"))
    assert listed.status_code == 200
    assert client.get(reverse(f"admin:commitments_{table}_add")).status_code == 403
    row = {"statusupdate": StatusUpdate, "ledgerentry": LedgerEntry}.get(table)
    if row:
        first = row.objects.latest("pk")  # type: ignore[attr-defined]
        page = reverse(f"admin:commitments_{table}_change", args=[first.pk])
        assert client.get(page).status_code == 200
        assert client.post(page, {}).status_code == 403
        assert client.get(page.replace("change", "delete")).status_code == 403
