"""How a frozen release gets into the site's own list: its files beside the database, its row in it. Never undone."""

import shutil
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, transaction

from commitments.exports.freezing import Frozen, FrozenError, differences, measured
from commitments.models import Release


def publish(folder: Path, frozen: Frozen, *, at: datetime) -> Release:
    """Copy the release in `folder` to the site's own and list it; raise FrozenError where its version is listed."""
    home = Path(settings.RELEASES_DIR) / frozen.version
    if Release.objects.filter(version=frozen.version).exists():
        raise FrozenError(f"Release {frozen.version} is listed already.")
    if folder.resolve() != home.resolve():
        if home.exists():
            raise FrozenError(
                f"{home} is there already, though no release of this version is listed: remove it first."
            )
        shutil.copytree(folder, home)
    try:
        with transaction.atomic():
            return Release.objects.create(**_row(frozen, home), published_at=at)
    except IntegrityError as error:  # somebody was quicker
        raise FrozenError(f"Release {frozen.version} is listed already.") from error


def _row(frozen: Frozen, home: Path) -> dict[str, object]:
    return {
        "version": frozen.version,
        "as_of": date.fromisoformat(frozen.as_of),
        "sha256": frozen.package.sha256,
        "size": frozen.package.size,
        "files": [asdict(file) for file in measured(home)],
        "changes": frozen.changes,
        "log_size": frozen.log_size,
        "log_root": frozen.log_root,
    }


def wrong_with(version: str) -> list[str]:
    """Return what is wrong with a listed release: how its files differ from what its row says of them."""
    release = Release.objects.filter(version=version).first()
    if release is None:
        return [f"no release {version} is listed"]
    folder = Path(settings.RELEASES_DIR) / version
    said = {file["name"]: file["sha256"] for file in release.files}
    return differences(said, measured(folder) if folder.is_dir() else [])
