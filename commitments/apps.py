"""The apps: the record, which installs what the database itself must hold, and the admin as our desk."""

from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate, pre_migrate


class CommitmentsConfig(AppConfig):
    """The one domain app."""

    name = "commitments"
    verbose_name = "Record"

    def ready(self) -> None:
        """Install the triggers after every migrate (SQLite drops them with a rebuilt table); register the checks."""
        from commitments.evidence import files
        from commitments.models import triggers

        pre_migrate.connect(triggers.drop_before_migrate, sender=self)
        post_migrate.connect(triggers.install_after_migrate, sender=self)
        register(triggers.check_installed, Tags.database)  # type: ignore[call-overload]
        register(files.check_origin, Tags.security, deploy=True)


class DeskConfig(AdminConfig):
    """Django's admin, with our site in the place of its own."""

    default_site = "commitments.admin.site.DeskSite"

    def ready(self) -> None:
        """Open the rooms before anybody asks for the site.

        The site's module lies among the rooms: asked for first, it would be made once by a room that registers there,
        and a second time, empty, for who asked.
        """
        import_module("commitments.admin")
        super().ready()
