"""What a reviewer read, as one number: an approval holds for exactly that, evidence included."""

import hashlib
from typing import Any

from django.forms.models import model_to_dict

from commitments.editorial.readiness import latest_coding, newest_number
from commitments.models import Attachment, Draft, Evidence, PointDraft, StatusDraft
from commitments.models.ledger import canonical


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    for name in values:
        if isinstance(values[name], list):  # many-to-many, or a set of codes: in no order of meaning
            values[name] = sorted(getattr(related, "pk", str(related)) for related in values[name])
    return {name: value if isinstance(value, dict | list) else str(value) for name, value in values.items()}


def _says(row: Any, besides: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return all columns of a row but `besides`; those that no form shows count too, such as a file's hash."""
    fields = [field for field in row._meta.concrete_fields if field.name not in besides]
    return _plain({field.name: field.value_from_object(row) for field in fields})


def _item(item: Evidence) -> dict[str, Any]:
    """Return what an item of evidence says; housekeeping such as the state of its link is none of it."""
    return _says(item, Evidence.NOT_CITED) | {"targets": sorted(target.code for target in item.targets.all())}


def _cited(draft: StatusDraft) -> list[Any]:
    rows = draft.citations.select_related("evidence").prefetch_related("evidence__targets")
    beside = {row.evidence_id: [row.bearing, row.why] for row in Attachment.objects.filter(pledge=draft.pledge_id)}
    return [
        [row.bearing, beside.get(row.evidence_id), _item(row.evidence)] for row in rows.order_by("evidence__public_id")
    ]


def _grounds(content: Any) -> list[Any]:
    """Return what the draft rests on: its evidence, and its search."""
    if isinstance(content, StatusDraft):
        return [_cited(content), _says(content.search) if content.search else None]
    if isinstance(content, PointDraft):
        return [_item(content.evidence) if content.evidence else None]
    return []


def _record(draft: Draft) -> list[int]:
    """Return how far the pledge's public record has come: its newest update and its coding."""
    return [newest_number(draft.pledge), latest_coding(draft.pledge).version] if draft.pledge else []


def fingerprint(draft: Draft) -> str:
    """Return the SHA-256 (hex) of all that a reviewer is shown: revision, words, grounds, and the pledge's record."""
    read = {
        "draft": draft.pk,
        "revision": draft.revision,
        "content": _plain(model_to_dict(draft.content)),
        "grounds": _grounds(draft.content),
        "record": _record(draft),
    }
    return hashlib.sha256(canonical(read).encode()).hexdigest()
