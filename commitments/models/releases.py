"""Frozen releases of the data: published once under a version, then neither changed nor taken back."""

from django.db import models

from commitments.models.base import SealedAtOnce


class Release(SealedAtOnce):
    """The record of a day, as files that stand. What is in them is told by their checksums."""

    version = models.CharField(max_length=32, unique=True)
    as_of = models.DateField(help_text="The day whose record it holds.")
    sha256 = models.CharField(max_length=64, help_text="of datapackage.zip")
    size = models.PositiveBigIntegerField(help_text="of datapackage.zip, in bytes")
    files = models.JSONField(help_text="Every file: name, size in bytes, sha256.")
    changes = models.JSONField(help_text="What became public since the release before: what → how much.")
    log_size = models.PositiveIntegerField(help_text="How many entries the public log had.")
    log_root = models.CharField(max_length=64, help_text="RFC 6962 tree hash over them.")

    class Meta:
        ordering = ["-as_of", "-published_at"]

    def __str__(self) -> str:
        return self.version
