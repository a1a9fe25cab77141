"""Somebody comes by a link, sets everything up by keyboard, and signs in again; every page is accessible."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import Page

from commitments import people
from tests.sign_in import PASSWORD, code

pytestmark = pytest.mark.browser

ADDRESS = "new@example.org"


def look(page: Page, title: str) -> None:
    """Check that this page has come, fits, and has no violation that axe finds."""
    page.get_by_role("heading", level=1, name=title).wait_for()
    found = Axe().run(page).response["violations"]
    assert [f"{v['id']}: {node['html'][:120]}" for v in found for node in v["nodes"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def send(page: Page, **fields: str) -> None:
    """Fill a form, and send it by the keyboard."""
    for label, text in fields.items():
        page.get_by_label(label.replace("_", " "), exact=True).fill(text)
    page.keyboard.press("Enter")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_from_the_link_into_the_desk_and_in_again(visit: Callable[..., Page], width: int, scheme: str) -> None:
    cache.clear()
    link = people.invite(ADDRESS, ["viewer"], at=timezone.now()).link
    page = visit(re.sub(r"https?://[^/]+", "", link), width=width, scheme=scheme)
    site = page.url.partition("/account/")[0]
    look(page, "Welcome to the desk")
    send(page, Your_name="Somebody New", Password="12345678", **{"Password,_again": "12345678"})
    look(page, "Welcome to the desk")  # too common, and said so
    send(page, Password=PASSWORD, **{"Password,_again": PASSWORD})
    look(page, "Set up your second factor")
    secret = "".join(page.locator(".secret span").all_inner_texts())
    send(page, The_code_that_the_app_shows_now=code(secret))
    look(page, "Keep these codes")
    spare = page.locator(".codes code").first.inner_text()
    page.get_by_label("I have put them away").check()
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/")
    for path, title in {
        "": "Your account",
        "password/": "Change your password",
        "recovery-codes/": "Recovery codes",
        "recovery-codes/new/": "New recovery codes",
        "app/remove/": "Move to another app",
        "logout/": "Sign out?",
    }.items():
        page.goto(f"{site}/account/{path}")
        look(page, title)
    page.get_by_role("button", name="Sign out").click()
    look(page, "Sign in")
    send(page, **{"E-mail_address": ADDRESS}, Password=PASSWORD)
    look(page, "The second step")
    send(page, Code="000000")
    look(page, "The second step")
    send(page, Code=spare)
    page.wait_for_url("**/admin/")
