"""What search engines are told of a page, in the words of schema.org (JSON-LD): facts of the record, no verdict."""

from datetime import date
from typing import Any

from django.conf import settings
from django.urls import reverse

from commitments.exports.about import LICENCE_URL
from commitments.exports.pledges import SHEET
from commitments.exports.references import AUTHOR, TITLE, Reference
from commitments.exports.sheets import EXPORTED
from commitments.exports.words import documents, english
from commitments.models import Authority, Document, Pledge
from commitments.record import permanent, published

Facts = dict[str, Any]

_CONTEXT = "https://schema.org"
_FORMATS = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}


def _publisher() -> Facts:
    return {"@type": "Organization", "name": AUTHOR, "url": f"{settings.SITE_URL}/"}


def website() -> Facts:
    """Return the site with its search."""
    found = f"{permanent.page('pledges')}?q={{words}}"
    return {
        "@context": _CONTEXT,
        "@type": "WebSite",
        "name": AUTHOR,
        "url": f"{settings.SITE_URL}/",
        "inLanguage": ["en", "zh-Hans", "es", "pt-BR"],
        "potentialAction": {"@type": "SearchAction", "target": found, "query-input": "required name=words"},
    }


def dataset(reference: Reference) -> Facts:
    """Return the data set as of a day, with everything in which it can be fetched."""
    on = reference.on.isoformat()
    begins = min((one.issued_on for one in documents()), default=reference.on)
    # Of a day before the first document there is no time that the record covers.
    covered = {"temporalCoverage": f"{begins.isoformat()}/{on}"} if begins <= reference.on else {}
    return covered | {
        "@context": _CONTEXT,
        "@type": "Dataset",
        "name": f"{AUTHOR}: {TITLE}",
        "description": "Every pledge of the tracked documents in its exact words, how these are read, where the deed "
        "stands, on which evidence, with every earlier version.",
        "url": permanent.page("data"),
        "identifier": reference.url,
        "version": reference.version or on,
        "dateModified": on,
        "license": LICENCE_URL,
        "isAccessibleForFree": True,
        "inLanguage": ["en", "zh-Hans", "es", "pt-BR"],
        "creator": _publisher(),
        "publisher": _publisher(),
        "isBasedOn": [permanent.address(one) for one in documents()],
        "variableMeasured": [
            {"@type": "PropertyValue", "name": column.name, "description": column.meaning} for column in SHEET.columns
        ],
        "distribution": list(_distribution(reference.on)),
    }


def _distribution(on: date) -> Any:
    asked = f"?as_of={on.isoformat()}"
    yield _download("Data package", f"{reverse('datapackage')}{asked}", "application/zip")
    for name, sheet in EXPORTED.items():
        for form, media_type in _FORMATS.items():
            title = f"{sheet.title} ({form.upper()})"
            yield _download(title, f"{reverse('export', args=[name, form])}{asked}", media_type)


def _download(name: str, path: str, media_type: str) -> Facts:
    return {
        "@type": "DataDownload",
        "name": name,
        "contentUrl": f"{settings.SITE_URL}{path}",
        "encodingFormat": media_type,
        "license": LICENCE_URL,
    }


def claim(pledge: Pledge) -> Facts:
    """Return a pledge of `published.whole` as a claim: whose words, in which document. Nothing rates its truth."""
    words = list(pledge.quotes.all())
    own = [quote for quote in words if quote.rendition.authority == Authority.AUTHORITATIVE] or words[:1]
    return {
        "@context": _CONTEXT,
        "@type": "Claim",
        "@id": permanent.address(pledge),
        "url": permanent.address(pledge),
        "identifier": pledge.code,
        "name": f"{pledge.code} {english(published.coding_of(pledge).title)}",
        "text": " … ".join(quote.exact for quote in own),
        "inLanguage": own[0].rendition.language if own else None,
        "datePublished": pledge.document.issued_on.isoformat(),
        "appearance": _document(pledge.document),
        "isPartOf": {"@type": "Dataset", "name": f"{AUTHOR}: {TITLE}", "url": permanent.page("data")},
    }


def _document(document: Document) -> Facts:
    return {
        "@type": "CreativeWork",
        "name": english(document.title),
        "url": permanent.address(document),
        "datePublished": document.issued_on.isoformat(),
        "creator": {"@type": "Organization", "name": english(document.issuer)},
    }
