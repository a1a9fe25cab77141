"""Pictures opened at their own address: a browser shows them in their colours, under their own policy."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

COLOUR = "([selector, property]) => getComputedStyle(document.querySelector(selector))[property]"


@pytest.mark.parametrize(
    ("address", "shape", "colour"),
    [
        ("/en/charts/trackability.svg", (".s-announced", "fill"), "rgb(10, 100, 87)"),
        ("/en/charts/indicators/china-lac-goods-trade.svg", (".chart .grid", "stroke"), "rgb(217, 220, 218)"),
    ],
)
def test_a_picture_at_its_own_address_has_its_colours(
    visit: Callable[..., Page], address: str, shape: tuple[str, str], colour: str
) -> None:
    page = visit(address)
    assert page.evaluate(COLOUR, (".paper", "fill")) == "rgb(253, 253, 251)"
    assert page.evaluate(COLOUR, shape) == colour
