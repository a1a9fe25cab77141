"""The table of transitions is the whole truth: for the actions, for SQL, and for the diagram in docs/desk.md."""

import re
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from commitments.editorial import drafts, publish
from commitments.editorial.fingerprint import fingerprint
from commitments.editorial.policies import RefusedError
from commitments.models import TRANSITIONS, Draft, DraftState, LedgerEntry, Publication
from commitments.models.transitions import target
from tests import factories
from tests.editorial.proposals import brought_to, status_draft
from tests.factories import AT, clock, people, person, published, refused, sql, update

DRAFT = Draft._meta.db_table
STATES = DraftState.values
ACTS: dict[str, Callable[[Draft, Any, Any], Any]] = {
    "edit": lambda d, author, _: drafts.open_edit(d.content, by=author, revision=d.revision, at=AT),
    "submit": lambda d, author, _: drafts.submit(d, by=author, at=AT),
    "return": lambda d, _, reviewer: drafts.return_(d, by=reviewer, text="Say when.", at=AT),
    "approve": lambda d, _, reviewer: drafts.approve(d, by=reviewer, read=fingerprint(d), at=AT),
    "withdraw": lambda d, author, _: drafts.withdraw(d, by=author, at=AT),
    "reopen": lambda d, author, _: drafts.reopen(d, by=author, at=AT),
}


def test_the_table_names_every_action_and_every_state() -> None:
    assert {t.action for t in TRANSITIONS} == set(ACTS)
    assert {t.source for t in TRANSITIONS} | {t.target for t in TRANSITIONS} == set(STATES)
    assert len({(t.action, t.source) for t in TRANSITIONS}) == len(TRANSITIONS)


@pytest.mark.django_db
@pytest.mark.parametrize(("action", "state"), list(product(ACTS, STATES)))
def test_an_action_goes_where_the_table_says_or_nowhere(action: str, state: str) -> None:
    author, reviewer = person("curator"), person("reviewer")
    before = brought_to(state, status_draft(author), reviewer)
    assert before.state == state
    wanted = target(action, state)
    if wanted:
        ACTS[action](before, author, reviewer)
        assert Draft.objects.get(pk=before.pk).state == wanted
    else:
        with pytest.raises(RefusedError, match=rf"is {before.get_state_display()}: there is no way to {action} it"):
            ACTS[action](before, author, reviewer)
        assert Draft.objects.filter(pk=before.pk).values().get() == draft_values(before)


def draft_values(draft: Draft) -> dict[str, Any]:
    return {field.attname: getattr(draft, field.attname) for field in Draft._meta.concrete_fields}


def entry_for(draft: Draft) -> int | None:
    """Return the key of an entry that publishes an update by the draft's author on its pledge."""
    names = {**people(), "author": draft.author}
    row = published(update(draft.about, "not_assessed", **names))
    return LedgerEntry.objects.get(seq=row.seq).pk


@pytest.mark.django_db
@pytest.mark.parametrize(("source", "to"), list(product(STATES, STATES)))
def test_sql_takes_a_draft_only_where_the_table_leads(source: str, to: str) -> None:
    """Whatever else the step needs is there (an entry, a time, a new revision), so that only the way can be wrong."""
    draft = brought_to(source, status_draft(person()), person("reviewer"))
    entry = draft.entry_id or entry_for(draft) if to == "published" else None
    edited = (source, to) == ("in_review", "draft")
    values = (to, entry, clock(AT), draft.revision + edited, draft.pk)
    step = f"UPDATE {DRAFT} SET state = %s, entry_id = %s, submitted_at = %s, revision = %s WHERE id = %s"
    if any((t.source, t.target) == (source, to) for t in TRANSITIONS):
        sql(step, *values)
        assert Draft.objects.get(pk=draft.pk).state == to
    else:
        with refused("the table of transitions has no such way"):
            sql(step, *values)
        assert Draft.objects.get(pk=draft.pk).state == source


@pytest.mark.django_db
@pytest.mark.parametrize("state", [state for state in STATES if state != "draft"])
def test_no_draft_begins_anywhere_but_as_a_draft(state: str) -> None:
    old = brought_to("in_review", status_draft(person()), person("reviewer"))
    entry = entry_for(old) if state == "published" else None
    columns = [c.column for c in Draft._meta.concrete_fields if c.name not in ("id", "state", "entry")]
    with refused("a draft begins as a draft"):
        sql(
            f"INSERT INTO {DRAFT} (state, entry_id, {', '.join(columns)}) SELECT %s, %s, {', '.join(columns)} "
            f"FROM {DRAFT} WHERE id = %s",
            *(state, entry, old.pk),
        )


@pytest.mark.django_db
def test_an_unknown_state_is_no_state() -> None:
    draft = status_draft(person())
    with refused("no such way|draft_state_known"):
        Draft.objects.filter(pk=draft.pk).update(state="approved")


@pytest.mark.django_db
def test_publishing_by_sql_takes_the_same_road_as_the_action() -> None:
    """The one way to `published`: rows that stand, an entry that is theirs, and what was read."""
    draft = brought_to("in_review", status_draft(person()), person("reviewer"))
    with transaction.atomic():
        entry = publish.publish(draft, by=person("reviewer"), turn=Publication.begin(AT))
        sql(f"UPDATE {DRAFT} SET state = 'published', entry_id = %s WHERE id = %s", entry.pk, draft.pk)
    assert Draft.objects.get(pk=draft.pk).entry == entry


def diagram() -> str:
    """Return the table as a Mermaid diagram."""
    begin, end = "    [*] --> draft: begin", "    published --> [*]"
    steps = [f"    {t.source.value} --> {t.target.value}: {t.action}" for t in TRANSITIONS]
    return "\n".join(["stateDiagram-v2", begin, *steps, end])


def test_the_diagram_in_the_documentation_is_the_table() -> None:
    text = (Path(factories.__file__).parent.parent / "docs" / "desk.md").read_text()
    drawn = re.search(r"## A draft's way\n.*?```mermaid\n(.*?)\n```", text, re.DOTALL)
    assert drawn, "docs/desk.md has no diagram under “A draft's way”"
    assert drawn.group(1) == diagram()
