"""What will go: parameters, members and resources, each announced a year before (docs/api.md, "What may change").

An answer that has to do with one says so in its headers: `Deprecation` (RFC 9745) since when, `Sunset` (RFC 8594) when
it ends, `Link` where it is told what to use instead. The OpenAPI description marks it too.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from django.conf import settings
from django.utils.http import http_date


@dataclass(frozen=True)
class Deprecated:
    """A parameter (its name) of a resource, or with `member` a member of its answers; with neither all of it.

    `resource` is its name in the address: `pledges`. `since` and `until` are days (UTC); `instead` tells what to use.
    """

    resource: str
    since: date
    until: date
    instead: str
    parameter: str = ""
    member: str = ""

    def touches(self, resource: str, parameters: Iterable[str]) -> bool:
        """Tell whether a question to `resource` with these parameters has to do with it."""
        return resource == self.resource and (not self.parameter or self.parameter in parameters)


#: Nothing yet. An entry stays until its last day, and what it names stays as long.
DEPRECATED: list[Deprecated] = []

#: Where it is told what goes and what comes instead.
TOLD = "/api/v1/guide/"


def _midnight(day: date) -> int:
    return int(datetime.combine(day, time.min, tzinfo=UTC).timestamp())


def headers(resource: str, parameters: Iterable[str]) -> dict[str, str]:
    """Return the headers of an answer: of several that it has to do with, the dates that come first."""
    asked = set(parameters)
    found = [entry for entry in DEPRECATED if entry.touches(resource, asked)]
    if not found:
        return {}
    return {
        "Deprecation": f"@{_midnight(min(entry.since for entry in found))}",
        "Sunset": http_date(_midnight(min(entry.until for entry in found))),
        "Link": f'<{settings.SITE_URL}{TOLD}>; rel="deprecation"; type="text/plain"',
    }


def of(resource: str) -> list[Deprecated]:
    """Return what is deprecated of a resource."""
    return [entry for entry in DEPRECATED if entry.resource == resource]
