"""Reading and writing the catalogue's files. An error names the file, the line and the code."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError

from commitments.catalogue.schema import (
    Catalogue,
    DifferenceEntry,
    DocumentEntry,
    DocumentFolder,
    Frozen,
    PledgeEntry,
    Release,
    RowEntry,
    TargetEntry,
    Vocabulary,
)

RECORD = Path(__file__).parent / "record"
WIDTH = 110

T = TypeVar("T")


class CatalogueError(Exception):
    """The catalogue is wrong. `problems` are lines of the form `file:line: code: what is wrong`."""

    def __init__(self, problems: list[str]) -> None:
        """Keep the problems, and show all of them."""
        super().__init__("\n".join(problems))
        self.problems = problems


def _names(node: yaml.Node) -> dict[str, str]:
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {key.value: value.value for key, value in node.value if isinstance(value, yaml.ScalarNode)}


def _node_at(node: yaml.Node, path: tuple[int | str, ...]) -> tuple[yaml.Node, str]:
    """Follow `path` into the YAML tree as far as it goes; return the node and the nearest code on the way."""
    code = ""
    for step in path:
        if isinstance(node, yaml.MappingNode):
            child = next((value for key, value in node.value if key.value == step), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            child = node.value[step]
        else:
            child = None
        if child is None:
            break
        node, names = child, _names(child)
        code = next((names[key] for key in ("code", "slug", "number", "key") if key in names), code)
    return node, code


def read_as(path: Path, kind: type[T]) -> T:
    """Return the file as `kind`; raise CatalogueError naming file, line and code of all that does not fit."""
    name = path.name if path.parent.name in ("", RECORD.name) else f"{path.parent.name}/{path.name}"
    try:
        source = path.read_text(encoding="utf-8")
        data = yaml.load(source, Loader=yaml.CSafeLoader)
    except FileNotFoundError:
        raise CatalogueError([f"{name}: the file is missing"]) from None
    except UnicodeDecodeError as error:
        raise CatalogueError([f"{name}: not UTF-8: {error.reason} at byte {error.start}"]) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise CatalogueError([f"{name}:{line}: not YAML: {getattr(error, 'problem', error)}"]) from error
    try:
        return TypeAdapter(kind).validate_python(data)
    except ValidationError as error:
        tree = yaml.compose(source, Loader=yaml.CSafeLoader)
        problems = []
        for item in error.errors():
            node, code = _node_at(tree, item["loc"]) if tree else (None, "")
            line = node.start_mark.line + 1 if node else 1
            place = ".".join(str(step) for step in item["loc"] if not isinstance(step, int))
            problems.append(f"{name}:{line}: {code + ': ' if code else ''}{place}: {item['msg']}")
        raise CatalogueError(problems) from error


def _read_folder(folder: Path) -> DocumentFolder:
    document = read_as(folder / "document.yaml", DocumentEntry)
    pledges = [entry for path in sorted(folder.glob("pledges*.yaml")) for entry in read_as(path, list[PledgeEntry])]
    differences = folder / "differences.yaml"
    return DocumentFolder(
        document=document,
        rows=read_as(folder / "passages.yaml", list[RowEntry]),
        pledges=pledges,
        differences=read_as(differences, list[DifferenceEntry]) if differences.exists() else [],
    )


def read(root: Path = RECORD) -> Catalogue:
    """Return the catalogue that lies in `root`; raise CatalogueError where a file has the wrong shape."""
    folders = [_read_folder(path) for path in sorted({path.parent for path in root.glob("*/*.yaml")})]
    folders.sort(key=lambda folder: folder.document.issued_on)
    frozen = root / "frozen.yaml"
    targets = root / "targets.yaml"
    return Catalogue(
        release=read_as(root / "release.yaml", Release),
        vocabulary=read_as(root / "vocabulary.yaml", Vocabulary),
        documents=folders,
        targets=read_as(targets, list[TargetEntry]) if targets.exists() else [],
        frozen=read_as(frozen, Frozen) if frozen.exists() else None,
        texts={
            (folder.document.slug, rendition.key): _text(root / folder.document.slug / f"{rendition.key}.txt")
            for folder in folders
            for rendition in folder.document.renditions
        },
    )


def _text(path: Path) -> str:
    try:
        # newline="": the offsets count every character that the file holds.
        with path.open(encoding="utf-8", newline="") as stream:
            return stream.read()
    except FileNotFoundError:
        raise CatalogueError([f"{path.parent.name}/{path.name}: the file is missing"]) from None
    except UnicodeDecodeError as error:
        raise CatalogueError([f"{path.parent.name}/{path.name}: not UTF-8: byte {error.start}"]) from error


class _Dumper(yaml.CSafeDumper):
    """Writes text with line breaks in double quotes, so that every break shows."""


def _string(dumper: yaml.CSafeDumper, value: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style='"' if "\n" in value else None)


def _number(dumper: yaml.CSafeDumper, value: Decimal) -> yaml.Node:
    whole = value == value.to_integral_value()
    return dumper.represent_int(int(value)) if whole else dumper.represent_float(float(value))


_Dumper.add_representer(str, _string)
_Dumper.add_representer(Decimal, _number)


def dump(entries: BaseModel | Sequence[BaseModel]) -> str:
    """Return the catalogue's YAML of a model or a list of them: one way to write it, so that diffs are small."""
    data = (
        entries.model_dump(exclude_defaults=True)
        if isinstance(entries, BaseModel)
        else [entry.model_dump(exclude_defaults=True) for entry in entries]
    )
    return yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=WIDTH)


def pledge_file(pledge: PledgeEntry) -> str:
    """Return the name of the file a pledge belongs in: one file per project, one for a text of paragraphs."""
    numbers = pledge.code.split("-")[1].split(".")
    return f"pledges-{numbers[0]}.yaml" if len(numbers) == 3 else "pledges.yaml"


def write(catalogue: Catalogue, root: Path) -> list[Path]:
    """Write the catalogue's YAML and texts under `root`; return the files written."""
    files: dict[str, str] = {
        "release.yaml": dump(catalogue.release),
        "vocabulary.yaml": dump(catalogue.vocabulary),
        "targets.yaml": dump(catalogue.targets),
    }
    if catalogue.frozen:
        files["frozen.yaml"] = dump(catalogue.frozen)
    for folder in catalogue.documents:
        slug = folder.document.slug
        files[f"{slug}/document.yaml"] = dump(folder.document)
        files[f"{slug}/passages.yaml"] = dump(folder.rows)
        if folder.differences:
            files[f"{slug}/differences.yaml"] = dump(folder.differences)
        for rendition in folder.document.renditions:
            files[f"{slug}/{rendition.key}.txt"] = catalogue.texts[slug, rendition.key]
        for name in sorted({pledge_file(pledge) for pledge in folder.pledges}):
            files[f"{slug}/{name}"] = dump([p for p in folder.pledges if pledge_file(p) == name])
    written = []
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="")
        written.append(path)
    return written
