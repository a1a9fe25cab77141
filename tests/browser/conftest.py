"""A real Chromium on a live server. Left out, with a word, where the machine has no Chromium."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from django.db import connection
from playwright.sync_api import Browser, Page, expect, sync_playwright

from commitments.evidence import load as evidence
from tests import kept

# Playwright's own event loop makes Django think that the tests are asynchronous.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

expect.set_options(timeout=20_000)  # patience for a busy machine: what never comes still fails

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="package")  # its event loop must not run where other tests run theirs
def browser() -> Iterator[Browser]:
    if not CHROMIUM:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def assessed(transactional_db: None) -> None:
    """The evidence and the first assessment beside the record, as `make run` loads them."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        kept.lay_down("assessed", connection.connection)
    else:
        evidence.load(evidence.read(), at=datetime.now(UTC))


@pytest.fixture
def visit(browser: Browser, live_server: object, assessed: None) -> Iterator[Callable[..., Page]]:
    """Open an address in a fresh context; the test fails at its end if the page complained on the console."""
    pages: list[Page] = []
    complaints: list[str] = []

    def open_page(path: str, *, width: int = 1440, scheme: str = "light", scripts: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{live_server.url}{path}")  # type: ignore[attr-defined]
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        page.context.close()
    assert [text for text in complaints if "404" not in text and "400" not in text] == []
