"""Paging: `count`, `next`, `previous`, `results`; a bad page or size is refused, not guessed at."""

import re
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

#: int() reads the digits of every script, and signs and spaces.
_NUMBER = re.compile(r"[0-9]{1,9}")


class Pages(PageNumberPagination):
    """Pages of 50, of up to 500 with `page_size`."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500

    def paginate_queryset(
        self, queryset: QuerySet[Any] | Sequence[Any], request: Request, view: APIView | None = None
    ) -> Any:
        """Return the page asked for."""
        size = request.query_params.get(self.page_size_query_param)
        if size is not None and not (_NUMBER.fullmatch(size) and 1 <= int(size) <= self.max_page_size):
            raise ValidationError({"page_size": [f"Must be a whole number from 1 to {self.max_page_size}."]})
        page = request.query_params.get(self.page_query_param, "1")
        try:
            if _NUMBER.fullmatch(page):
                return super().paginate_queryset(queryset, request, view)
        except NotFound:
            pass
        raise ValidationError({"page": [f"There is no page {page[:40]!r}."]})

    def get_paginated_response(self, data: Any) -> Response:
        """Return the page; its neighbours stand in the header `Link` (RFC 8288) too."""
        response = super().get_paginated_response(data)
        around = (("next", self.get_next_link()), ("prev", self.get_previous_link()))
        if links := [f'<{address}>; rel="{name}"' for name, address in around if address]:
            response["Link"] = ", ".join(links)
        return response

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return how a page is described."""
        address = {"type": "string", "nullable": True, "format": "uri"}
        return {
            "type": "object",
            "description": "A page of the list.",
            "required": ["count", "next", "previous", "results"],
            "properties": {
                "count": {"type": "integer", "description": "How many the whole list holds.", "example": 362},
                "next": address | {"description": "The address of the next page; null on the last."},
                "previous": address | {"description": "The address of the page before; null on the first."},
                "results": schema,
            },
        }
