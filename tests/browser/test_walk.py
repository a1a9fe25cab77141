"""A reader's walk through the site in a real browser, with scripts and without."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scripts", [True, False])
def test_from_the_overview_to_a_pledge_and_into_its_text(visit: Callable[..., Page], scripts: bool) -> None:
    page = visit("/en/", scripts=scripts)
    page.get_by_role("link", name=re.compile("^FMP-2.11.3 ")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Supply base for Chinese Antarctic research")
    page.get_by_role("link", name="Read it in the text").first.click()
    expect(page).to_have_url(re.compile(r"\?text=zh#FMP-2\.11\.3$"))
    expect(page.locator("[id='FMP-2.11.3']")).to_be_in_viewport()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_filter_leads_to_a_plain_address(visit: Callable[..., Page], scripts: bool) -> None:
    page = visit("/en/pledges/", scripts=scripts)
    page.locator("summary", has_text=re.compile("^Theme$")).click()
    page.get_by_role("checkbox", name="Oceans").check()
    if not scripts:
        page.get_by_role("search", name="Find pledges").get_by_role("button", name="Find").click()
    expect(page).to_have_url(re.compile(r"[?&]theme=oceans"))
    expect(page.get_by_role("status")).to_contain_text("of 362 pledges")
    page.get_by_role("link", name="Remove Theme: Oceans").click()
    expect(page.get_by_role("status")).to_have_text("362 of 362 pledges")


def test_search_in_chinese_finds_the_antarctic_base(visit: Callable[..., Page]) -> None:
    page = visit("/zh-hans/pledges/")
    page.locator("#q").fill("南极")
    page.keyboard.press("Enter")
    expect(page.locator(".list h2")).to_have_count(1)
    expect(page.locator(".list h2")).to_contain_text("FMP-2.11.3")


def test_pointing_at_a_promise_lights_its_note(visit: Callable[..., Page]) -> None:
    page = visit("/en/documents/policy-paper-2025/")
    words = page.locator("mark[data-codes='FMP-2.11.3']").first
    words.scroll_into_view_if_needed()
    words.hover()
    expect(page.locator("[id='FMP-2.11.3']")).to_have_class(re.compile("lit"))


def test_the_language_changes_and_the_page_stays(visit: Callable[..., Page]) -> None:
    page = visit("/en/pledges/?theme=oceans")
    page.get_by_role("link", name="中文").click()
    expect(page).to_have_url(re.compile(r"/zh-hans/pledges/\?theme=oceans$"))
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")


def test_the_keyboard_reaches_the_text_first(visit: Callable[..., Page]) -> None:
    page = visit("/en/")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the text")
