"""Every model says who may change its rows, and the append-only ones say it in the database too."""

import pytest
from django.apps import apps
from django.db import models

from commitments.models import AppendOnly, Mutability
from commitments.models.triggers import guards

MODELS = list(apps.get_app_config("commitments").get_models())
SEALED = [model for model in MODELS if issubclass(model, AppendOnly)]

each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
each_sealed = pytest.mark.parametrize("model", SEALED, ids=lambda model: model.__name__)


def guarded() -> set[tuple[str, str]]:
    return {(guard.table, guard.event) for guard in guards()}


def test_the_app_has_models_to_ask() -> None:
    assert len(MODELS) >= 14
    assert SEALED


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


@each_sealed
def test_the_links_of_an_append_only_model_are_sealed_with_its_row(model: type[AppendOnly]) -> None:
    assert set(model.sealed_links) == {field.name for field in model._meta.many_to_many}
    links = [field.remote_field.through._meta.db_table for field in model._meta.many_to_many]
    assert {(link, event) for link in links for event in ("INSERT", "UPDATE", "DELETE")} <= guarded()
