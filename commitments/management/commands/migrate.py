"""`manage.py migrate`: Django's, which also mends what its own check of the database would stop it at."""

from typing import Any

from django.core.management.commands import migrate


class Command(migrate.Command):
    """A version that declares a new trigger finds it missing: putting it there is what this command is for."""

    def get_check_kwargs(self, options: dict[str, Any]) -> Any:
        """Check everything but the database that is to be migrated."""
        kwargs: dict[str, Any] = {**super().get_check_kwargs(options)}  # type: ignore[dict-item]
        return kwargs | {"databases": None}
