"""Catalogues that differ from the one that ships, and what curators do beside it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model

from commitments.catalogue.export import coding_entry
from commitments.catalogue.schema import Catalogue, Release
from commitments.models import (
    Coding,
    Edition,
    Publication,
    publish_codings,
)
from commitments.record import published
from commitments.record.search import matching

SPC, FMP = "sao-paulo-consensus", "policy-paper-2025"
RELEASED = datetime(2026, 11, 21, tzinfo=UTC)
NEXT = Release(release="record-2", released_on=date(2027, 1, 15))
NOW = datetime(2027, 3, 1, 12, 30, tzinfo=UTC)


def changed(entry: Any, **update: Any) -> Any:
    return entry.model_copy(update=update)


def with_spc(catalogue: Catalogue, **update: Any) -> Catalogue:
    """Return the catalogue with other parts of the Consensus, its first document."""
    spc, *others = catalogue.documents
    return changed(catalogue, documents=[changed(spc, **update), *others])


def with_first(catalogue: Catalogue, **update: Any) -> Catalogue:
    """Return the catalogue with another SPC-2.1, its first pledge."""
    first, *others = catalogue.documents[0].pledges
    return with_spc(catalogue, pledges=[changed(first, **update), *others])


def retitled(catalogue: Catalogue, english: str) -> Catalogue:
    coding = catalogue.documents[0].pledges[0].coding
    return with_first(catalogue, coding=changed(coding, title={**coding.title, "en": english}))


def everything() -> dict[str, list[Any]]:
    """Return every row of every table, keys and all; but the stamp, which is another after every load."""
    models = apps.get_app_config("commitments").get_models(include_auto_created=True)
    kept = [model for model in models if model is not Edition]
    return {model._meta.label: sorted(model._default_manager.values_list(), key=repr) for model in kept}


def curate(code: str, at: datetime, english: str) -> Coding:
    """Publish a later coding, by two people."""
    now = Coding.objects.filter(pledge__code=code).latest("version")
    ana, bo = (get_user_model().objects.create(username=name) for name in ("ana", "bo"))
    fields = {name: getattr(now, name) for name in ("pledge", "trackability", "reason", "test", "note")}
    title = {**now.title, "en": english}
    coding = Coding.objects.create(**fields, title=title, version=now.version + 1, author=ana, approver=bo)
    for name in Coding.sealed_links:
        getattr(coding, name).set(getattr(now, name).all())
    publish_codings(Publication.begin(at), [(coding, coding_entry(coding).model_dump(mode="json"))])
    return coding


def found(query: str) -> list[str]:
    return [pledge.code for pledge in matching(published.pledges(on=date.max - timedelta(days=1)), query)]
