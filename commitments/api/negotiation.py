"""How an answer's form is chosen: JSON, or 406."""

from collections.abc import Iterable
from typing import Any

from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer


class Negotiation(DefaultContentNegotiation):
    """DRF's, but a form that `format=` asks for and that is not there is refused as one that Accept asks for."""

    def filter_renderers(self, renderers: Iterable[BaseRenderer], format: str) -> Any:  # noqa: A002
        """Return the renderers of a form."""
        here = list(renderers)
        found = [renderer for renderer in here if renderer.format == format]
        if not found:
            known = ", ".join(dict.fromkeys(str(renderer.format) for renderer in here))
            raise NotAcceptable(f"There is no format {format[:40]!r}. Known here: {known}.")
        return found
