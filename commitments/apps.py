"""The app: installs what the database itself must hold, and checks that it holds it."""

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate, pre_migrate


class CommitmentsConfig(AppConfig):
    """The one domain app."""

    name = "commitments"
    verbose_name = "Record"

    def ready(self) -> None:
        """Install the triggers after every migrate: rebuilding a table on SQLite drops them silently."""
        from commitments.models import triggers

        pre_migrate.connect(triggers.drop_before_migrate, sender=self)
        post_migrate.connect(triggers.install_after_migrate, sender=self)
        register(triggers.check_installed, Tags.database)  # type: ignore[call-overload]
