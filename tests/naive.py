"""What the record must answer for a day, by plain loops over the raw rows: no part of `commitments.record` is used.

The rules are read off the methodology ("Two clocks"), slowly and one row after the other.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date
from typing import Any

from commitments.models import Coding, Evidence, Pledge, Quote, StatusUpdate

Row = dict[str, Any]


def day(moment: Any) -> date:
    return moment.astimezone(UTC).date()


@dataclass
class Raw:
    """Every row that matters, fetched once."""

    pledges: list[Row]
    codings: dict[int, list[Row]]
    updates: dict[int, list[Row]]
    quotes: dict[int, list[str]]

    @classmethod
    def read(cls) -> "Raw":
        pledges = list(
            Pledge.objects.order_by("position").values(
                "id", "code", "document__slug", "section__number", "section__parent__number"
            )
        )
        codings: dict[int, list[Row]] = {}
        for coding in Coding.objects.prefetch_related("themes", "actors", "rights"):
            row = {
                "version": coding.version,
                "published_at": coding.published_at,
                "trackability": coding.trackability,
                "title": coding.title,
            }
            for name in ("themes", "actors", "rights"):
                row[name.removesuffix("s")] = {term.slug for term in getattr(coding, name).all()}
            codings.setdefault(coding.pledge_id, []).append(row)
        updates: dict[int, list[Row]] = {}
        for update in StatusUpdate.objects.values():
            updates.setdefault(update["pledge_id"], []).append(update)
        quotes: dict[int, list[str]] = {}
        for pledge, exact in Quote.objects.values_list("pledge", "exact"):
            quotes.setdefault(pledge, []).append(exact)
        return cls(pledges, codings, updates, quotes)


def coding(raw: Raw, pledge: int, on: date) -> Row | None:
    best = None
    for row in raw.codings.get(pledge, []):
        if row["published_at"] is None or day(row["published_at"]) > on:
            continue
        if best is None or row["version"] > best["version"]:
            best = row
    return best


def update(raw: Raw, pledge: int, on: date) -> Row | None:
    known = [u for u in raw.updates.get(pledge, []) if u["published_at"] is not None and day(u["published_at"]) <= on]
    undone = {u["corrects_id"] for u in known}
    best = None
    for row in known:
        if row["kind"] == "withdrawal" or row["id"] in undone or row["effective_on"] > on:
            continue
        if best is None or (row["effective_on"], row["seq"]) > (best["effective_on"], best["seq"]):
            best = row
    return best


def status(raw: Raw, pledge: int, on: date) -> str:
    found = update(raw, pledge, on)
    return found["status"] if found else "not_assessed"


def answers(raw: Raw, pledge: Row, asked: dict[str, list[str]], on: date) -> bool:
    """Tell whether a pledge answers a question: any of the values of each filter."""
    coded, stated = coding(raw, pledge["id"], on), update(raw, pledge["id"], on)
    if coded is None:
        return False
    read = (*coded["title"].values(), *raw.quotes[pledge["id"]])
    has = {
        "document": {pledge["document__slug"]},
        "project": {pledge["section__parent__number"]},
        "section": {pledge["section__number"]},
        "trackability": {coded["trackability"]},
        "status": {stated["status"] if stated else "not_assessed"},
        "grade": {stated["grade"] if stated else ""},
        "theme": coded["theme"],
        "actor": coded["actor"],
        "right": coded["right"],
        # A word that stands in titles and quotes alone, if anywhere.
        "q": {word for word in asked.get("q", []) if any(word in text for text in read)},
        "ordering": {"position"},
    }
    for name, values in asked.items():
        if name == "updated_after":
            if stated is None or day(stated["published_at"]) <= date.fromisoformat(values[0]):
                return False
        elif not has[name] & set(values):
            return False
    return True


def pledges(raw: Raw, asked: dict[str, list[str]], on: date) -> list[str]:
    """Return the codes of the pledges that answer, in the order of the documents."""
    return [pledge["code"] for pledge in raw.pledges if answers(raw, pledge, asked, on)]


def answer(raw: Raw, asked: dict[str, list[str]], on: date) -> list[tuple[str, str]]:
    """Return the codes of the pledges that answer, each with its status."""
    found = [pledge for pledge in raw.pledges if answers(raw, pledge, asked, on)]
    return [(pledge["code"], status(raw, pledge["id"], on)) for pledge in found]


def counts(raw: Raw, on: date) -> Counter[str]:
    """Count the pledges public on a day by status."""
    return Counter(status(raw, p["id"], on) for p in raw.pledges if coding(raw, p["id"], on))


def evidence(on: date) -> set[str]:
    """Return the numbers of the items that were public on a day."""
    return {item.public_id for item in Evidence.objects.all() if item.public_at and day(item.public_at) <= on}
