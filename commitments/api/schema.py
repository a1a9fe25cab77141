"""What the OpenAPI description says beyond what it finds in the code: how errors look."""

from typing import Any

from drf_spectacular.openapi import AutoSchema

_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
    },
}
_ERRORS = {
    "400": "A parameter is unknown, or has a value that it does not know.",
    "404": "Nothing stands at this address.",
    "406": "No such representation.",
    "429": "Too many requests; Retry-After says when to come back.",
}


class Schema(AutoSchema):
    """AutoSchema, with the problem details that every operation can answer."""

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """Return the operation with its errors."""
        operation = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        for status, text in _ERRORS.items():
            content = {"application/problem+json": {"schema": _PROBLEM}}
            operation["responses"].setdefault(status, {"description": text, "content": content})
        return operation
