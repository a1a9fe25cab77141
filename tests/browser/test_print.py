"""The year in review on paper: A4, with a head on every page and its number at the foot."""

import io
from collections.abc import Callable

import pypdf
import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

A4 = (595, 842)


@pytest.mark.parametrize(("language", "head"), [("en", "The year 2026 in review"), ("zh-hans", "2026")])
def test_every_page_of_a_printed_review_has_its_head_and_number(
    visit: Callable[..., Page], language: str, head: str
) -> None:
    page = visit(f"/{language}/reviews/2026/")
    paper = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    assert len(paper.pages) >= 3
    for number, sheet in enumerate(paper.pages, 1):
        assert tuple(round(float(side)) for side in sheet.mediabox[2:]) == A4
        words = " ".join(sheet.extract_text().split())
        assert head in words
        assert f"{number} / {len(paper.pages)}" in words
