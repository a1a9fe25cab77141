"""A frozen release: the record of a day as a folder of files with checksums, and what has changed since the last.

It is written beside its place and moved there whole: a release that is not complete never stands under its version.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from django.conf import settings
from django.urls import reverse

from commitments.exports import package, words
from commitments.exports.about import about
from commitments.exports.columns import walk
from commitments.exports.news import News, written
from commitments.exports.references import Reference, of_dataset
from commitments.exports.sheets import EXPORTED
from commitments.exports.writing import csv_lines, json_lines, moment, write_workbook
from commitments.record import ledger
from commitments.record.releases import VERSION
from commitments.record.snapshot import snapshot

PACKAGE = "datapackage.zip"
FACTS = "release.json"
SUMS = "SHA256SUMS"
_BLOCK = 1 << 20


class FrozenError(Exception):
    """A release that cannot be made, or does not hold what its checksums say; the message says why."""


@dataclass(frozen=True)
class File:
    """A file of a release: its size in bytes and its SHA-256."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Frozen:
    """What a release says of itself, in `release.json`; `previous` is the version that its changes count from."""

    version: str
    as_of: str
    log_size: int
    log_root: str
    previous: str | None = None
    changes: dict[str, int] = field(default_factory=dict)
    files: list[File] = field(default_factory=list)

    @property
    def package(self) -> File:
        """The data package."""
        return next(file for file in self.files if file.name == PACKAGE)


Told = Callable[[str], object]


def freeze(root: Path, version: str, *, on: date, previous: Frozen | None, told: Told = lambda name: None) -> Frozen:
    """Write the release of a day into `root/version`, and return what it says of itself.

    `told` hears the name of every file that is written. Raises FrozenError where the version is there already.
    """
    if not VERSION.fullmatch(version):
        raise FrozenError("A version is made of letters, digits, dots, hyphens and underscores, 32 at most.")
    if (root / version).exists():
        raise FrozenError(
            f"{root / version} is there already. What was released is not changed: choose another version."
        )
    root.mkdir(parents=True, exist_ok=True)
    with _beside(root) as folder, snapshot():
        frozen = _fill(folder, of_dataset(on=on, version=version), previous, told)
        folder.rename(root / version)
    return frozen


@contextmanager
def _beside(root: Path) -> Iterator[Path]:
    """Give a folder of its own, and take it away again unless it was moved to its place."""
    folder = Path(mkdtemp(prefix=".unfinished-", dir=root))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fill(folder: Path, reference: Reference, previous: Frozen | None, told: Told) -> Frozen:
    news = News.since(date.fromisoformat(previous.as_of) if previous else None, on=reference.on)
    with (folder / PACKAGE).open("wb") as stream:
        package.write(stream, on=reference.on, version=reference.version)
    told(PACKAGE)
    _tables(folder, reference, told)
    checkpoint = ledger.checkpoint(on=reference.on)
    said = {
        "CODEBOOK.md": words.codebook(),
        "CITATION.cff": words.cff(reference),
        "CHANGES.md": written(news, reference, previous.version if previous else None),
        "checkpoint.json": _json(
            {
                "size": checkpoint.size,
                "at": moment(checkpoint.at) if checkpoint.at else None,
                "root": checkpoint.root,
                "hash": "Merkle tree hash of RFC 6962 with SHA-256, over the leaves in data/log.csv",
            }
        ),
    }
    for name, content in said.items():
        (folder / name).write_text(content, encoding="utf-8")
        told(name)
    return _sealed(folder, reference, previous, news, checkpoint)


def _tables(folder: Path, reference: Reference, told: Told) -> None:
    for name, sheet in EXPORTED.items():
        for form in ("csv", "json", "xlsx"):
            file = f"{name}.{form}"
            address = f"{settings.SITE_URL}{reverse('release-file', args=[reference.version, file])}"
            said = about(sheet, reference, on=reference.on, asked=address)
            rows = walk(sheet.rows(reference.on))
            with (folder / file).open("wb") as stream:
                if form == "xlsx":
                    write_workbook(stream, sheet, rows, said)
                elif form == "csv":
                    stream.writelines(csv_lines(sheet, rows, mark=True))
                else:
                    stream.writelines(json_lines(sheet, rows, said))
            told(file)


def _sealed(
    folder: Path, reference: Reference, previous: Frozen | None, news: News, checkpoint: ledger.Checkpoint
) -> Frozen:
    """Write checksums and facts, which name all other files."""
    files = measured(folder)
    frozen = Frozen(
        version=reference.version,
        as_of=reference.on.isoformat(),
        log_size=checkpoint.size,
        log_root=checkpoint.root,
        previous=previous.version if previous else None,
        changes=news.counts(),
        files=files,
    )
    (folder / FACTS).write_text(_json(asdict(frozen)), encoding="utf-8")
    sums = [*files, *(one for one in measured(folder) if one.name == FACTS)]
    (folder / SUMS).write_text("".join(f"{one.sha256}  {one.name}\n" for one in sums), encoding="utf-8")
    return frozen


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def measured(folder: Path) -> list[File]:
    """Return every file of a folder with its size and checksum, by name."""
    return [File(path.name, path.stat().st_size, _sha256(path)) for path in sorted(folder.iterdir()) if path.is_file()]


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def read(folder: Path) -> Frozen:
    """Return what a release says of itself; raise FrozenError where it says nothing that can be read."""
    try:
        said = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        return Frozen(**said | {"files": [File(**file) for file in said["files"]]})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FrozenError(f"{folder / FACTS} cannot be read: {error}.") from error


def newest(root: Path, *, before: date) -> Frozen | None:
    """Return the release under `root` of the latest day before a day; None where there is none."""
    folders = sorted(root.iterdir()) if root.is_dir() else []
    found = [read(folder) for folder in folders if (folder / FACTS).is_file() and not folder.name.startswith(".")]
    earlier = [frozen for frozen in found if frozen.as_of < before.isoformat()]
    return max(earlier, key=lambda frozen: frozen.as_of, default=None)


def verify(folder: Path) -> list[str]:
    """Return what is wrong with the files of a release: those that are gone, came later, or changed."""
    sums = folder / SUMS
    if not sums.is_file():
        return [f"{sums} is not there"]
    lines = (line.split("  ", 1) for line in sums.read_text(encoding="utf-8").splitlines())
    said = {name: digest for digest, name in lines}
    return differences(said, [file for file in measured(folder) if file.name != SUMS])


def differences(said: dict[str, str], found: list[File]) -> list[str]:
    """Return how the files found differ from what was said of them: name → SHA-256."""
    there = {file.name: file.sha256 for file in found}
    wrong = [f"{name} is not there" for name in sorted(said.keys() - there.keys())]
    wrong += [f"{name} came later" for name in sorted(there.keys() - said.keys())]
    return wrong + [f"{name} was changed" for name in sorted(said.keys() & there.keys()) if said[name] != there[name]]
