"""What the desk's rooms share: things shown and not changed, and refusals said in plain words."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.db.models import Model, URLField
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst

from commitments.admin.history import WithHistory
from commitments.admin.widgets import TextMapField
from commitments.editorial.policies import RefusedError
from commitments.models.base import ImmutableRowError, TextMap


def now() -> datetime:
    """Return the time by which the desk dates what people do (UTC)."""
    return datetime.now(UTC)


#: How an action of the desk, or the database under it, says no.
REFUSALS = (RefusedError, IntegrityError, ImmutableRowError)


def reason(refusal: Exception) -> str:
    """Return why something was refused, in words for the screen."""
    if isinstance(refusal, RefusedError):
        return str(refusal)
    # The database is the last to refuse; its own words follow the table's name.
    return f"The database refused this: {str(refusal).splitlines()[0]}."


def attempt(request: HttpRequest, action: Callable[[], Any], done: str = "") -> bool:
    """Do an action of the desk; say that it is done, or why it was refused. Tell whether it was done."""
    try:
        action()
    except REFUSALS as refusal:
        messages.error(request, reason(refusal))
        return False
    if done:
        messages.success(request, done)
    return True


class Shown:
    """Nothing is added, changed or deleted here."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """No."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """No."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """No."""
        return False


class Desk(WithHistory):
    """A room of the desk: texts in four languages, rows that remember what they were, nothing deleted."""

    formfield_overrides = {TextMap: {"form_class": TextMapField}, URLField: {"assume_scheme": "https"}}
    list_per_page = 50
    #: What an empty list says: why it is empty, and how it fills.
    nothing = "Nothing here yet."

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list under the name of what is in it."""
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, {**title, **(extra_context or {})})

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """No: things are withdrawn, superseded or closed."""
        return False


class ReadOnly(Shown, Desk):
    """A model that is shown."""
