"""Addresses: one spelling for every way to write the same page, and none that leads inside somebody's network."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from commitments.links import normalised, problem, site

PAGE = "https://example.org/a/b?id=7&x=1"

SAME = [
    PAGE,
    "http://example.org/a/b?id=7&x=1",
    "https://www.example.org/a/b/?x=1&id=7",
    "https://EXAMPLE.org:443/a/b?id=7&x=1#top",
    "http://example.org:80/a/b?id=7&x=1",
    "https://m.example.org/a/b?id=7&x=1",
    "http://wap.example.org/a/b?id=7&x=1",
    "https://www.m.example.org/a/b?id=7&x=1",
    "https://example.org/a/b?utm_source=mail&id=7&utm_campaign=x&x=1",
    "https://example.org/a/b?id=7&x=1&fbclid=abc&gclid=def",
    "https://example.org/a/b?UTM_Source=mail&id=7&x=1",
    "https://example.org./a/b?id=7&x=1",
    "https://example.org/%61/b?id=7&x=1",
    "  https://example.org/a/b?id=7&x=1 ",
    "https://user@example.org/a/b?id=7&x=1",
]
OTHER = [
    "https://example.org/a/c?id=7&x=1",
    "https://example.org/A/b?id=7&x=1",
    "https://example.org/a/b?id=8&x=1",
    "https://example.org/a/b",
    "https://example.org:8443/a/b?id=7&x=1",
    "https://news.example.org/a/b?id=7&x=1",
    "https://example.net/a/b?id=7&x=1",
    "https://example.org/a/b?id=7&x=1#/page/2",
    "https://example.org/a%2Fb?id=7&x=1",
    "https://example.org/a/b?id=7&x=1&fbid=9",
    "https://example.org/a/b?id=7&x=1&gid=9",
]


@pytest.mark.parametrize("address", SAME)
def test_every_way_to_write_a_page_comes_to_the_same(address: str) -> None:
    assert normalised(address) == normalised(PAGE)


@pytest.mark.parametrize("address", OTHER)
def test_another_page_stays_another(address: str) -> None:
    assert normalised(address) != normalised(PAGE)


def test_signs_beyond_ascii_and_their_escapes_are_one() -> None:
    assert normalised("https://example.org/新闻?q=política") == normalised(
        "https://example.org/%e6%96%b0%e9%97%bb?q=pol%C3%ADtica"
    )
    assert normalised("https://bücher.example/") == normalised("https://xn--bcher-kva.example")


@pytest.mark.parametrize(
    "address", ["", "no address", "ftp://example.org/a", "https://", "http://[::1", "mailto:a@b.c"]
)
def test_what_is_no_web_address_comes_back_as_it_is(address: str) -> None:
    assert normalised(address) == address


def test_a_host_of_two_parts_keeps_them() -> None:
    assert normalised("https://m.example") == "https://m.example"
    assert normalised("https://www.gov.example/") == normalised("https://gov.example")


PIECES = st.lists(
    st.sampled_from(
        [
            *("http://", "https://", "www.", "m.", "wap.", "example.org", "[::1]", ":80", ":443", ":8080", "user@"),
            *("/", "//", "/a", "/%41", "%", "%2", "%25", "%zz", "é", "新", " ", "?", "&", "utm_source=1", "id=%3d"),
            *("=", "#", "#/r", "#!", ".", "..", "\t", "\u2028", "+", ";", "\\", "@"),
        ]
    ),
    max_size=9,
).map("".join)


@given(st.one_of(PIECES, PIECES.map("https://example.org/{}".format), st.text(max_size=40)))
@example("https://example.org/%%41")
@example("http://example.org:443/")
@example("https://www.www.example.org")
def test_normalising_twice_changes_nothing_more(address: str) -> None:
    once = normalised(address)
    assert normalised(once) == once


@pytest.mark.parametrize("address", SAME)
def test_a_page_is_looked_for_by_a_host_that_each_of_its_spellings_holds(address: str) -> None:
    assert site(PAGE) in address.casefold()
    assert site(address) == site(PAGE)


@pytest.mark.parametrize(
    "address", ["https://example.org/a", "http://203.0.113.7.example.org", "https://www.gov.cn/", "http://8.8.8.8/x"]
)
def test_public_addresses_are_fit(address: str) -> None:
    assert problem(address) == ""


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "ftp://example.org/",
        "file:///etc/passwd",
        "data:text/html,x",
        "//example.org/",
        "https://user:word@example.org/",
        "http://localhost/",
        "http://localhost:8000/admin/",
        "http://app.localhost/",
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://10.0.0.8/",
        "http://192.168.1.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://[fd00::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://0.0.0.0/",
        "http://router/",
        "http://printer.local/",
        "http://db.internal/",
        "http://127.0.0.1./",
        "http://LOCALHOST./",
        "https://",
        "http://[::1",
        "http://example.org:99999/",
        "",
    ],
)
def test_addresses_that_no_reader_could_follow_are_named(address: str) -> None:
    assert problem(address)
