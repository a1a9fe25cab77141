"""No page of the desk has an axe violation or breaks the content security policy, wide and light, narrow and dark.

`make test` opens each page in one of the two settings, in turn; `make test-full` in both.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import Model
from django.test import RequestFactory
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from commitments.editorial import drafts, people
from commitments.editorial.coding import code_blind
from commitments.models import Coding, Decision, Digest, Dispatch, Draft, ReaderReport, Subscription, Suppression
from tests import factories
from tests.browser.test_accessibility import share, violations
from tests.digests.rows import attempt, dispatch, subscribed
from tests.factories import AT, draft, evidence, person, submitted, two_good_items
from tests.sign_in import signed_in

pytestmark = pytest.mark.browser

SETTINGS = [(1440, "light"), (390, "dark")]


@pytest.fixture
def chief(assessed: None) -> Any:
    """Somebody who may see everything, in a desk where something of every kind waits."""
    chief = get_user_model().objects.create_superuser("chief", "chief@example.org", first_name="Chief")
    curator, reviewer, pledge = person("curator"), person("reviewer"), factories.pledge()
    submitted(draft(pledge, curator, two_good_items()))
    returned = submitted(draft(factories.pledge(n=1), curator, two_good_items()))
    drafts.return_(returned, by=reviewer, text="The event lies before the baseline.", at=AT)
    draft(pledge, chief, two_good_items())
    people.declare_conflict(factories.pledge(n=2), by=reviewer, reason="An adviser of the fund.", at=AT)
    people.assign(pledge, chief, by=chief, at=AT)
    coding = Coding.objects.filter(trackability="verifiable")[0]
    code_blind(coding, by=curator, value="directional", why="It names no body.", at=AT)
    ReaderReport.objects.create(kind="error", text="A wrong date.", language="es", received_at=AT)
    factories.search(pledge)
    evidence(public_at=None, fact=factories.words("It happened."))
    one = dispatch(subscribed(), state="uncertain", error="No answer.", merge={"address": "a@b.example", "token": "t"})
    attempt(one)
    Decision.objects.create(at=AT, dispatch=one, by=chief, ruling="send_again", why="Lost.", was="parked", tries=5)
    Suppression.objects.create(address_key="1" * 64, reason="bounced", at=AT)
    return chief


@pytest.fixture
def desk(browser: Browser, live_server: Any, chief: Any) -> Iterator[Callable[..., Page]]:
    """Open pages of the desk as the chief; the test fails at its end where one complained on the console."""
    session = signed_in(chief).cookies["session"].value
    contexts, complaints = [], []

    def open_desk(width: int = 1440, scheme: str = "light") -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        context.add_cookies([{"name": "session", "value": session, "url": live_server.url}])
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on(
            "console", lambda said: complaints.append(f"{page.url}: {said.text}") if said.type == "error" else None
        )
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        return page

    yield open_desk
    for context in contexts:
        context.close()
    assert complaints == []


def addresses(chief: Any) -> Iterator[str]:
    """Return every list of the desk, the forms and histories of what is changed there, and its own pages."""
    yield from (reverse(f"admin:{name}") for name in ("index", "tables", "help"))
    yield reverse("admin:commitments_draft_review", args=[Draft.objects.filter(state="in_review")[0].pk])
    yield reverse("admin:commitments_pledge_change", args=[factories.pledge().pk])
    yield from (reverse(f"admin:{name}") for name in ("daily_mail", "who_would_get_what"))
    for kept in (Digest, Dispatch, Subscription, Suppression):
        yield reverse(_called(kept, "change"), args=[kept.objects.get().pk])
    request = RequestFactory().get("/")
    request.user = chief
    for model, room in admin.site._registry.items():
        yield reverse(_called(model, "changelist"))
        if room.has_add_permission(request):
            about = "?pledge=SPC-3.2" if hasattr(model, "pledge") else ""
            yield reverse(_called(model, "add")) + about
        yield from _of_one(model, room, request)


def _called(model: type[Model], page: str) -> str:
    return f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"


def _of_one(model: type[Model], room: Any, request: Any) -> Iterator[str]:
    first = room.get_queryset(request).first()
    if first is not None and room.has_change_permission(request, first):
        yield reverse(_called(model, "change"), args=[first.pk])
        if hasattr(model, "history"):
            yield reverse(_called(model, "history"), args=[first.pk])


@pytest.mark.parametrize("setting", SETTINGS)
def test_no_page_of_the_desk_has_an_accessibility_violation_or_overflows(
    desk: Callable[..., Page], chief: Any, live_server: Any, setting: tuple[int, str], pytestconfig: pytest.Config
) -> None:
    width, _ = setting
    found, page = {}, desk(*setting)
    for address in share(list(addresses(chief)), SETTINGS.index(setting), len(SETTINGS), pytestconfig):
        answer = page.goto(f"{live_server.url}{address}")
        complaints = [] if answer and answer.ok else [f"answers {answer and answer.status}"]
        complaints += violations(page, preload=False)
        shown = page.evaluate("document.documentElement.scrollWidth")
        if shown > width:
            complaints.append(f"{shown} pixels wide on a screen of {width}")
        if complaints:
            found[address] = complaints
    assert found == {}


def test_the_calendar_of_a_date_opens_under_the_policy(desk: Callable[..., Page], live_server: Any) -> None:
    page = desk()
    page.goto(f"{live_server.url}{reverse('admin:commitments_codingdraft_add')}?pledge=SPC-3.2")
    page.locator(".datetimeshortcuts .date-icon").first.click()
    page.locator(".calendar td a", has_text="15").first.click()
    expect(page.locator("input.vDateField").first).to_have_value(re.compile(r"-15$"))


def test_keys_lead_through_the_desk_and_leave_typing_alone(desk: Callable[..., Page], live_server: Any) -> None:
    page = desk()
    page.goto(f"{live_server.url}{reverse('admin:index')}")
    page.keyboard.press("j")
    first = page.locator(":focus").inner_text()
    page.keyboard.press("j")
    assert page.locator(":focus").inner_text() != first
    page.keyboard.press("k")
    expect(page.locator(":focus")).to_have_text(first)
    page.keyboard.press("/")
    page.keyboard.type("gpspc-3.2")
    expect(page.locator("#find-words")).to_have_value("gpspc-3.2")
    page.locator("h1").click()
    page.keyboard.type("gp")
    expect(page).to_have_url(re.compile("/admin/commitments/pledge/$"))
    page.wait_for_load_state()  # an address changes before the new page has read its keys
    page.keyboard.press("?")
    expect(page).to_have_url(re.compile("/admin/help/$"))
    page.get_by_label("Keys are on in this browser").uncheck()
    page.locator("h1").click()
    page.keyboard.type("gw")
    expect(page).to_have_url(re.compile("/admin/help/$"))


def test_the_search_in_the_head_jumps_to_a_pledge_by_its_code(desk: Callable[..., Page], live_server: Any) -> None:
    page = desk()
    page.goto(f"{live_server.url}{reverse('admin:index')}")
    page.keyboard.press("/")
    page.keyboard.type("fmp-2.11.3")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Supply base for Chinese Antarctic research")


def test_the_keyboard_reaches_the_content_first(desk: Callable[..., Page], live_server: Any) -> None:
    page = desk()
    page.goto(f"{live_server.url}{reverse('admin:index')}")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to main content")
    page.keyboard.press("Enter")
    expect(page.locator("#content-start")).to_be_focused()


@pytest.mark.parametrize(("asked", "shown"), [("dark", "rgb(21, 24, 27)"), ("light", "rgb(253, 253, 251)")])
def test_the_theme_can_be_chosen(desk: Callable[..., Page], live_server: Any, asked: str, shown: str) -> None:
    page = desk(scheme="dark" if asked == "light" else "light")
    page.goto(f"{live_server.url}{reverse('admin:index')}")
    page.locator(".theme-toggle").click()
    expect(page.locator("body")).to_have_css("background-color", shown)
