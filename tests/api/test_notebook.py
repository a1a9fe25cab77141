"""The worked example of docs/api.md does what it says; and the document knows the version that it describes."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache

GUIDE = Path(settings.BASE_DIR, "docs", "api.md").read_text()


@pytest.mark.django_db(transaction=True)
def test_the_notebook_in_python_runs_and_finds_the_same_figure_on_the_progress_page(live_server: Any) -> None:
    cache.clear()
    source = "\n".join(re.findall(r"```python\n(.*?)```", GUIDE, flags=re.DOTALL))
    assert source.count("https://pledges.example.org") == 1
    source = source.replace("https://pledges.example.org", live_server.url)
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert re.search(r"not_assessed\s+\d+\s+\d+\s+\d\.\d", done.stdout)
    assert f"record as of 2026-11-22, {live_server.url}/en/progress/?as_of=2026-11-22" in done.stdout


def test_the_newest_version_it_tells_of_is_the_one_that_answers() -> None:
    versions = re.findall(r"^- \*\*(\d+\.\d+\.\d+)\*\*", GUIDE, flags=re.MULTILINE)
    assert versions[0] == settings.SPECTACULAR_SETTINGS["VERSION"]
    assert versions == sorted(versions, reverse=True)


def test_the_site_gives_it_out_with_its_own_address(client: Any) -> None:
    guide = client.get("/api/v1/guide/")
    assert guide["Content-Type"].startswith("text/plain")
    assert f'API = "{settings.SITE_URL}/api/v1"' in guide.content.decode()
    assert "pledges.example.org" not in guide.content.decode()
    assert 'href="/api/v1/guide/"' in client.get("/api/v1/docs/").content.decode()


@pytest.mark.django_db
def test_it_names_every_resource(client: Any) -> None:
    named = GUIDE.partition("| resources | ")[2].partition(";")[0]
    assert set(re.findall(r"`(\w+)`", named)) == set(client.get("/api/v1/").json())
