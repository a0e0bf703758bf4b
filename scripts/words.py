"""The translators' tool: collect message ids into the catalogues, and check that all are said.

::

    python scripts/words.py collect   # write new ids, empty, into geo/locale/zh_CN/*.po
    python scripts/words.py check     # fail on an id without Chinese, or with other {places}
"""

from __future__ import annotations

import string
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("geo", "etl", "dashboard")
LOCALE = "zh_CN"


def po_path(package: str) -> Path:
    """Return where `package` keeps its Chinese."""
    return ROOT / "geo" / "locale" / LOCALE / f"{package}.po"


def spoken_in(package: str) -> Catalog:
    """Extract the message ids that the source of `package` says."""
    found = Catalog(project="wangge-atlas", locale=LOCALE, charset="utf-8")
    keywords = {"_": None, "N_": None}
    source = extract_from_dir(str(ROOT / package), [("**.py", "python")], keywords=keywords)
    for name, _line, message, comments, _context in sorted(source, key=lambda item: item[:2]):
        if message:
            found.add(message, locations=[(f"{package}/{name}", 0)], auto_comments=comments)
    return found


def read(path: Path) -> Catalog:
    """Read a catalogue; one that is not there yet is empty."""
    if not path.exists():
        return Catalog(project="wangge-atlas", locale=LOCALE, charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=LOCALE)


def chinese_in(paths: Iterable[Path]) -> dict[str, str]:
    """Read what is said in Chinese: message id to translation."""
    return {
        str(message.id): str(message.string)
        for path in paths
        for message in read(path)
        if message.id and message.string and not message.fuzzy
    }


HEADER = """\
# Chinese of what {package}/ says. English sentences are the keys.
msgid ""
msgstr ""
"Language: zh_CN\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
"""Nothing that changes from day to day: the catalogues are read side by side in reviews."""


def collect(package: str) -> None:
    """Bring the catalogue of `package` up to its source; translations there are kept.

    What another catalogue says already is not asked for again.
    """
    path = po_path(package)
    catalogue, found = read(path), spoken_in(package)
    for said in chinese_in(other for other in path.parent.glob("*.po") if other != path):
        if said not in catalogue:
            found.delete(said)
    catalogue.update(found, no_fuzzy_matching=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(HEADER.format(package=package).encode())
        write_po(
            file,
            catalogue,
            width=100,
            no_location=True,
            omit_header=True,
            sort_output=True,
            ignore_obsolete=True,
        )
    missing = sum(1 for message in catalogue if message.id and not message.string)
    print(f"{path.relative_to(ROOT)}: {len(catalogue)} messages, {missing} without Chinese")


def places(text: str) -> set[str]:
    """List the ``{places}`` of a message."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def complaints(package: str) -> Iterator[str]:
    """Say what is wrong between the source of `package` and the catalogues.

    A sentence may stand in any catalogue, since all are read as one.
    """
    chinese = chinese_in(po_path(package).parent.glob("*.po"))
    for message in spoken_in(package):
        said = str(message.id)
        if not said:
            continue
        if said not in chinese:
            yield f"{message.locations[0][0]}: no Chinese for {said!r}"
        elif places(said) != places(chinese[said]):
            yield f"{message.locations[0][0]}: other places in the Chinese of {said!r}"


def main(arguments: list[str]) -> int:
    """Run ``collect`` or ``check``; return the exit code."""
    if arguments == ["collect"]:
        for package in PACKAGES:
            collect(package)
        return 0
    if arguments == ["check"]:
        found = [line for package in PACKAGES for line in complaints(package)]
        print("\n".join(found) or "Every message has its Chinese.")
        return 1 if found else 0
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
