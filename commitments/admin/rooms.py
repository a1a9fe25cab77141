"""The desk's rooms: its navigation is by work and not by table. What is in no room stands under "All tables"."""

from dataclasses import dataclass

from django.contrib.admin import AdminSite, ModelAdmin
from django.http import HttpRequest
from django.urls import reverse


@dataclass(frozen=True)
class Room:
    """A kind of work.

    `tables` are the lists that belong to it, as `app_model`; the first that somebody may see is their way in. A room
    without tables is a page of the desk's own, whose address is called `page`. `key` goes there after a "g".
    """

    title: str
    tables: tuple[str, ...] = ()
    page: str = ""
    key: str = ""


ROOMS = (
    Room("Waiting", page="index", key="w"),
    Room("Pledges", ("commitments_pledge", "commitments_coding", "commitments_statusupdate"), key="p"),
    Room("Evidence", ("commitments_evidence", "commitments_attachment"), key="e"),
    Room("Figures", ("commitments_indicator", "commitments_datapoint"), key="f"),
    Room(
        "Drafts",
        ("commitments_draft", "commitments_statusdraft", "commitments_replydraft", "commitments_pointdraft"),
        key="d",
    ),
    Room("Searches", ("commitments_searchlog",), key="s"),
    Room("Coding", ("commitments_blindcoding", "commitments_codingdraft", "commitments_adjudication"), key="c"),
    Room("Reports", ("commitments_readerreport",), key="r"),
    Room(
        "Digests",
        ("commitments_dispatch", "commitments_digest", "commitments_subscription", "commitments_suppression"),
        key="m",
    ),
    Room("People", ("auth_user", "commitments_assignment", "commitments_conflict", "commitments_audit"), key="l"),
    Room("All tables", page="tables", key="t"),
    Room("Help", page="help", key="h"),
)


@dataclass(frozen=True)
class Door:
    """A room as one person sees it from one page."""

    title: str
    url: str
    key: str
    current: bool


def doors(site: AdminSite, request: HttpRequest) -> list[Door]:
    """Return the rooms that are open to the person, in order."""
    lists = {f"{model._meta.app_label}_{model._meta.model_name}": room for model, room in site._registry.items()}
    here = (request.resolver_match.url_name or "") if request.resolver_match else ""
    found = []
    for room in ROOMS:
        name = room.page or _way_in(room, lists, request)
        if name:
            current = here == room.page or any(here.startswith(f"{table}_") for table in room.tables)
            found.append(Door(room.title, reverse(f"{site.name}:{name}"), room.key, current))
    return found


def _way_in(room: Room, lists: dict[str, ModelAdmin], request: HttpRequest) -> str:  # type: ignore[type-arg]
    open_ = (t for t in room.tables if t in lists and lists[t].has_view_or_change_permission(request))
    table = next(open_, "")
    return f"{table}_changelist" if table else ""
