"""What a working row was before: who changed which field from what to what, and what else was done to it."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.formats import localize
from simple_history.utils import get_history_manager_for_model

from commitments.admin.acts import acts_on, named
from commitments.models import Draft
from commitments.models.base import TextMap

NAMES = dict(settings.LANGUAGES)
#: So many of the newest states are compared with the one before each.
LONGEST = 100
#: The acts that write the row itself, and how far apart the two notes of one request can lie.
WRITING = (".begin", ".change", ".edit", ".record")
TOGETHER = timedelta(seconds=10)
KINDS = {"+": "entered it", "~": "changed it", "-": "removed it"}


@dataclass(frozen=True)
class Change:
    """One field, from what to what; a text in several languages counts once for each."""

    name: str
    old: str
    new: str
    language: str = ""


@dataclass(frozen=True)
class Step:
    """One thing that somebody did, at a time, in words, with what it changed."""

    at: datetime
    by: str
    words: str
    detail: str = ""
    changes: list[Change] = field(default_factory=list)
    writes: bool = False


def steps(row: Model) -> list[Step]:
    """Return everything that was done to a row, newest first: its kept states, and the audit trail's acts on it."""
    acts, states = list(_acts(row)), []
    for state in _states(row):
        act = next((act for act in acts if _one(act, state)), None)
        if act:
            acts[acts.index(act)] = replace(act, changes=state.changes)
        else:
            states.append(state)
    return sorted([*states, *acts], key=lambda step: step.at, reverse=True)


def _one(act: Step, state: Step) -> bool:
    """Tell whether the trail's act left the row in this state: one request writes both."""
    return act.writes and not act.changes and act.by == state.by and abs(act.at - state.at) < TOGETHER


def _acts(row: Model) -> Iterator[Step]:
    for told in acts_on(row):
        writes = told.act.action.endswith(WRITING)
        words = f"{told.words} {told.act.subject}"
        yield Step(told.act.at, named(told.act.by), words, told.detail, writes=writes)


def _states(row: Model) -> Iterator[Step]:
    history = get_history_manager_for_model(row)
    kept = list(history.select_related("history_user")[: LONGEST + 1])
    for newer, older in pairwise([*kept, None]):
        changes = list(_changes(newer, older)) if older else []
        if changes or newer.history_type != "~":
            yield Step(newer.history_date, named(newer.history_user), KINDS[newer.history_type], changes=changes)


def _changes(newer: Any, older: Any) -> Iterator[Change]:
    for change in newer.diff_against(older, foreign_keys_are_objs=True).changes:
        of = newer.instance_type._meta.get_field(change.field)
        if isinstance(of, TextMap):
            yield from _texts(str(of.verbose_name), change.old or {}, change.new or {})
        else:
            yield Change(str(of.verbose_name), *(_said(of, value) for value in (change.old, change.new)))


def _texts(name: str, old: dict[str, str], new: dict[str, str]) -> Iterator[Change]:
    for language in {**old, **new}:
        if old.get(language) != new.get(language):
            named_so = f"{name}, {NAMES.get(language, language)}"
            yield Change(named_so, old.get(language, ""), new.get(language, ""), language)


def _said(of: Any, value: Any) -> str:
    """Return the value of a field in words."""
    if of.many_to_many:
        return ", ".join(sorted(str(link[of.m2m_reverse_field_name()]) for link in value))
    if of.flatchoices:
        return str(dict(of.flatchoices).get(value, value))
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(localize(value))


class WithHistory(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """A room whose rows remember what they were."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show what was done to a row; where the model keeps no states, what Django noted."""
        row = self.get_object(request, unquote(object_id))
        told = row.content if type(row) is Draft else row
        if told is None or not hasattr(told._meta, "simple_history_manager_attribute"):
            return super().history_view(request, object_id, extra_context)
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": f"History of {row}",
            "opts": self.opts,
            "object": row,
            "steps": steps(told),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/history.html", context)
