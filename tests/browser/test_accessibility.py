"""axe-core finds no violation on any page, light and dark, wide and on a phone, in Latin script and Chinese.

`make test` opens each page in one of the settings, in turn; `make test-full` each page in all of them.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page

from commitments.digests import addresses, subscriptions
from commitments.digests.compose import compose
from commitments.models import Digest
from tests import factories
from tests.digests.rows import subscribed, wish
from tests.factories import evidence, people, published, two_good_items, update

pytestmark = pytest.mark.browser

PAGES = [
    "/",
    "/documents/",
    "/documents/sao-paulo-consensus/?text=en&with=en-chen",
    "/documents/policy-paper-2025/",
    "/documents/sao-paulo-consensus/differences/",
    "/documents/policy-paper-2025/differences/?section=2.9",
    "/documents/policy-paper-2025/differences/?kind=nonsense",
    "/changes/",
    "/changes/?from=2026-11-20",
    "/changes/?from=2026-11-21&to=2026-11-20",
    "/progress/",
    "/progress/?as_of=2025-12-31",
    "/progress/?as_of=never",
    "/reviews/",
    "/reviews/2026/",
    "/pledges/",
    "/pledges/?theme=oceans&q=polar",
    "/pledges/?theme=nonsense",
    "/pledges/?q=zzzz",
    "/pledges/?status=announced&grade=B",
    "/search/",
    "/search/?q=poverty",
    "/search/?q=扶贫",
    "/search/?q=zzzz",
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
    "/actors/",
    "/actors/china/",
    "/actors/br/",
    "/actors/ht/",
    "/themes/",
    "/themes/education/",
    "/calendar/",
    "/corrections/",
    "/corrections/?pledge=nope",
    "/corrections/thanks/",
    "/subscribe/?follow=section:FMP-2.11&follow=search:q%3Dclima",
    "/subscribe/?follow=section:nope",
    "/subscribe/sent/",
    "/subscriptions/1.made-up:1tAbCd:nothing/",
    "/digests/",
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


def own_pages() -> dict[str, str]:
    """Return the pages behind links of mails, and a digest's: each with a row of its own."""
    asked = subscriptions.ask("asked@example.org", wish(), at=timezone.now())
    active, left = subscribed(), subscribed(address="left@example.org")
    published(update(factories.pledge(), "in_progress", **people()), [*two_good_items(), (evidence(), "contradicts")])
    compose(at=timezone.now() + timedelta(days=9))
    subscriptions.leave(left, at=timezone.now())
    return {
        "confirm": f"/subscriptions/{addresses.confirmation_of(asked)}/",
        "manage": f"/subscriptions/{addresses.token_of(active)}/?done=changed",
        "left": f"/subscriptions/{addresses.token_of(left)}/",
        "digest": Digest.objects.get().get_absolute_url().removeprefix("/en"),
    }


@pytest.mark.parametrize("setting", SETTINGS)
def test_no_page_behind_a_mails_link_has_a_violation_or_overflows(
    visit: Callable[..., Page], setting: tuple[str, int, str], pytestconfig: pytest.Config
) -> None:
    language, width, scheme = setting
    pages = own_pages()
    for name in share(list(pages), SETTINGS.index(setting), len(SETTINGS), pytestconfig):
        page = visit(f"/{language}{pages[name]}", width=width, scheme=scheme)
        assert violations(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        page.close()
