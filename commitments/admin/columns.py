"""Columns that several rooms have."""

from typing import Any

from django.contrib import admin


@admin.display(description="published at", ordering="published_at", empty_value="–")
def _published_at(row: Any) -> str | None:
    """Return when readers could first see it, in UTC, by which everything public is dated."""
    return f"{row.published_at:%Y-%m-%d %H:%M} UTC" if row.published_at else None


published_at: Any = _published_at  # the types that mypy has of Django know fields by their names only
