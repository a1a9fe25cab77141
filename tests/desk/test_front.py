"""The front page: what waits for whom, in which order, and that its lists show exactly what it counts."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from commitments.desk.queues import GROUPS, QUEUES
from commitments.editorial import drafts, people
from commitments.editorial.coding import code_blind
from commitments.editorial.fingerprint import fingerprint
from commitments.models import Coding, Delivery, Draft, Evidence, ReaderReport
from tests import factories
from tests.digests.rows import dispatch, subscribed
from tests.factories import AT, LATER, draft, evidence, person, published, submitted, two_good_items, update

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

Desk = Callable[[Any], Client]


def waiting(client: Client) -> dict[str, Any]:
    """Return what the front page shows, by the name of the queue."""
    groups = client.get("/admin/").context["groups"]
    return {found.queue.name: found for group in groups for found in (*group["queues"], *group["empty"])}


def counts(client: Client) -> dict[str, int]:
    return {name: found.count for name, found in waiting(client).items() if found.count}


#: What waits for who looks after the mail to readers.
MAIL = {"mail-uncertain", "mail-parked", "mail-late", "mail-refused"}


def reviewer_and_curator() -> Any:
    both = person("reviewer")
    both.groups.add(Group.objects.get(name="curator"))
    return both


def with_every_role() -> Any:
    everybody = reviewer_and_curator()
    everybody.groups.add(Group.objects.get(name="administrator"))
    return everybody


def due(pledge: Any, on: date) -> None:
    """Let the coding of a pledge give a date that was due."""
    coding = Coding.objects.filter(pledge=pledge).latest("version")
    later = Coding.objects.create(
        pledge=pledge, version=coding.version + 1, title=coding.title, trackability=coding.trackability,
        test=coding.test, due_on=on, release="record-2",
    )  # fmt: skip
    for name in Coding.sealed_links:
        getattr(later, name).set(getattr(coding, name).all())
    Coding.objects.filter(pk=later.pk).update(published_at=AT)


def one_of_each(me: Any) -> None:
    """Let something wait in every queue for a person who may do everything."""
    other, n = person("curator"), iter(range(20))
    submitted(draft(factories.pledge(n=next(n)), other, two_good_items()))
    mine = submitted(draft(factories.pledge(n=next(n)), me, two_good_items()))
    drafts.return_(mine, by=person("reviewer"), text="The date is wrong.", at=AT)
    draft(factories.pledge(n=next(n)), me, two_good_items())
    submitted(draft(factories.pledge(n=next(n)), me, two_good_items()))
    people.assign(factories.pledge(n=next(n)), me, by=me, at=AT)
    ReaderReport.objects.create(kind="error", text="Wrong.", language="es", received_at=AT)
    due(factories.pledge(n=next(n)), date(2026, 6, 30))
    first = published(update(factories.pledge(n=next(n)), "announced"), [(evidence(), "supports")], at=AT)
    code_blind(first, by=other, value="in_progress", why="It began.", at=AT)
    long_ago = update(factories.pledge(n=next(n)), "sustained", effective_on=date(2024, 1, 1))
    published(long_ago, [(evidence(event_on=LATER), "supports")], at=AT)
    evidence(public_at=None)
    evidence(link_state="dead", link_checked_on=LATER)
    reader = subscribed()
    for number, state in enumerate(("uncertain", "parked", "pending", "failed")):
        dispatch(reader, state=state, due_at=AT + timedelta(days=number), from_seq=None)


def test_every_list_shows_exactly_what_the_front_page_counts(desk: Desk) -> None:
    me = with_every_role()
    one_of_each(me)
    client = desk(me)
    for name, found in waiting(client).items():
        answer = client.get(found.queue.url)
        assert answer.status_code == 200, name
        assert answer.context["cl"].result_count == found.count, name


def test_something_of_every_kind_is_found(desk: Desk) -> None:
    me = with_every_role()
    one_of_each(me)
    at_once = {"review-due", "nothing-new"}
    assert set(counts(desk(me))) == set(QUEUES) - at_once


def test_what_time_alone_brings_waits_when_the_time_has_come(desk: Desk) -> None:
    row = factories.pledge()
    published(update(row, "sustained"), [(evidence(event_on=LATER), "supports")])
    for day, found in ((date(2027, 1, 15), set()), (date(2027, 1, 16), {"nothing-new"})):
        with time_machine.travel(day, tick=False):
            assert set(counts(desk(person("viewer")))) & {"nothing-new", "review-due"} == found
    with time_machine.travel(AT + timedelta(days=366), tick=False):
        assert set(counts(desk(person("viewer")))) >= {"nothing-new", "review-due"}


def test_the_first_of_a_queue_is_what_waits_longest(desk: Desk) -> None:
    author, reviewer = person(), person("reviewer")
    submitted(draft(factories.pledge(), author, two_good_items()))
    older = draft(factories.pledge(n=1), author, two_good_items())
    drafts.submit(older, by=author, at=AT - timedelta(days=12))
    found = waiting(desk(reviewer))["to-review"]
    assert (found.count, found.first.pk, found.days) == (2, older.pk, 12)
    assert found.first_url == f"/admin/commitments/draft/{older.pk}/review/"


def test_each_kind_of_queue_counts_its_days_from_what_it_is_about(desk: Desk) -> None:
    row = factories.pledge(n=3)
    due(row, date(2026, 6, 30))
    dead = evidence(link_state="dead", link_checked_on=date(2026, 11, 1))
    found = waiting(desk(person("viewer")))
    assert (found["overdue"].first, found["overdue"].days) == (row, 145)
    assert (found["dead-links"].first, found["dead-links"].days) == (dead, 21)


# --- for whom -------------------------------------------------------------------------------


def test_a_reviewer_is_not_asked_to_review_what_they_wrote(desk: Desk) -> None:
    me = reviewer_and_curator()
    submitted(draft(factories.pledge(), me, two_good_items()))
    assert counts(desk(me)) == {"in-review": 1}
    assert counts(desk(person("reviewer")))["to-review"] == 1


def test_a_conflict_of_interest_hides_a_draft_from_its_reviewer_until_it_is_ended(desk: Desk) -> None:
    reviewer, pledge = person("reviewer"), factories.pledge()
    submitted(draft(pledge, person(), two_good_items()))
    conflict = people.declare_conflict(pledge, by=reviewer, reason="My own project.", at=AT)
    assert "to-review" not in counts(desk(reviewer))
    assert counts(desk(person("reviewer")))["to-review"] == 1
    people.end_conflict(conflict, by=person("administrator"), at=AT)
    assert counts(desk(reviewer))["to-review"] == 1


def test_who_coded_is_not_asked_to_settle(desk: Desk) -> None:
    first = published(update(factories.pledge(), "announced"), [(evidence(), "supports")])
    coder = reviewer_and_curator()
    code_blind(first, by=coder, value="in_progress", why="It began.", at=AT)
    assert "differences" not in counts(desk(coder))
    assert counts(desk(person("reviewer")))["differences"] == 1


@pytest.mark.parametrize(
    ("role", "unseen"),
    [
        ("viewer", {"to-review", "returned", "differences", "reports", "drafts", "in-review", "assigned", *MAIL}),
        ("curator", {"to-review", "differences", *MAIL}),
        ("reviewer", MAIL),
        ("administrator", {"to-review", "returned", "differences", "reports", "drafts", "in-review", "assigned"}),
    ],
)
def test_each_role_sees_the_queues_in_which_it_can_act(desk: Desk, role: str, unseen: set[str]) -> None:
    assert set(QUEUES) - set(waiting(desk(person(role)))) == unseen


def test_what_others_wait_for_comes_first() -> None:
    titles = [group.title for group in GROUPS]
    assert titles == ["Others wait for you", "Your own work", "Mail to readers", "What the record needs"]
    assert [queue.name for queue in GROUPS[0].queues][:2] == ["to-review", "returned"]


def test_an_empty_queue_says_so_in_words(desk: Desk) -> None:
    page = desk(person("reviewer")).get("/admin/").content.decode()
    assert "Nothing waits for review." in page
    assert "Nothing was returned to you." in page


def test_an_account_without_a_role_is_told_so(desk: Desk) -> None:
    me = person("viewer")
    me.groups.clear()
    assert "has no role yet" in desk(me).get("/admin/").content.decode()


def test_evidence_that_a_draft_or_an_update_cites_is_not_left_over(desk: Desk) -> None:
    left, drafted = evidence(public_at=None), evidence(public_at=None)
    content = draft(factories.pledge(), person(), [(drafted, "supports")])
    client = desk(person())
    assert waiting(client)["uncited"].first == left
    assert counts(client)["uncited"] == 1
    drafts.withdraw(Draft.objects.get(pk=content.pk), by=content.author, at=AT)
    assert counts(client)["uncited"] == 2
    Evidence.objects.filter(pk__in=[left.pk, drafted.pk]).update(public_at=AT)
    assert "uncited" not in counts(client)


def test_the_front_page_asks_as_often_for_many_rows_as_for_few(desk: Desk) -> None:
    me = with_every_role()
    one_of_each(me)
    client = desk(me)
    client.get("/admin/")
    with CaptureQueriesContext(connection) as few:
        client.get("/admin/")
    author = person()
    for n in range(20, 26):
        submitted(draft(factories.pledge(n=n), author, two_good_items()))
        submitted(draft(factories.pledge(n=n), me, two_good_items()))
        published(update(factories.pledge(n=n), "announced"), [(evidence(), "supports")])
        published(update(factories.pledge(n=n), "in_progress", **factories.people()), two_good_items())
        evidence(public_at=None)
        dispatch(subscribed(address=f"{n}@example.org"), state="uncertain")
    with CaptureQueriesContext(connection) as many:
        client.get("/admin/")
    assert len(many) == len(few) < 60


# --- the rest of the page -------------------------------------------------------------------


def test_what_follows_from_a_coding_needs_no_confirmation(desk: Desk) -> None:
    declaratory = factories.pledge("declaratory")
    assert published_status(declaratory) == ("not_assessable", True)
    assert "provisional" not in counts(desk(person()))
    published(update(factories.pledge(), "announced"), [(evidence(), "supports")])
    assert counts(desk(person()))["provisional"] == 1


def published_status(pledge: Any) -> tuple[str, bool]:
    newest = pledge.updates.filter(published_at__isnull=False).latest("seq")
    return newest.status, newest.provisional


def test_coverage_stands_in_one_line(desk: Desk) -> None:
    published(update(factories.pledge(), "announced"), [(evidence(), "supports")])
    published(update(factories.pledge(n=1), "in_progress", **factories.people()), two_good_items())
    found = desk(person("viewer")).get("/admin/").context["coverage"]
    assert (found.pledges, found.by_people, found.provisional) == (362, 1, 1)
    assert found.not_assessed + found.not_assessable == 360


def test_what_people_published_last_is_named_with_its_two_people(desk: Desk) -> None:
    author, reviewer, row = person("curator", "ana"), person("reviewer", "ben"), factories.pledge()
    published(update(factories.pledge(n=1), "announced"), [(evidence(), "supports")])
    content = submitted(draft(row, author, two_good_items()))
    drafts.approve(content, by=reviewer, read=fingerprint(content), at=AT)
    answer = desk(person("viewer")).get("/admin/")
    assert [(p.about, p.standing.delivery) for p in answer.context["published"]] == [(row.code, Delivery.IN_PROGRESS)]
    assert "ana, approved by ben" in " ".join(answer.content.decode().split())


def test_only_my_own_last_acts_are_mine(desk: Desk) -> None:
    me, row = person(), factories.pledge()
    people.assign(row, me, by=me, at=AT)
    people.assign(factories.pledge(n=1), (other := person()), by=other, at=AT)
    acts = desk(me).get("/admin/").context["acts"]
    assert [(told.words, told.act.subject) for told in acts] == [("assigned", row.code)]


# --- finding one's way ----------------------------------------------------------------------


def test_the_search_jumps_to_what_has_this_code_or_number(desk: Desk) -> None:
    client, row, item = desk(person()), factories.pledge(), evidence()
    said = published(update(row, "announced"), [(item, "supports")])
    content = draft(row, person(), two_good_items())
    pledge_page = f"/admin/commitments/pledge/{row.pk}/change/"
    for words, page in {
        row.code: pledge_page,
        row.code.lower(): pledge_page,
        item.public_id: f"/admin/commitments/evidence/{item.pk}/change/",
        said.public_id: pledge_page,
        f"draft {content.pk}": f"/admin/commitments/draft/{content.pk}/review/",
        "polar base": "/admin/commitments/pledge/?q=polar+base",
        "": "/admin/commitments/pledge/",
        "U9999999": "/admin/commitments/pledge/?q=U9999999",
    }.items():
        assert client.get("/admin/find/", {"q": words}).headers["Location"] == page, words


def rooms(client: Client, path: str = "/admin/") -> dict[str, bool]:
    return {door.title: door.current for door in client.get(path).context["rooms"]}


def test_the_rooms_are_those_that_the_roles_open(desk: Desk) -> None:
    everybody = ["Waiting", "Pledges", "Evidence", "Figures", "Drafts", "Searches", "Coding", "Reports"]
    for role in ("viewer", "curator", "reviewer", "administrator"):
        mail = ["Digests"] if role == "administrator" else []
        assert list(rooms(desk(person(role)))) == [*everybody, *mail, "People", "All tables", "Help"], role


def test_the_room_in_which_one_is_is_marked(desk: Desk) -> None:
    client = desk(person())
    row = draft(factories.pledge(), person(), two_good_items())
    for path, room in {
        "/admin/": "Waiting",
        "/admin/help/": "Help",
        "/admin/commitments/evidence/": "Evidence",
        f"/admin/commitments/draft/{row.pk}/review/": "Drafts",
        f"/admin/commitments/pledge/{row.about.pk}/change/": "Pledges",
    }.items():
        assert [title for title, current in rooms(client, path).items() if current] == [room]


def test_all_tables_stay_within_reach(desk: Desk) -> None:
    page = desk(person("viewer")).get("/admin/tables/").content.decode()
    assert 'href="/admin/commitments/passage/"' in page
    assert 'href="/admin/commitments/audit/"' not in page


def test_the_desk_speaks_english_to_everybody(desk: Desk) -> None:
    answer = desk(person()).get("/admin/commitments/pledge/", headers={"accept-language": "es"})
    assert '<html lang="en"' in answer.content.decode()
    assert "not assessed" in answer.content.decode()
    assert "sin evaluar" not in answer.content.decode()


def test_nobody_looks_at_the_front_page_from_outside(client: Client) -> None:
    for path in ("/admin/", "/admin/help/", "/admin/tables/", "/admin/find/?q=SPC-3.2"):
        assert client.get(path).status_code == 302
