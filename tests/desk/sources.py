"""What the tests of evidence type and upload."""

import zlib
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import ExifTags, Image

from commitments.models import Evidence

ADD = "/admin/commitments/evidence/add/"
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\nxref\n0 1\ntrailer<</Size 1>>\nstartxref\n29\n%%EOF\n"
#: A PDF to a reader of PDFs, and a page to a browser that is left to guess.
POLYGLOT = PDF.replace(b"1 0 obj", b"% <html><script>document.title='owned'</script></html>\n1 0 obj")


def change(item: Evidence) -> str:
    return f"/admin/commitments/evidence/{item.pk}/change/"


def picture(kind: str = "PNG", *, located: bool = False) -> bytes:
    image = Image.new("RGB", (40, 30), "white")
    exif = image.getexif()
    if located:
        exif[ExifTags.IFD.GPSInfo] = {1: "S", 2: (23.0, 33.0, 1.0)}
    image.save(stream := BytesIO(), kind, exif=exif)
    return stream.getvalue()


def chunk(name: bytes, content: bytes) -> bytes:
    body = name + content
    return len(content).to_bytes(4) + body + zlib.crc32(body).to_bytes(4)


def claiming(width: int, height: int) -> bytes:
    """A PNG of some hundred bytes that says it is so large."""
    head = width.to_bytes(4) + height.to_bytes(4) + b"\x08\x02\x00\x00\x00"
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 99_999, 9))
        + chunk(b"IEND", b"")
    )


def upload(content: bytes = PDF, name: str = "decree.pdf", kind: str = "application/pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, kind)


def row(n: int, pledge: str, bearing: str = "supports", why: str = "", **more: str) -> dict[str, str]:
    """One line of the pledges on which an item bears."""
    fields = {"pledge": pledge, "bearing": bearing, "why_en": why, **more}
    return {f"attachments-{n}-{name}": value for name, value in fields.items()}


def filled(*rows: dict[str, str], stored: int = 0, **fields: Any) -> dict[str, Any]:
    """The form as a browser sends it, by default with nothing wrong in it."""
    values = {
        "source_url": "https://news.example.org/2026/01/orsi",
        "title": "Una visita",
        "publisher": "A newspaper",
        "publisher_kind": "news",
        "side": "independent",
        "record": "report",
        "origin": "newspaper-2026-01-15-visit",
        "language": "es",
        "event_on": "2026-01-15",
        "event_precision": "day",
        "published_on": "2026-01-16",
        "accessed_on": "2026-11-20",
        "fact_en": "They met.",
        "countries": "UY, CN",
        "attachments-TOTAL_FORMS": str(len(rows)),
        "attachments-INITIAL_FORMS": str(stored),
    }
    for line in rows:
        values |= line
    return {name: value for name, value in (values | fields).items() if value is not None}


def errors(answer: Any) -> dict[str, list[str]]:
    """What the page says is wrong, by field; of the rows, under the name of the row's field."""
    form, *formsets = answer.context["adminform"].form, *(f.formset for f in answer.context["inline_admin_formsets"])
    found = {name: list(texts) for name, texts in form.errors.items()}
    for formset in formsets:
        for line in formset.forms:
            found |= {f"{line.prefix}-{name}": list(texts) for name, texts in line.errors.items()}
    return found


def recorded(client: Client, **fields: Any) -> Evidence:
    """Record an item through the form, and return it."""
    answer = client.post(ADD, filled(**fields))
    assert answer.status_code == 302, errors(answer)
    return Evidence.objects.latest("pk")
