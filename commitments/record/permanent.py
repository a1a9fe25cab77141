"""The permanent addresses under which rows of the record are cited: absolute, and always the English page's."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import override

from commitments.models import Difference, Document, Evidence, Indicator, Pledge, Section, StatusUpdate, Target


def address(row: Document | Section | Pledge | Evidence | Indicator | Difference) -> str:
    """Return the absolute address of a row's page, in English."""
    with override("en"):
        return f"{settings.SITE_URL}{row.get_absolute_url()}"


def page(route: str, *args: str) -> str:
    """Return the absolute address of a page by the name of its route, in English."""
    with override("en"):
        return f"{settings.SITE_URL}{reverse(route, args=args)}"


def of_target(target: Target) -> str:
    """Return the absolute address of the page of an announced number, in English."""
    return page("target", target.code)


def of_update(update: StatusUpdate) -> str:
    """Return where an update stands on the page of its pledge, in English."""
    return f"{address(update.pledge)}#{update.public_id}"
