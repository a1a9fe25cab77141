"""Pages and API ask the database as often for thousands of pledges as for hundreds."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from commitments.models import (
    Actor,
    Coding,
    Document,
    Passage,
    Pledge,
    Quote,
    Rendition,
    Section,
    Theme,
)
from commitments.models.indexing import index_codings, index_passages

pytestmark = pytest.mark.django_db

SECTIONS, EACH = 60, 60
DAY = datetime(2026, 11, 21, tzinfo=UTC)


def add_long_document() -> Document:
    """Add a document of 3,600 pledges, each in a sentence of its own, all published."""
    document = Document.objects.create(
        slug="long", code="LONG", position=9, title={"en": "Long"}, issued_on=date(2026, 1, 1), baseline_on=DAY.date()
    )
    sentences = [f"{n:04} we will hold the forum." for n in range(SECTIONS * EACH)]
    rendition = Rendition.objects.create(
        document=document, key="en", position=1, language="en", authority="authoritative", text=" ".join(sentences)
    )
    sections = Section.objects.bulk_create(
        Section(document=document, number=str(n), position=n, kind="paragraph", title={"en": f"Part {n}"})
        for n in range(101, 101 + SECTIONS)
    )
    last = Pledge.objects.order_by("-position").values_list("position", flat=True)[0]
    pledges = Pledge.objects.bulk_create(
        Pledge(
            code=f"LONG-{sections[n // EACH].number}.{n % EACH + 1}",
            document=document,
            section=sections[n // EACH],
            ordinal=n % EACH + 1,
            position=last + n + 1,
        )
        for n in range(len(sentences))
    )
    places = [
        {
            "rendition": rendition,
            "start": n * (len(words) + 1),
            "end": n * (len(words) + 1) + len(words),
            "exact": words,
        }
        for n, words in enumerate(sentences)
    ]
    passages = Passage.objects.bulk_create(
        Passage(**place, section=pledge.section, ordinal=n, row=n, role="pledge")
        for n, (place, pledge) in enumerate(zip(places, pledges, strict=True), 1)
    )
    quotes = Quote.objects.bulk_create(Quote(**place, pledge=p) for place, p in zip(places, pledges, strict=True))
    link = Quote.passages.through
    link.objects.bulk_create(
        link(quote_id=quote.pk, passage_id=passage.pk) for quote, passage in zip(quotes, passages, strict=True)
    )
    publish(pledges)
    return document


def publish(pledges: list[Pledge]) -> None:
    codings = Coding.objects.bulk_create(
        Coding(pledge=p, version=1, title={"en": p.code}, trackability="verifiable", release="long") for p in pledges
    )
    for name, model in (("themes", Theme), ("actors", Actor)):
        through, term = getattr(Coding, name).through, model.objects.all()[0]
        column = f"{model._meta.model_name}_id"
        through.objects.bulk_create(through(coding_id=coding.pk, **{column: term.pk}) for coding in codings)
    Coding.objects.filter(release="long").update(published_at=DAY)
    index_codings(codings)
    index_passages(Passage.objects.filter(rendition__document__slug="long"))


def asked(get: Callable[[], object]) -> int:
    cache.clear()
    with CaptureQueriesContext(connection) as queries:
        get()
    return len(queries)


def test_the_number_of_queries_does_not_grow_with_the_record(client: Client) -> None:
    addresses = [
        "/en/",
        "/zh-hans/pledges/?theme=digital&q=forum",
        "/en/search/?q=forum",
        "/zh-hans/search/?q=where+will+they+hold+zzqx+%E8%AE%BA%E5%9D%9B%E4%BC%9A",
        "/en/pledges/",
        "/en/pledges/?page=2&ordering=title",
        "/en/pledges/FMP-2.11.3/",
        "/en/documents/sao-paulo-consensus/?with=en-chen",
        "/en/documents/",
        "/en/targets/target-2025-3/",
        "/en/indicators/",
        "/en/actors/",
        "/en/actors/china/",
        "/en/actors/br/",
        "/en/themes/",
        "/en/themes/tourism/",
        "/en/calendar/",
        "/calendar.ics",
        "/embed/FMP-2/",
        "/en/corrections/",
        "/en/subscribe/",
        "/en/digests/",
        "/api/v1/pledges/",
        "/api/v1/passages/",
        "/api/v1/sections/",
        "/api/v1/documents/",
        "/api/v1/indicators/",
        "/api/v1/targets/",
        "/api/v1/actors/",
        "/api/v1/actors/china/",
        "/api/v1/themes/",
        "/api/v1/rights/",
    ]
    before = {address: asked(lambda a=address: client.get(a)) for address in addresses}
    add_long_document()
    assert client.get("/api/v1/pledges/").json()["count"] == Pledge.objects.count() > SECTIONS * EACH
    assert {address: asked(lambda a=address: client.get(a)) for address in addresses} == before
    assert max(before.values()) < 40


def test_a_long_document_is_read_with_as_many_queries_as_a_short_one(client: Client) -> None:
    short, longer = (
        asked(lambda slug=slug: client.get(f"/en/documents/{slug}/?text=en"))
        for slug in ("sao-paulo-consensus", "policy-paper-2025")
    )
    assert short == longer


def test_a_page_of_one_row_costs_as_many_queries_as_a_page_of_five_hundred(client: Client) -> None:
    for resource in ("pledges", "passages", "sections"):
        one, many = (asked(lambda n=n, r=resource: client.get(f"/api/v1/{r}/?page_size={n}")) for n in (1, 500))
        assert one == many, resource
