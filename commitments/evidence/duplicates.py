"""Which items may be the same source again: by address, by file, by origin, by title."""

import re
from collections.abc import Iterable

from django.db.models import Q, QuerySet

from commitments import links
from commitments.models import Evidence
from commitments.text import tokens

#: How many items are named; more would not be read.
SHOWN = 8
#: From which share of common words two titles count as nearly the same.
NEAR = 0.75

_CHINESE = re.compile("[\u4e00-\u9fff]{2,}")


def _others(besides: str) -> QuerySet[Evidence]:
    """Return all items but `besides`, the newest first."""
    return Evidence.objects.exclude(public_id=besides).order_by("-pk")


def same_address(url: str, *, besides: str = "") -> list[Evidence]:
    """Return the items at the same page, however its address is spelled."""
    wanted, host = links.normalised(url), links.site(url)
    if not host:
        return []
    near = _others(besides).filter(source_url__icontains=host).values_list("pk", "source_url")
    same = [pk for pk, address in near if links.normalised(address) == wanted][:SHOWN]
    return list(_others(besides).filter(pk__in=same)) if same else []


def same_file(sha256: str, *, besides: str = "") -> list[Evidence]:
    """Return the items that keep the same bytes."""
    return list(_others(besides).filter(sha256=sha256)[:SHOWN]) if sha256 else []


def same_origin(origin: str, *, besides: str = "") -> list[Evidence]:
    """Return the items that go back to the same origin: they count as one voice."""
    return list(_others(besides).filter(origin=origin)[:SHOWN]) if origin else []


def origins_like(words: str) -> list[str]:
    """Return origins in use that hold the words, to choose from."""
    found = Evidence.objects.order_by("origin").distinct()
    for word in words.split()[:4]:
        found = found.filter(origin__icontains=word)
    return list(found.values_list("origin", flat=True)[:20])


def like_title(title: str, *, besides: str = "") -> list[Evidence]:
    """Return the items whose title has nearly the same words."""
    asked = set(tokens(title))
    probes = _probes(title)
    if len(asked) < 3 or not probes:
        return []
    held = Q()
    for probe in probes:
        held |= Q(title__icontains=probe)
    found = ((_alike(asked, item.title), item) for item in _others(besides).filter(held)[:400])
    best = sorted((pair for pair in found if pair[0] >= NEAR), key=lambda pair: -pair[0])
    return [item for _, item in best[:SHOWN]]


def _alike(asked: set[str], title: str) -> float:
    words = set(tokens(title))
    return len(asked & words) / len(asked | words) if words else 0.0


def _probes(title: str) -> Iterable[str]:
    """Return pieces of which a title that is nearly the same holds one: its longest words, or Chinese pieces."""
    chinese = _CHINESE.findall(title)
    pieces = [run[i : i + 3] for run in chinese for i in range(0, len(run) - 1, 3)]
    words = [word for word in re.findall(r"\w+", _CHINESE.sub(" ", title)) if len(word) > 3]
    return [*sorted(set(words), key=len)[-4:], *sorted(set(pieces), key=len)[-6:]]
