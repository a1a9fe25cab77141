"""Operations: signs of life that operators read."""

from datetime import datetime

from django.db import models

from commitments.models.base import Mutability


class Heartbeat(models.Model):
    """When a moving part was last seen alive."""

    mutability = Mutability.WORKING

    part = models.SlugField(primary_key=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.part} {self.seen_at:%Y-%m-%dT%H:%M:%SZ}"

    @classmethod
    def mark(cls, part: str, *, at: datetime) -> None:
        """Record that `part` is alive at `at`."""
        cls.objects.update_or_create(part=part, defaults={"seen_at": at})
