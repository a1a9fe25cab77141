"""Each catalogue holds every string of the interface, translated, with the same placeholders and tags."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from babel.messages.catalog import Message
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
KEPT = re.compile(r"%\(\w+\)[sd]|</?\w+>")


def texts(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def problems(ours: Message | None, theirs: Message) -> list[str]:
    name = texts(theirs.id)[0][:70]
    if ours is None:
        return [f"{name!r} is not in the catalogue: run `make messages`"]
    if not all(texts(ours.string)) or ours.fuzzy:
        return [f"{name!r} is not translated"]
    wanted = set(KEPT.findall(texts(theirs.id)[-1]))
    return [
        f"{name!r}: has not the same placeholders or tags"
        for t in texts(ours.string)
        if set(KEPT.findall(t)) != wanted
    ]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        pot = Path(folder) / "django.pot"
        extract = [sys.executable, "-m", "babel.messages.frontend", "-q", "extract", "-F", "locale/babel.cfg"]
        keywords = ["-k", "gettext_lazy", "-k", "pgettext_lazy:1c,2", "-k", "gettext_noop"]
        subprocess.run([*extract, "-o", str(pot), ".", *keywords], cwd=ROOT, check=True)
        wanted = [message for message in read_po(pot.open("rb")) if message.id]
    found = []
    for path in sorted(ROOT.glob("locale/*/LC_MESSAGES/django.po")):
        catalogue = read_po(path.open("rb"))
        for message in wanted:
            found += [
                f"{path.parts[-3]}: {p}"
                for p in problems(catalogue.get(texts(message.id)[0], message.context), message)
            ]
        found += [f"{path.parts[-3]}: obsolete {key!r}" for key in catalogue.obsolete]
    print("\n".join(found) or f"{len(wanted)} strings")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
