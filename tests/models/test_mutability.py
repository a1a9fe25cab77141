"""Every model says who may change its rows, and the append-only ones say it in the database too."""

from typing import Any

import pytest
from django.apps import apps
from django.db import models

from commitments.models import AppendOnly, Draft, Mutability, Review
from commitments.models.base import History, Kept, SealedWithParent
from commitments.models.triggers import expected, guards

MODELS = list(apps.get_app_config("commitments").get_models())
SEALED = [model for model in MODELS if issubclass(model, AppendOnly)]
#: Rows that stand from the moment they are written, whatever they say.
STANDING = [model for model in MODELS if issubclass(model, Kept | History)]
#: Rows whose earlier states are kept beside them.
REMEMBERED: list[Any] = [m for m in MODELS if hasattr(m, "history") and not issubclass(m, History)]

each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
each_standing = pytest.mark.parametrize("model", STANDING, ids=lambda model: model.__name__)
each_sealed = pytest.mark.parametrize("model", SEALED, ids=lambda model: model.__name__)


def guarded() -> set[tuple[str, str]]:
    return {(guard.table, guard.event) for guard in guards()}


def test_the_app_has_models_to_ask() -> None:
    assert len(MODELS) >= 14
    assert SEALED
    assert Review in STANDING


@each_model
def test_a_model_declares_its_mutability(model: type[models.Model]) -> None:
    assert isinstance(getattr(model, "mutability", None), Mutability)


@each_sealed
def test_an_append_only_model_says_so(model: type[AppendOnly]) -> None:
    assert model.mutability is Mutability.APPEND_ONLY


@each_model
def test_a_model_that_says_it_is_append_only_is_so_in_the_database(model: type[models.Model]) -> None:
    if getattr(model, "mutability", None) is Mutability.APPEND_ONLY:
        assert {(model._meta.db_table, event) for event in ("UPDATE", "DELETE")} <= guarded()


@each_model
def test_an_append_only_model_has_one_way_of_being_so(model: type[models.Model]) -> None:
    """Sealed when published, sealed with its parent, or standing from the first: never a fourth way of its own."""
    ways = [issubclass(model, base) for base in (AppendOnly, SealedWithParent, Kept, History)]
    assert sum(ways) == (getattr(model, "mutability", None) is Mutability.APPEND_ONLY)


@each_standing
def test_what_stands_from_the_first_is_refused_any_change_without_a_condition(model: type[models.Model]) -> None:
    table = model._meta.db_table
    always = {guard.event for guard in guards() if guard.table == table and guard.condition == "1 = 1"}
    assert always >= {"UPDATE", "DELETE"}
    assert f"keep_{table.removeprefix('commitments_')}_truncate" in expected("postgresql")


@pytest.mark.parametrize("model", REMEMBERED, ids=lambda model: model.__name__)
def test_what_once_stood_in_a_row_is_kept_by_a_history_that_stands(model: type[models.Model]) -> None:
    """Histories are made by django-simple-history: each must be told that it stands, those of links too."""
    made = [m for m in MODELS if m.__name__.split("_")[0] == f"Historical{model.__name__}"]
    assert len(made) == 1 + len(model.history.model._history_m2m_fields)
    assert all(issubclass(history, History) for history in made)


def test_a_history_is_of_a_row_that_changes() -> None:
    assert {model.mutability for model in REMEMBERED} == {Mutability.WORKING}


@each_model
def test_what_may_not_be_deleted_row_by_row_is_not_emptied_at_once(model: type[models.Model]) -> None:
    table = model._meta.db_table
    guarded_deletion = (table, "DELETE") in guarded()
    assert (f"keep_{table.removeprefix('commitments_')}_truncate" in expected("postgresql")) == guarded_deletion


def test_drafts_change_and_stay() -> None:
    """A working row may change; of drafts the database says how, and that none is deleted."""
    assert Draft.mutability is Mutability.WORKING
    rules = {guard.rule for guard in guards() if guard.table == Draft._meta.db_table}
    assert {"ways", "begins", "stays", "read", "revision", "entry", "kept", "conflict"} == rules


@each_sealed
def test_the_links_of_an_append_only_model_are_sealed_with_its_row(model: type[AppendOnly]) -> None:
    assert set(model.sealed_links) == {field.name for field in model._meta.many_to_many}
    links = [field.remote_field.through._meta.db_table for field in model._meta.many_to_many]
    assert {(link, event) for link in links for event in ("INSERT", "UPDATE", "DELETE")} <= guarded()
