"""axe-core finds no violation on any page, light and dark, wide and on a phone, in Latin script and Chinese.

`make test` opens each page in one of the settings, in turn; `make test-full` each page in all of them.
"""

from collections.abc import Callable, Sequence

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

PAGES = [
    "/",
    "/documents/",
    "/documents/sao-paulo-consensus/?text=en&with=en-chen",
    "/documents/policy-paper-2025/",
    "/pledges/",
    "/pledges/?theme=oceans&q=polar",
    "/pledges/?theme=nonsense",
    "/pledges/?q=zzzz",
    "/pledges/?status=announced&grade=B",
    "/pledges/FMP-2.11.3/",
    "/pledges/FMP-1.1.1/",
    "/evidence/",
    "/evidence/?side=lac&q=acuerdo",
    "/evidence/?side=nonsense",
    "/evidence/E0294/",
    "/pledges/SPC-7.1/",
    "/pledges/FMP-2.11.99/",
    "/indicators/",
    "/indicators/china-lac-goods-trade/",
    "/indicators/sister-city-pairs/",
    "/targets/target-2025-3/",
    "/targets/target-2025-8/",
    "/corrections/",
    "/corrections/?pledge=nope",
    "/corrections/thanks/",
    "/methodology/",
    "/about/",
    "/privacy/",
]
SETTINGS = [("en", 1440, "light"), ("zh-hans", 390, "dark"), ("es", 390, "light")]


def share(pages: Sequence[str], turn: int, turns: int, config: pytest.Config) -> Sequence[str]:
    """Return the pages of one setting: all of them at full counts, else every page falls to one setting."""
    return pages if config.getoption("--full") else pages[turn::turns]


def violations(page: Page, **options: object) -> list[str]:
    only = {"resultTypes": ["violations"]}  # else axe describes every element that passed, too
    found = Axe().run(page, options=only | options).response["violations"]
    return [f"{v['id']}: {v['help']} ({node['html'][:120]})" for v in found for node in v["nodes"][:3]]


@pytest.mark.parametrize("setting", SETTINGS)
def test_no_page_has_an_accessibility_violation_or_overflows(
    visit: Callable[..., Page], setting: tuple[str, int, str], pytestconfig: pytest.Config
) -> None:
    language, width, scheme = setting
    found = {}
    for path in share(PAGES, SETTINGS.index(setting), len(SETTINGS), pytestconfig):
        page = visit(f"/{language}{path}", width=width, scheme=scheme)
        complaints = violations(page)
        shown = page.evaluate("document.documentElement.scrollWidth")
        if shown > width:
            complaints.append(f"{shown} pixels wide on a screen of {width}")
        if complaints:
            found[path] = complaints
        page.close()
    assert found == {}


def test_the_api_description_opens_under_the_content_security_policy(visit: Callable[..., Page]) -> None:
    page = visit("/api/v1/docs/")
    page.get_by_text("/api/v1/pledges/", exact=True).first.wait_for()
