"""A client that a generator made of the description reads every answer."""

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

LISTS = ("documents", "sections", "passages", "pledges", "updates", "evidence", "indicators", "targets", "log")


@pytest.fixture
def made(tmp_path: Path, client: Client, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a package that the generator wrote of what the site says of itself."""
    (tmp_path / "api.json").write_text(json.dumps(client.get("/api/v1/schema/?format=json").json()))
    (tmp_path / "config.yaml").write_text("post_hooks: []\n")
    options = ["--path", "api.json", "--config", "config.yaml", "--meta", "none", "--output-path", "made_client"]
    command = [str(Path(sys.executable).parent / "openapi-python-client"), "generate", *options, "--fail-on-warning"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    monkeypatch.syspath_prepend(tmp_path)
    return "made_client"


@pytest.mark.full
@pytest.mark.django_db(transaction=True)
def test_a_generated_client_reads_all_pledges_and_a_page_of_everything(made: str, live_server: Any) -> None:
    cache.clear()
    client = importlib.import_module(made).Client(
        base_url=live_server.url, raise_on_unexpected_status=True, timeout=120
    )
    for name in LISTS:
        module = importlib.import_module(f"{made}.api.{name}.{name}_list")
        page = module.sync(client=client, page_size=500)
        assert page.count >= len(page.results), name
        if name == "pledges":
            assert page.count == len(page.results) == 362
            assert {row.code for row in page.results} >= {"SPC-3.1", "FMP-2.11.3"}
            assert all(row.title.additional_properties["en"] for row in page.results)
            one = importlib.import_module(f"{made}.api.pledges.pledges_retrieve").sync("SPC-3.1", client=client)
            assert one.code == "SPC-3.1"
    refused = importlib.import_module(f"{made}.api.pledges.pledges_list").sync(client=client, page=10_000)
    assert (refused.status, refused.title) == (400, "Bad Request")
