"""A walk on the site as `make run` starts it: follow, confirm, a curator publishes, the digest comes, one click.

The sweeps look every second instead of every half minute; everything else is as a newcomer has it.
"""

import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests import kept
from tests.browser.test_desk_walk import find, propose
from tests.running import Site, copied, started
from tests.sign_in import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.smoke]

CODE = "FMP-1.7.5"  # the first assessment found acts of this kind
PEOPLE = f"""
from django.contrib.auth.models import Group, User
for role in ("curator", "reviewer"):
    user = User.objects.create_user(role, f"{{role}}@example.org", {PASSWORD!r}, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Iterator[Site]:
    """The site over a database that was set up already."""
    folder = copied(tmp_path_factory.mktemp("clone"))
    (folder / "var").mkdir()
    with django_db_blocker.unblock():
        kept.copied("assessed", folder / "var" / "tracker.sqlite3")
    with started(folder, SWEEP_SECONDS="1") as running:
        run = [".venv/bin/python", "manage.py", "shell", "-v", "0", "-c", PEOPLE]
        subprocess.run(run, cwd=running.folder, check=True)
        yield running


def mail(page: Page, site: Site, subject: str | re.Pattern[str]) -> None:
    """Open the newest mail of a subject in the outbox, when it has come."""
    for _ in range(60):
        page.goto(f"{site.url}/outbox/")
        found = page.get_by_role("link", name=subject)
        if found.count():
            found.first.click()
            return
        page.wait_for_timeout(1000)
    pytest.fail(f"no mail came: {subject}")


def at_the_desk(browser: Browser, site: Site, role: str) -> Page:
    page = browser.new_context().new_page()
    page.goto(f"{site.url}/admin/")
    page.get_by_label("E-mail address").fill(f"{role}@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="What is waiting")).to_be_visible()
    return page


def publish(browser: Browser, site: Site) -> None:
    """Let a curator propose what a reviewer then approves."""
    curator, reviewer = (at_the_desk(browser, site, role) for role in ("curator", "reviewer"))
    find(curator, CODE)
    curator.get_by_role("link", name="Propose an update").click()
    propose(curator, "E0336", "A first step was taken.")
    expect(curator.locator(".messagelist")).to_contain_text("submitted")
    reviewer.goto(f"{site.url}/admin/")
    reviewer.get_by_role("link", name="To review").click()
    reviewer.get_by_role("link", name=CODE).first.click()
    reviewer.get_by_role("button", name="Approve and publish").click()
    expect(reviewer.locator(".messagelist")).to_contain_text("Approved and published")
    for page in (curator, reviewer):
        page.context.close()


def follow_its_section(reader: Page, site: Site) -> None:
    reader.goto(f"{site.url}/en/pledges/{CODE}/")
    reader.get_by_role("link", name="Follow its section").click()
    reader.get_by_role("radio", name="as it happens").check()
    reader.get_by_label("Your e-mail address").fill("reader@example.org")
    reader.get_by_role("button", name="Subscribe").click()
    expect(reader.get_by_role("heading", name="Look into your mailbox")).to_be_visible()


def one_click(reader: Page) -> BrowserContext:
    """Do what a mail program does with the headers of the open mail."""
    headers = reader.locator("dl.facts")
    address = re.search(r"<(http[^>]+/unsubscribe/[^>]+)>", headers.inner_text())
    assert address
    assert "List-Unsubscribe=One-Click" in headers.inner_text()
    program = reader.context.browser.new_context()  # type: ignore[union-attr]
    answer = program.request.post(address[1], form={"List-Unsubscribe": "One-Click"})
    assert answer.status == 200
    assert program.cookies() == []
    return program


def test_from_following_a_section_to_the_one_click_that_ends_it(browser: Browser, site: Site) -> None:
    reader = browser.new_context().new_page()
    follow_its_section(reader, site)

    mail(reader, site, "Please confirm that you want this digest")
    reader.locator("pre a[href*='/en/subscriptions/']").first.click()
    expect(reader.get_by_text("r•••@example.org")).to_be_visible()
    reader.get_by_role("button", name="Yes, send me this").click()
    expect(reader.get_by_role("status")).to_contain_text("Confirmed")

    publish(browser, site)
    mail(reader, site, re.compile(f"^{CODE} in progress"))
    letter = reader.url
    reader.locator(f"pre a[href*='/en/pledges/{CODE}/#U']").click()
    expect(reader.get_by_text("A first step was taken.").first).to_be_visible()
    assert reader.locator(f"[id='{reader.url.partition('#')[2]}']").count() == 1

    reader.goto(letter)
    one_click(reader).close()
    reader.locator("pre a[href*='/en/subscriptions/']").first.click()
    expect(reader.get_by_role("heading", name="You have left")).to_be_visible()
    reader.get_by_role("link", name="Subscribe again").click()
    expect(reader.get_by_role("checkbox", name=re.compile("FMP-1.7 "))).to_be_checked()
    reader.context.close()
