"""The lists of evidence and of what it bears on: found by words, narrowed by what curators think in."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from commitments.editorial import drafts
from commitments.models import Attachment, DraftCitation, Evidence, LinkState, Target
from tests import factories
from tests.factories import AT, draft, evidence, person, published, update

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

LIST, ATTACHMENTS = "/admin/commitments/evidence/", "/admin/commitments/attachment/"


@pytest.fixture
def cora() -> Any:
    return person("curator", "cora")


@pytest.fixture
def curator(desk: Callable[[Any], Client], cora: Any) -> Client:
    return desk(cora)


def shown(client: Client, query: str, address: str = LIST) -> list[Any]:
    answer = client.get(f"{address}?{query}")
    assert answer.status_code == 200
    return list(answer.context["cl"].result_list)


@pytest.mark.parametrize(
    "words", ["emissões", "减排", "Planalto", "visita", "oglobo", "example.org/a/42", "E20001", "planalto visita"]
)
def test_an_item_is_found_by_its_words_in_any_language(curator: Client, words: str) -> None:
    item = evidence(
        public_id="E20001",
        title="Uma visita",
        publisher="Planalto",
        origin="oglobo-2026",
        source_url="https://example.org/a/42",
        fact={"en": "Cuts.", "pt-br": "Corte de emissões.", "zh-hans": "减排计划。"},
    )
    evidence()
    assert shown(curator, f"q={words}") == [item]


def cited_in_public() -> Evidence:
    item = evidence()
    published(update(factories.pledge(), "announced"), [(item, "supports")])
    return item


def cited_in_a_draft(state: str = "draft") -> Evidence:
    item = evidence(public_at=None)
    content = draft(factories.pledge(), person(), [(item, "supports")])
    if state == "withdrawn":
        drafts.withdraw(content, by=content.author, at=AT)
    return item


def test_the_list_is_narrowed_by_where_an_item_is_cited(curator: Client) -> None:
    public, proposed, alone = cited_in_public(), cited_in_a_draft(), evidence(public_at=None)
    given_up = cited_in_a_draft("withdrawn")
    assert shown(curator, "cited=public") == [public]
    assert shown(curator, "cited=drafts") == [proposed]
    assert shown(curator, "cited=nowhere") == [given_up, alone]
    assert DraftCitation.objects.filter(evidence=given_up).exists()


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("public=no", {"public_at": None}),
        ("country=UY", {"countries": ["CN", "UY"]}),
        ("language=pt", {"language": "pt"}),
        ("link_state__exact=dead", {"link_state": LinkState.DEAD}),
        ("side__exact=china", {"side": "china"}),
        ("record__exact=primary", {"record": "primary"}),
        ("publisher_kind__exact=company", {"publisher_kind": "company"}),
    ],
)
def test_the_list_is_narrowed(curator: Client, query: str, fields: dict[str, Any]) -> None:
    evidence(countries=["CU"])
    item = evidence(**fields)
    assert shown(curator, query) == [item]


def test_the_list_is_narrowed_to_ones_own_and_to_what_touches_a_number(curator: Client, cora: Any) -> None:
    own, of_a_release = evidence(entered_by=cora), evidence()
    other = evidence(entered_by=person())
    target = Target.objects.all()[0]
    other.targets.add(target)
    assert shown(curator, "entered=me") == [own]
    assert shown(curator, "entered=desk") == [other, own]
    assert shown(curator, "entered=release") == [of_a_release]
    assert shown(curator, f"targets__id__exact={target.pk}") == [other]


@pytest.mark.parametrize("query", ["country=XX", "language=xx", "cited=x", "public=%27", "queue=x", "made=1"])
def test_a_filter_with_a_strange_value_breaks_nothing(curator: Client, query: str) -> None:
    evidence()
    assert curator.get(f"{LIST}?{query}").status_code in (200, 302)


def test_a_longer_list_asks_the_database_no_more(curator: Client) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            curator.get(LIST)
        return len(found.captured_queries)

    def fill() -> None:
        item = evidence(title="A title")
        for n in range(6):
            Attachment.objects.create(evidence=item, pledge=factories.pledge(n=n), bearing="context")

    fill()
    curator.get(LIST)
    one = asked()
    for _ in range(5):
        fill()
    assert asked() == one
    assert "+2" in curator.get(LIST).content.decode()


def test_attachments_are_listed_and_nothing_is_changed_there(curator: Client) -> None:
    item, pledge = evidence(title="<b>x</b>"), factories.pledge()
    row = Attachment.objects.create(
        evidence=item, pledge=pledge, bearing="context", why={"en": "<i>y</i>"}, public_at=AT
    )
    hidden = Attachment.objects.create(evidence=item, pledge=factories.pledge(n=1), bearing="contradicts")
    assert shown(curator, "public=no", ATTACHMENTS) == [hidden]
    assert shown(curator, "bearing__exact=context", ATTACHMENTS) == [row]
    page = curator.get(f"{ATTACHMENTS}{row.pk}/change/").content.decode()
    assert "&lt;i&gt;y&lt;/i&gt;" in page
    assert f"/admin/commitments/evidence/{item.pk}/change/" in page
    assert curator.post(f"{ATTACHMENTS}{row.pk}/change/", {"bearing": "supports"}).status_code == 403
    assert curator.get(f"{ATTACHMENTS}add/").status_code == 403


def test_the_page_of_an_item_leads_to_a_proposal_that_cites_it(curator: Client) -> None:
    item, pledge = evidence(public_at=None), factories.pledge()
    Attachment.objects.create(evidence=item, pledge=pledge, bearing="supports")
    link = f"/admin/commitments/statusdraft/add/?pledge={pledge.code}&amp;evidence={item.public_id}"
    assert link in curator.get(f"{LIST}{item.pk}/change/").content.decode()
    assert curator.get(link.replace("&amp;", "&")).status_code == 200
