"""The desk: Django's admin as a workplace, with a front page, a search by code, and a page of help."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseRedirectBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path

from commitments.admin import guide
from commitments.admin.base import now
from commitments.admin.front import page as front
from commitments.admin.rooms import doors


class DeskSite(admin.AdminSite):
    """The one admin site."""

    site_header = "The desk"
    site_title = "The desk"
    index_title = "What is waiting"
    enable_nav_sidebar = False

    #: Pages of rooms that belong to no table: address → view. The name is the address with `_` for `-`.
    pages: ClassVar[dict[str, Callable[..., HttpResponse]]] = {}

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Return the pages of our own before those of the tables."""
        pages = {"find": self.find, "tables": self.tables, "help": self.help, **self.pages}
        own = [path(f"{at}/", self.admin_view(view), name=at.replace("-", "_")) for at, view in pages.items()]
        return [*own, *super().get_urls()]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Add what the head of every page shows: the rooms, and the roles of who is signed in."""
        shown = self.has_permission(request)
        return super().each_context(request) | {
            "rooms": doors(self, request) if shown else [],
            "roles": front.roles(request.user) if shown else [],
        }

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Show what is waiting."""
        context = {"title": self.index_title, **front.context(request.user, at=now()), **(extra_context or {})}
        return self._page(request, "admin/index.html", context)

    def tables(self, request: HttpRequest) -> HttpResponse:
        """Show the list of all tables."""
        context = {"title": "All tables", "app_list": self.get_app_list(request)}
        return self._page(request, "admin/tables.html", context)

    def help(self, request: HttpRequest) -> HttpResponse:
        """Show what the words mean and how the desk works."""
        return self._page(request, "admin/help.html", {"title": "How the desk works", **guide.context()})

    def find(self, request: HttpRequest) -> HttpResponseRedirectBase:
        """Lead to what has this code or number, else to the pledges with these words."""
        return redirect(front.destination(request.GET.get("q", "").strip()))

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> TemplateResponse:
        return TemplateResponse(request, template, {**self.each_context(request), **context})
