"""What can be cited: the whole data set, a document, a pledge, a source; each as of a day or in a frozen release.

Author is the site as a body: no person is named who did not sign. The address leads back to that very day.
"""

from dataclasses import dataclass, replace
from datetime import date

from commitments.models import Document, Evidence, Pledge
from commitments.record import permanent, published

#: Who answers for the record.
AUTHOR = "Pledge Tracker"
DATASET = "dataset"
TITLE = "What was promised between China and Latin America and the Caribbean, and what becomes of it"


@dataclass(frozen=True)
class Reference:
    """One thing to cite. `on` is the day of the record, `note` says what the title does not."""

    key: str
    title: str
    url: str
    on: date
    note: str = ""
    version: str = ""

    @property
    def dataset(self) -> bool:
        """Whether it is the whole of the data, and not an entry in it."""
        return self.key == DATASET


def _dated(url: str, on: date) -> str:
    return f"{url}?as_of={on.isoformat()}"


def of_dataset(*, on: date, version: str = "") -> Reference:
    """Return how to cite everything, as of a day or in a frozen release: the address is then the release's own."""
    url = _frozen(version) if version else _dated(permanent.page("data"), on)
    return Reference(DATASET, TITLE, url, on, version=version)


def _frozen(version: str) -> str:
    """Return where a release is listed with its files and their checksums: a page opens everywhere, a ZIP does not."""
    return f"{permanent.page('data')}#release-{version}"


def of_pledge(pledge: Pledge, *, on: date) -> Reference:
    """Return how to cite the record of a pledge that `published.pledges(on=on)` fetched with its document."""
    title = f"{pledge.code}: {published.coding_of(pledge).title.get('en', '')}"
    note = f"Record of a pledge in: {_named(pledge.document)}"
    return Reference(pledge.code, title, _dated(permanent.address(pledge), on), on, note)


def of_document(document: Document, *, on: date) -> Reference:
    """Return how to cite the reading view of a document."""
    note = f"Text of {document.issued_on.isoformat()}, with the pledges in it"
    return Reference(document.code, _named(document), _dated(permanent.address(document), on), on, note)


def of_evidence(item: Evidence, *, on: date) -> Reference:
    """Return how to cite the record of a source."""
    title = f"{item.public_id}: {item.title or item.fact.get('en', '')}"
    said = [item.publisher, item.published_on.isoformat() if item.published_on else "", item.source_url]
    note = f"Record of a source: {', '.join(filter(None, said))}"
    return Reference(item.public_id, title, _dated(permanent.address(item), on), on, note)


def _named(document: Document) -> str:
    return str(document.title.get("en", document.slug))


def find(key: str, *, on: date, version: str = "") -> Reference | None:
    """Return what stands under a code, a document's name or `dataset` on the day; None where nothing does.

    `version` names the frozen release of that day in which it is cited. An entry keeps the address of its own page;
    where the release stands is said beside it.
    """
    if key == DATASET:
        return of_dataset(on=on, version=version)
    found = _entry(key, on)
    if not found or not version:
        return found
    return replace(found, version=version, note=f"{found.note}. Frozen at {_frozen(version)}")


def _entry(key: str, on: date) -> Reference | None:
    code = key.upper()
    document = next((one for one in published.documents() if code == one.code or key == one.slug), None)
    if document:
        return of_document(document, on=on)
    pledge = published.pledges(on=on).select_related("document").filter(code=code).first()
    if pledge:
        return of_pledge(pledge, on=on)
    item = published.evidence(on=on).filter(public_id=code).first()
    return of_evidence(item, on=on) if item else None
