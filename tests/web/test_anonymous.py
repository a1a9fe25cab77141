"""Reading leaves nothing behind: no cookie, no session, nothing written; and pages carry the headers they owe."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

pytestmark = pytest.mark.django_db

PAGES = [
    "/en/",
    "/zh-hans/documents/",
    "/en/documents/sao-paulo-consensus/?with=en-chen",
    "/en/documents/sao-paulo-consensus/?text=nope",
    "/es/pledges/?q=forum&theme=culture",
    "/en/pledges/?theme=nope",
    "/en/pledges/SPC-3.1/",
    "/pt-br/methodology/",
    "/en/about/",
    "/en/privacy/",
    "/en/indicators/",
    "/zh-hans/targets/target-2025-3/",
    "/en/actors/",
    "/es/actors/br/",
    "/zh-hans/themes/culture/",
    "/en/calendar/",
    "/calendar.ics",
    "/en/corrections/thanks/",
    "/es/subscribe/sent/",
    "/en/subscriptions/1.made-up:1tAbCd:nothing/",
    "/unsubscribe/1.made-up:1tAbCd:nothing/",
    "/zh-hans/digests/",
    "/en/nothing-here/",
    "/en/pledges/SPC-3.99/",
    "/api/v1/",
    "/api/v1/pledges/?page_size=2",
    "/api/v1/passages/?page_size=2",
    "/api/v1/indicators/",
    "/api/v1/targets/?as_of=2026-11-22",
    "/api/v1/actors/",
    "/api/v1/docs/",
    "/feeds/updates.atom?theme=oceans",
    "/feeds/pledges/SPC-3.1.atom?language=es",
    "/feeds/pledges/SPC-99.9.atom",
    "/healthz",
    "/readyz",
]
#: The pages for readers that set a cookie, against forged reports and requests: test_report_form.py.
FORMS = ("/en/corrections/", "/en/subscribe/")
#: Answers that are no pages.
JSON = ("/api/v1/p", "/api/v1/i", "/api/v1/t", "/api/v1/?")
CSP = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
}
#: A script without a source, a style that is not a file's, a handler, an address that is a script. Data is no script.
INLINE = re.compile(
    r"<script(?![^>]*\ssrc=)(?! type=\"application/ld\+json\">)|<style"
    r"|<[^>]+\s(?:style|on[a-z]+)\s*=|=\s*[\"']?\s*javascript:",
    re.IGNORECASE,
)


@pytest.mark.parametrize("address", PAGES)
def test_a_reader_gets_no_cookie_and_no_session_and_only_reads(client: Client, address: str) -> None:
    client.cookies["session"] = "left-over"  # an old cookie opens nothing either
    with CaptureQueriesContext(connection) as asked:
        response = client.get(address)
    assert response.cookies == {}
    statements = [query["sql"] for query in asked.captured_queries]
    assert [sql for sql in statements if not sql.startswith("SELECT ")] == []
    assert [sql for sql in statements if "django_session" in sql or "auth_user" in sql] == []
    assert "cookie" not in response.headers.get("Vary", "").casefold()


@pytest.mark.parametrize("address", [*PAGES, *FORMS, "/admin/login/"])
def test_every_answer_has_the_security_headers(client: Client, address: str) -> None:
    headers = client.get(address).headers
    directives = [part.split() for part in headers["Content-Security-Policy"].split(";") if part.strip()]
    assert {name: values for name, *values in directives} == CSP
    assert len(directives) == len(CSP)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    own = "subscri" in address and "made-up" in address  # its address is a secret
    assert headers["Referrer-Policy"] == ("no-referrer" if own else "strict-origin-when-cross-origin")
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize("address", [page for page in [*PAGES, *FORMS] if not page.startswith(JSON)])
def test_no_page_holds_a_script_or_a_style_of_its_own(client: Client, address: str) -> None:
    body = client.get(address).content.decode()
    assert INLINE.findall(body) == []
    for source in re.findall(r"<(?:script|link rel=\"stylesheet\"|img)[^>]*?(?:src|href)=\"([^\"]*)\"", body):
        assert source.startswith("/") and not source.startswith("//"), source  # noqa: PT018


def test_the_search_for_inline_code_would_find_some() -> None:
    for bad in (
        "<script>x</script>",
        "<script type='module'>",
        "<style>a{}</style>",
        '<p class="a" style="b">',
        "<a onclick=x>",
        "<a href='javascript:x'>",
    ):
        assert INLINE.search(bad), bad
    assert not INLINE.search('<script type="module" src="/static/js/a.js"></script><p title="a style">on = 1</p>')


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize(
    "address", ["/en/", "/en/documents/", "/en/documents/sao-paulo-consensus/", "/en/pledges/", "/en/pledges/SPC-3.1/"]
)
def test_pages_can_only_be_read(client: Client, address: str, method: str) -> None:
    response = getattr(client, method)(address)
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD"


def test_a_head_request_gets_the_same_answer_without_its_body(client: Client) -> None:
    for address in ("/en/pledges/SPC-3.1/", "/en/privacy/", "/en/nothing-here/"):
        asked, read = client.head(address), client.get(address)
        assert (asked.status_code, asked.content) == (read.status_code, b"")
