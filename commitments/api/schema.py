"""What the OpenAPI description says beyond what it finds in the code: headers, errors, tags; that nothing lacks."""

from typing import Any

from drf_spectacular.openapi import AutoSchema

from commitments.api import deprecation
from commitments.api.parameters import said
from commitments.problems import MEDIA_TYPE, details

_TEXT = {"type": "string"}
_PROBLEM = {
    "type": "object",
    "description": "What is wrong (RFC 9457). `errors` names each bad parameter with what is wrong with it.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "example": "about:blank"},
        "title": {"type": "string", "example": "Bad Request"},
        "status": {"type": "integer", "example": 400},
        "detail": {"type": "string"},
        "errors": {"type": "object", "additionalProperties": {"type": "array", "items": _TEXT}},
    },
}
_UNKNOWN = {"as_off": ["Unknown parameter. Known here: as_of."]}
_ERRORS: dict[int, tuple[str, dict[str, Any]]] = {
    400: (
        "A parameter is unknown, or has a value that it does not know.",
        details(400, f"as_off: {_UNKNOWN['as_off'][0]}", _UNKNOWN),
    ),
    404: ("Nothing stands at this address, or did not on the day.", details(404, "Nothing stands at this address.")),
    406: (
        "Only JSON is to be had.",
        details(406, "Could not satisfy the request Accept header."),
    ),
    429: (
        "Too many requests; Retry-After says when to come back.",
        details(
            429,
            "Too many requests from this address: 600 are answered in a minute. Come back in 20 seconds.",
        ),
    ),
}


def _header(text: str, *, required: bool = True, **schema: Any) -> dict[str, Any]:
    return {"description": text, "required": required, "schema": _TEXT | schema}


_VALIDATORS = {
    "ETag": _header("By what the answer is known again: send it as If-None-Match.", example='W/"5f0c…"'),
    "Last-Modified": _header("Since when it is so; not told in the first minute.", required=False),
    "Cache-Control": _header("How long it may be kept without asking again.", example="public, max-age=60"),
}
_PAGES = _header("The next and the previous page, where there are any (RFC 8288).", required=False)
_GOING = {
    "Deprecation": _header("Since when something that was asked for is deprecated (RFC 9745).", required=False),
    "Sunset": _header("When it will be gone (RFC 8594).", required=False),
}
_RETRY = {"Retry-After": _header("Seconds to wait.", type="integer", minimum=1, example=20)}


def _problem(status: int) -> dict[str, Any]:
    text, example = _ERRORS[status]
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}}
    return {"description": text, "content": content} | ({"headers": _RETRY} if status == 429 else {})


def _first_sentence(text: str) -> str:
    return " ".join(text.split("\n\n")[0].split()).partition(". ")[0].rstrip(".")


class Schema(AutoSchema):
    """AutoSchema, with what every operation can answer."""

    @property
    def _resource(self) -> str:
        return str(self.path.removeprefix("/api/v1/").partition("/")[0])

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """Return the operation with its summary, the words of its parameters, its headers and its errors."""
        operation = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        operation["summary"] = self._summary()
        if "parameters" in operation:
            operation["parameters"] = [self._parameter(found) for found in self._known(operation["parameters"])]
        if any(not entry.parameter and not entry.member for entry in deprecation.of(self._resource)):
            operation["deprecated"] = True
        answers = operation["responses"]
        listed = {"Link": _PAGES} if "page" in self._names(operation) else {}
        answers["200"] |= {"description": "What was asked for.", "headers": _VALIDATORS | listed | _GOING}
        answers["304"] = {"description": "What you have is the newest: If-None-Match or If-Modified-Since say so."}
        answers |= {str(status): _problem(status) for status in _ERRORS}
        operation["responses"] = dict(sorted(answers.items()))
        return operation

    def _summary(self) -> str:
        if not self._resource:
            return "The resources and where they are"
        key = self.path.rpartition("{")[2].rstrip("}/") if "{" in self.path else ""
        return f"{self._resource}: one, by {key}" if key else f"{self._resource}: {self._what()}"

    def _what(self) -> str:
        return _first_sentence(self.view.__doc__ or "list")

    @staticmethod
    def _names(operation: dict[str, Any]) -> set[str]:
        return {found["name"] for found in operation.get("parameters", ())}

    def _known(self, parameters: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Leave out what the filters have and the resource does not take."""
        known = getattr(self.view, "known", ())
        names = set(known() if callable(known) else known)
        return [found for found in parameters if found["in"] == "path" or found["name"] in names]

    def _parameter(self, found: dict[str, Any]) -> dict[str, Any]:
        going = any(entry.parameter == found["name"] for entry in deprecation.of(self._resource))
        return said(self._resource, found) | ({"deprecated": True} if going else {})


def whole(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Postprocess the description: errors as a component, tags in words, and members that are always there.

    What readers get is written by the same code each time, so that no member is ever missing, whatever may be left out
    when a row is written; and the bounds of numbers are the database's, which differ.
    """
    schemas = result["components"]["schemas"]
    for schema in schemas.values():
        if "properties" in schema:
            schema["required"] = sorted(schema["properties"])
            schema["properties"] = {name: _answered(found) for name, found in schema["properties"].items()}
    schemas["Problem"] = _PROBLEM
    result["tags"] = [
        {"name": path.split("/")[3] or "root", "description": operations["get"]["description"]}
        for path, operations in result["paths"].items()
        if "{" not in path
    ]
    for entry in deprecation.DEPRECATED:
        if entry.member:
            _going(result, entry)
    return result


def _answered(found: dict[str, Any]) -> dict[str, Any]:
    left_out = {"readOnly", *(("maximum", "minimum", "format") if found.get("type") == "integer" else ())}
    return {name: value for name, value in found.items() if name not in left_out}


def _going(result: dict[str, Any], entry: deprecation.Deprecated) -> None:
    """Mark a member as deprecated in the schema of its resource's rows."""
    answer = result["paths"][f"/api/v1/{entry.resource}/"]["get"]["responses"]["200"]
    schemas = result["components"]["schemas"]
    page = schemas[answer["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]]
    row = schemas[page["properties"]["results"]["items"]["$ref"].rpartition("/")[2]]
    row["properties"][entry.member]["deprecated"] = True
