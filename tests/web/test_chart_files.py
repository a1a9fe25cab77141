"""Charts of figures as files: the same as on the page, standing alone, with the sources of the figures in them."""

import re
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
from django.test import Client

from commitments.evidence import load as shipped
from commitments.models import Indicator, Target

pytestmark = pytest.mark.django_db

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def _figures() -> None:
    shipped.load(shipped.read(), at=datetime.now(UTC))


def fetch(client: Client, address: str, status: int = 200) -> bytes:
    answer = client.get(address)
    assert answer.status_code == status, address
    return bytes(answer.content)


def shapes(svg: str) -> list[str]:
    """Return the lines and signs of a chart, in their order."""
    plane = svg[svg.index('class="grid"') :]
    return re.findall(r'<(?:line|use)[^>]*(?:class="(?:grid|zero|bar|stem|beside)"|href="#f-(?!year))[^>]*>', plane)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_indicator_is_drawn_into_a_file_as_on_its_page(client: Client, language: str) -> None:
    found = list(Indicator.objects.all())
    assert len(found) > 20
    for indicator in found:
        page = fetch(client, f"/{language}/indicators/{indicator.slug}/").decode()
        address = f"/{language}/charts/indicators/{indicator.slug}.svg"
        assert f'href="{address}"' in page
        drawn = fetch(client, address).decode()
        on_page = page[page.index("<figure") : page.index("<figcaption")]
        assert shapes(drawn) == shapes(on_page)
        root = ElementTree.fromstring(drawn)
        words = " ".join(text.text or "" for text in root.iter(f"{SVG}text"))
        assert indicator.title[language].replace(" ", "") in words.replace(" ", "")
        for point in indicator.points.filter(corrected_by__isnull=True):
            assert point.publisher.replace(" ", "") in words.replace(" ", "")
        assert not re.findall(r'(?:href|src)="(?!#)', drawn)
        assert "var(" not in drawn


def test_beside_an_announced_number_it_has_the_line_of_its_page(client: Client) -> None:
    lines = 0
    for target in Target.objects.all():
        page = fetch(client, f"/en/targets/{target.code}/").decode()
        for address in re.findall(r'href="(/en/charts/targets/[^"]+[.]svg)"', page):
            drawn = fetch(client, address).decode()
            assert target.title["en"][:20] in drawn
            lines += 'class="beside"' in drawn
    assert lines


def test_a_png_is_the_same_at_twice_the_size(client: Client) -> None:
    slug = Indicator.objects.order_by("position").values_list("slug", flat=True)[0]
    png = fetch(client, f"/es/charts/indicators/{slug}.png")
    svg = ElementTree.fromstring(fetch(client, f"/es/charts/indicators/{slug}.svg"))
    size = int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert size == (2 * int(svg.get("width") or 0), 2 * int(svg.get("height") or 0))


@pytest.mark.parametrize("place", ["sections", "indicators/{slug}"])
def test_a_picture_at_its_own_address_may_have_its_style_and_nothing_else(client: Client, place: str) -> None:
    slug = Indicator.objects.order_by("position").values_list("slug", flat=True)[0]
    answer = client.get(f"/en/charts/{place.format(slug=slug)}.svg")
    assert answer["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'"


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("indicators/none.svg", 404),
        ("indicators/{slug}.svg?as_of=2020-01-01", 404),
        ("indicators/{slug}.svg?as_of=nope", 400),
        ("targets/none/{slug}.svg", 404),
        ("targets/{code}/none.png", 404),
        ("targets/{code}/{slug}.png?as_of=2999-01-01", 400),
    ],
)
def test_what_is_not_there_is_not_drawn(client: Client, address: str, status: int) -> None:
    slug = Indicator.objects.order_by("position").values_list("slug", flat=True)[0]
    code = Target.objects.order_by("position").values_list("code", flat=True)[0]
    fetch(client, f"/en/charts/{address.format(slug=slug, code=code)}", status)
