"""Searching in a real browser: results appear while words are typed; without scripts the button brings them."""

import re
from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_results_appear_while_words_are_typed_and_the_address_follows(visit: Callable[..., Page]) -> None:
    page = visit("/en/search/")
    box = page.locator("#q")
    box.press_sequentially("Antarctic")
    expect(page.locator("#found .list h2").first).to_contain_text("FMP-2.11.3")
    expect(page.locator("#found mark.found").first).to_have_text("Antarctic")
    expect(page.locator("#tally")).to_contain_text("Pledges: ")
    expect(page).to_have_url(re.compile(r"/en/search/\?q=Antarctic$"))
    expect(box).to_be_focused()
    box.fill("扶贫")
    expect(page.locator("#found mark.found").first).to_have_text("扶贫")
    page.go_back()
    expect(page.locator("#q")).to_have_value("Antarctic")


def test_the_list_of_pledges_follows_too_and_keeps_its_filters(visit: Callable[..., Page]) -> None:
    page = visit("/en/pledges/?theme=oceans")
    page.locator("#q").press_sequentially("polar")
    expect(page).to_have_url(re.compile(r"q=polar"))
    assert "theme=oceans" in page.url
    assert "ordering" not in page.url
    expect(page.get_by_role("status").first).to_contain_text("of 362 pledges")
    expect(page.locator("#found .list h2").first).to_contain_text("FMP-2.11")
    expect(page.locator("#facets input[name=theme][value=oceans]")).to_be_checked()


def test_without_scripts_the_button_brings_the_same(visit: Callable[..., Page]) -> None:
    page = visit("/en/about/", scripts=False)
    page.locator("header input[name=q]").fill("南极")
    page.locator("header .find button").click()
    expect(page).to_have_url(re.compile(rf"/en/search/\?q={quote('南极')}"))
    expect(page.locator("#found .list h2").first).to_contain_text("FMP-2.11.3")
    page.locator("#q").fill("scholarships")
    page.locator(".asking button").click()
    expect(page.locator("#found .list h2").first).to_contain_text("FMP-3.3.3")
