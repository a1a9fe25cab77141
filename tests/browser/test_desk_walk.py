"""A walk in a real browser: sign in with both keys, record, propose, approve as another, see it public, correct it."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from commitments.models import Attachment, Evidence, Pledge, StatusUpdate
from tests import factories
from tests.sign_in import PASSWORD, code, with_second_factor

pytestmark = pytest.mark.browser

CODE = "FMP-2.10.1"
FACT = "A ferry line between two ports was opened."


def member(role: str) -> Any:
    somebody = factories.person(role)
    somebody.set_password(PASSWORD)
    somebody.save()
    return with_second_factor(somebody)


@pytest.fixture
def loads() -> list[str]:
    """The addresses of the pages that the browser loaded, in their order."""
    return []


@pytest.fixture
def door(browser: Browser, live_server: Any, assessed: None, loads: list[str]) -> Iterator[Callable[[Any], Page]]:
    """Sign somebody in at the real door, with password and code."""
    contexts, complaints = [], []

    def sign_in(person: Any) -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("domcontentloaded", lambda page: loads.append(page.url))
        page.goto(f"{live_server.url}/admin/")
        page.get_by_label("E-mail address").fill(person.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_label("Code").fill(code())
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="What is waiting")).to_be_visible()
        return page

    yield sign_in
    for context in contexts:
        context.close()
    assert complaints == []


def find(page: Page, words: str) -> None:
    page.get_by_role("searchbox").first.fill(words)
    page.keyboard.press("Enter")


def propose(page: Page, number: str, summary: str) -> None:
    """Fill the form that is open, and hand it to review."""
    page.get_by_role("radio", name="in progress").check()
    page.get_by_label("Effective on").fill("2026-03-01")
    page.locator(f"input[type=checkbox][value={number}]").check()
    page.get_by_role("group", name="Summary").get_by_label("English").fill(summary)
    page.get_by_role("group", name="Reasoning").get_by_label("English").fill("One act after the baseline.")
    page.get_by_role("button", name="Save and submit for review").click()


def record_evidence(page: Page) -> str:
    """Record an item from the pledge's page, and return its number."""
    page.get_by_role("link", name="Record evidence").click()
    page.locator("[name=source_url]").fill("https://example.org/ferry")
    page.locator("[name=publisher]").fill("The Example Herald")
    page.locator("[name=publisher_kind]").select_option("news")
    page.locator("[name=side]").select_option("independent")
    page.locator("[name=record]").select_option("report")
    page.locator("[name=origin]").fill("example-2026-03-01-ferry")
    page.locator("[name=language]").fill("en")
    page.locator("[name=event_on]").fill("2026-03-01")
    page.locator("[name=fact_en]").fill(FACT)
    page.locator("[name$='-0-bearing']").select_option("supports")
    page.locator("[name$='-0-why_en']").fill("An act of the kind that is promised.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("E10")
    return str(Evidence.objects.get(source_url="https://example.org/ferry").public_id)


def test_from_the_door_to_the_public_page_and_a_correction(
    door: Callable[[Any], Page], live_server: Any, loads: list[str]
) -> None:
    curator, reviewer = door(member("curator")), door(member("reviewer"))

    find(curator, CODE)
    number = record_evidence(curator)
    find(curator, CODE)
    curator.get_by_role("link", name="Propose an update").click()
    propose(curator, number, "A ferry line was opened.")
    expect(curator.locator(".messagelist")).to_contain_text("submitted")

    reader = reviewer.context.browser.new_page()
    reader.goto(f"{live_server.url}/en/pledges/{CODE}/")
    expect(reader.get_by_text("A ferry line was opened.")).to_have_count(0)

    reviewer.goto(f"{live_server.url}/admin/")
    reviewer.get_by_role("link", name="To review").click()
    reviewer.get_by_role("link", name=CODE).first.click()
    expect(reviewer.get_by_text(FACT)).to_be_visible()
    reviewer.get_by_role("button", name="Approve and publish").click()
    expect(reviewer.locator(".messagelist")).to_contain_text("Approved and published")

    reader.goto(f"{live_server.url}/en/pledges/{CODE}/")
    expect(reader.get_by_text("A ferry line was opened.").first).to_be_visible()
    expect(reader.get_by_text(FACT).first).to_be_visible()
    update = StatusUpdate.objects.filter(pledge__code=CODE).latest("seq")

    curator.goto(f"{live_server.url}/admin/commitments/statusdraft/add/?pledge={CODE}&correct={update}")
    propose(curator, number, "A ferry line was opened in March.")
    reviewer.goto(f"{live_server.url}/admin/")
    reviewer.get_by_role("link", name="To review").click()
    reviewer.get_by_role("link", name=CODE).first.click()
    reviewer.get_by_role("button", name="Approve and publish").click()
    expect(reviewer.locator(".messagelist")).to_contain_text("Approved and published")

    reader.goto(f"{live_server.url}/en/corrections/")
    expect(reader.get_by_text(str(update)).first).to_be_visible()
    assert StatusUpdate.objects.filter(corrects=update, effective_on=date(2026, 3, 1)).exists()
    reader.close()


def test_from_sign_in_to_a_submitted_proposal_in_six_page_loads(door: Callable[[Any], Page], loads: list[str]) -> None:
    item = factories.evidence()
    pledge = Pledge.objects.get(code=CODE)
    Attachment.objects.create(evidence=item, pledge=pledge, bearing="supports")
    page = door(member("curator"))
    find(page, CODE)
    page.get_by_role("link", name="Propose an update").click()
    propose(page, item.public_id, "A ferry line was opened.")
    expect(page.locator(".messagelist")).to_contain_text("submitted")
    assert len(loads) <= 6, loads
