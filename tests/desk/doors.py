"""The doors at which the rules are tried: SQL, elsewhere; the forms, several drafts at once, and a spreadsheet."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any

from django.test import Client

from commitments.models import (
    Attachment,
    Citation,
    Draft,
    Evidence,
    LedgerEntry,
    LedgerHead,
    Pledge,
    Reply,
    SearchLog,
    StatusDraft,
    StatusUpdate,
)
from tests.desk.tables import DRAFTS, faults, in_csv, proposal, sealed, tried
from tests.factories import draft

ADD = "/admin/commitments/statusdraft/add/"
LIST = "/admin/commitments/draft/"
#: A pledge, what is proposed about it, and what the proposal cites.
Case = tuple[Pledge, dict[str, str], list[tuple[Evidence, str]]]

#: Rule → the tests that try it with raw SQL, as file and name.
BY_SQL = {
    "1 published never changes": [
        ("models/test_rules.py", "test_sql_changes_no_published_update"),
        ("models/test_rules.py", "test_nothing_is_added_to_or_taken_from_what_a_published_update_cites"),
        ("models/test_rules.py", "test_replace_overwrites_nothing_that_is_published"),
        ("models/test_rules.py", "test_truncate_empties_nothing_that_is_published"),
        ("models/test_rules.py", "test_a_correction_names_a_published_update_of_the_same_pledge"),
        ("models/test_desk_rules.py", "test_a_reply_and_a_figure_never_change"),
    ],
    "2 two people": [
        ("models/test_rules.py", "test_nobody_publishes_what_they_wrote"),
        ("models/test_desk_rules.py", "test_a_reply_and_a_figure_are_by_two_people"),
    ],
    "3 final needs A or B": [
        ("models/test_rules.py", "test_a_final_status_needs_grade_a_or_b"),
        ("models/test_grading.py", "test_a_grade_too_good_is_refused_for_its_own_sake"),
    ],
    "4 no evidence needs a search": [("models/test_rules.py", "test_no_evidence_needs_a_logged_search")],
    "5 declaratory is not assessable": [
        ("models/test_declaratory.py", "test_a_declaratory_pledge_can_only_be_not_assessable"),
        ("models/test_declaratory.py", "test_a_coding_that_makes_a_pledge_declaratory_comes_with_its_status"),
    ],
    "6 cites evidence": [("models/test_rules.py", "test_a_status_without_evidence_is_refused_unless_it_needs_none")],
    "7 a deed after the baseline": [("models/test_rules.py", "test_a_deed_needs_support_from_the_baseline_day_on")],
    "provisional is never final": [("models/test_rules.py", "test_a_provisional_status_is_never_final")],
    "cited evidence is frozen": [
        ("models/test_rules.py", "test_a_cited_item_keeps_every_column"),
        ("models/test_rules.py", "test_a_cited_item_can_be_superseded_but_not_deleted"),
    ],
    "conflict of interest": [
        ("models/test_desk_rules.py", "test_no_update_by_somebody_too_close"),
        ("models/test_desk_rules.py", "test_no_draft_by_somebody_too_close"),
    ],
    "approval is for what was read": [
        ("models/test_desk_rules.py", "test_what_is_approved_is_the_revision_that_was_read"),
        ("models/test_desk_rules.py", "test_an_edit_of_what_was_submitted_is_a_new_revision"),
    ],
    "transitions": [
        ("editorial/test_transitions.py", "test_sql_takes_a_draft_only_where_the_table_leads"),
        ("models/test_desk_rules.py", "test_a_draft_is_never_deleted_nor_replaced"),
    ],
}


def public_rows() -> tuple[Any, ...]:
    """Everything that readers could see, and the head of the log."""
    models = (StatusUpdate, Citation, LedgerEntry, Reply, SearchLog)
    head = LedgerHead.objects.values_list("seq", "published_at").first()
    shown = Evidence.objects.filter(public_at__isnull=False).count()
    beside = Attachment.objects.filter(public_at__isnull=False).count()
    said = [
        list(rows.order_by("pk").values()) for rows in (StatusUpdate.objects, Evidence.objects.exclude(public_at=None))
    ]
    return (*(model.objects.count() for model in models), head, shown, beside, said)


@contextmanager
def nothing_published() -> Iterator[None]:
    before = public_rows()
    yield
    assert public_rows() == before


def said(answer: Any) -> str:
    """Return a page in words."""
    assert answer.status_code in (200, 403, 409, 422), answer
    text = re.sub(r"<(script|style|svg).*?</\1>", "", answer.content.decode(), flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split())


def chosen(client: Client, action: str, *of: Draft, **more: Any) -> str:
    data = {"action": action, "_selected_action": [one.pk for one in of], **more}
    return said(client.post(LIST, data, follow=True))


def approved_by_form(client: Client, waiting: Draft, read: str | None = None) -> str:
    page = f"{LIST}{waiting.pk}/review/"
    found = re.search(r'name="read" value="([0-9a-f]{64})"', client.get(page).content.decode())
    return said(client.post(page, {"approve": "1", "read": read or (found[1] if found else "")}, follow=True))


def approved_in_bulk(client: Client, waiting: Draft, read: str | None = None) -> str:
    first = client.post(LIST, {"action": "approve", "_selected_action": [waiting.pk]}, follow=True)
    found = re.search(r'name="(read-\d+)" value="([0-9a-f]{64})"', first.content.decode())
    shown = {f"read-{waiting.pk}": read or (found[2] if found else "")}
    return said(first) + chosen(client, "approve", waiting, confirmed="1", **shown)


APPROVE = {"form": approved_by_form, "bulk": approved_in_bulk}


def proposed_by_form(client: Client, by: Any, case: Case) -> str:
    pledge, fields, cites = case
    data: dict[str, Any] = {"effective_on": "2026-01-15", "summary_en": "So.", "reasoning_en": "Because."} | fields
    data |= {f"citations-{one}": bearing for one, bearing in cites} | {"citations": [str(one) for one, _ in cites]}
    return said(client.post(f"{ADD}?pledge={pledge.code}", data | {"_submit": "1"}, follow=True))


def proposed_in_bulk(client: Client, by: Any, case: Case) -> str:
    pledge, fields, cites = case
    return chosen(client, "submit", draft(pledge, by, cites, **fields))


def proposed_by_sheet(client: Client, by: Any, case: Case) -> str:
    """Import it; where that begins a draft, as it may be unfinished, submit that."""
    pledge, fields, cites = case
    lines = "\n".join(f"{one} {bearing}" for one, bearing in cites)
    page = tried(client, DRAFTS, in_csv([proposal(pledge.code, evidence=lines, **fields)]))
    if page.status_code == 422:
        return " ".join(faults(page).values())
    client.post(f"{DRAFTS}/process_import/", {"sealed": sealed(page)})
    return chosen(client, "submit", StatusDraft.objects.get())


PROPOSE = {"form": proposed_by_form, "bulk": proposed_in_bulk, "sheet": proposed_by_sheet}
