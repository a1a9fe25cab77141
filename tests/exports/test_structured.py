"""What pages tell search engines: valid JSON that cannot break out of its element, and no verdict on any claim."""

import json
import re
from typing import Any

import pytest
from django.template import Context, Template
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from commitments.exports.sheets import EXPORTED
from tests import unpublished

_BLOCK = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.S)


def facts(page: str) -> list[dict[str, Any]]:
    return [json.loads(block) for block in _BLOCK.findall(page)]


@given(st.text(alphabet=st.sampled_from("</script>!-&\"'\u2028合 "), max_size=30))
def test_no_text_ends_the_element(text: str) -> None:
    written = Template("{% load exports %}{{ facts|json_ld }}").render(Context({"facts": {"name": text}}))
    inside = written.removeprefix('<script type="application/ld+json">').removesuffix("</script>")
    assert not set("<>&") & set(inside)
    assert json.loads(inside) == {"name": text}


@pytest.mark.django_db
def test_the_data_page_and_the_overview_describe_the_data_set(client: Client) -> None:
    (dataset,) = facts(client.get("/zh-hans/data/?as_of=2026-11-21").content.decode())
    assert dataset["@type"] == "Dataset"
    assert dataset["temporalCoverage"] == "2025-07-25/2026-11-21"
    assert dataset["license"].endswith("/licenses/by/4.0/")
    assert {one["encodingFormat"] for one in dataset["distribution"]} > {"text/csv", "application/zip"}
    assert [one["name"] for one in dataset["variableMeasured"]] == EXPORTED["pledges"].header
    for one in dataset["distribution"]:
        path = one["contentUrl"].split("/", 3)[3]
        assert client.head(f"/{path}").status_code == 200, path
    assert [one["@type"] for one in facts(client.get("/en/").content.decode())] == ["WebSite", "Dataset"]


@pytest.mark.django_db
def test_what_the_data_set_covers_does_not_end_before_it_begins(client: Client) -> None:
    (dataset,) = facts(client.get("/en/data/?as_of=2020-01-01").content.decode())
    assert "temporalCoverage" not in dataset
    assert dataset["dateModified"] == "2020-01-01"


@pytest.mark.django_db
def test_a_pledge_is_a_claim_in_a_document_and_nobody_rates_it(client: Client) -> None:
    unpublished.public()
    (claim,) = facts(client.get("/en/pledges/FMP-2.11.3/").content.decode())
    assert claim["@type"] == "Claim"
    assert (claim["text"], claim["inLanguage"]) == ("合作建立中国南极科考后勤补给基地", "zh-Hans")
    assert claim["appearance"]["datePublished"] == "2025-12-10"
    assert "rating" not in json.dumps(claim).casefold()
    assert "review" not in json.dumps(claim).casefold()


@pytest.mark.django_db
def test_pages_name_themselves_where_links_are_shared(client: Client) -> None:
    page = client.get("/es/pledges/SPC-3.1/?as_of=2026-11-21").content.decode()
    said = dict(re.findall(r'<meta property="(og:[a-z_]+)" content="([^"]*)">', page))
    assert said["og:title"].startswith("SPC-3.1 ")
    assert said["og:url"].endswith("/es/pledges/SPC-3.1/?as_of=2026-11-21")
    assert (said["og:locale"], said["og:type"]) == ("es_LA", "article")
    assert re.findall(r'"og:locale:alternate" content="([^"]+)"', page) == ["en_GB", "zh_CN", "pt_BR"]
    assert said["og:description"]


@pytest.mark.django_db
def test_the_policy_for_scripts_is_as_strict_as_before(client: Client) -> None:
    assert "script-src 'self'" in client.get("/en/data/")["Content-Security-Policy"]
