"""What the lists of this room share: they show no reader's address, and answer no question about a part of one.

Django's lists take any field's name in the address of the page (`?address__startswith=a`): here only what is offered.
Somebody's rows are found by their full address, which is sent in a form and never stands in an address of a page; what
stands there is its keyed hash.
"""

import re
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from commitments.admin.base import ReadOnly
from commitments.digests.addresses import key_of, masked
from commitments.models import Dispatch, Subscription

_ADDRESS = re.compile(r"[^\s<>()\"',;:=/]+@(?=\S)")
_LINK = re.compile(r"/(subscriptions|unsubscribe)/[^/\s'\"]+")
_KEY = re.compile(r"[0-9a-f]{64}", re.ASCII)
GONE = "deleted"


def to(subscription: Subscription) -> str:
    """Return whose a subscription is, without saying so."""
    return masked(subscription.address) if subscription.address else GONE


def without_readers(text: str) -> str:
    """Return what a server said without the names in addresses, and without links that open a subscription."""
    return _LINK.sub(r"/\1/•••", _ADDRESS.sub("•••@", text))


class Whose(admin.SimpleListFilter):
    """Shows the rows of one address, which the page knows by its keyed hash alone."""

    title = "reader"
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer to drop it, where it is asked for."""
        asked = self.value()
        return [(asked, "the address that was given")] if asked else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the rows of the address; none where this is no hash."""
        asked = self.value()
        if not asked:
            return queryset
        path = "subscription__address_key" if queryset.model is Dispatch else "address_key"
        return queryset.filter(**{path: asked}) if _KEY.fullmatch(asked) else queryset.none()


class DayFilter(admin.DateFieldListFilter):
    """When, by the days that are asked for most."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Name the filter."""
        super().__init__(*args, **kwargs)
        self.title = "day"


class Discreet(ReadOnly):
    """A list of what is about readers."""

    #: What the address of the page may ask; everything else is answered by 400.
    asked_by: ClassVar[frozenset[str]] = frozenset()
    change_list_template = "admin/digests/list.html"
    show_full_result_count = False
    #: Whether rows are found by a full address.
    finds_readers = True

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Answer what is offered, and nothing else."""
        return lookup in self.asked_by

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list, or lead to the rows of an address that was typed."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST" and "address" in request.POST:
            return redirect(f"{request.path}?{urlencode({'whose': key_of(request.POST['address'])})}")
        shown = {"finds_readers": self.finds_readers}
        return super().changelist_view(request, {**shown, **(extra_context or {})})

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        """Show nothing by itself: each page says what it shows."""
        return []
