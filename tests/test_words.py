"""Every sentence the product can say has its Chinese, with the same places."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("geo", "etl", "dashboard")
CATALOGUES = ROOT / "geo" / "locale" / "zh_CN"
PLACE = re.compile(r"\{(\w*)[^}]*\}")
INSIDE_F_STRING = re.compile(r"""f(["']).*\{_\((["'])""")


@cache
def extracted() -> dict[str, str]:
    """Return every message id with where it stands."""
    found: dict[str, str] = {}
    for package in PACKAGES:
        for file, line, message, _comments, _context in extract_from_dir(
            str(ROOT / package), method_map=[("**.py", "python")], keywords={"_": None, "N_": None}
        ):
            text = message if isinstance(message, str) else message[0]
            found.setdefault(text, f"{package}/{file}:{line}")
    return found


@cache
def catalogue() -> dict[str, str]:
    """Return the merged Chinese."""
    merged: dict[str, str] = {}
    for path in sorted(CATALOGUES.glob("*.po")):
        with path.open("rb") as source:
            merged |= {str(m.id): str(m.string) for m in read_po(source) if m.id and m.string}
    return merged


def test_the_extraction_finds_something() -> None:
    assert len(extracted()) > 300


def test_every_message_has_its_chinese() -> None:
    known = catalogue()
    missing = {text: where for text, where in extracted().items() if text and text not in known}
    assert not missing


def test_translations_have_the_same_places() -> None:
    wrong = {
        text: translated
        for text, translated in catalogue().items()
        if not set(PLACE.findall(translated)) <= set(PLACE.findall(text))
    }
    assert not wrong


def test_every_translation_fills_its_places() -> None:
    class Anything(dict[str, str]):
        def __missing__(self, key: str) -> str:
            return "1"

    for text, translated in catalogue().items():
        for sentence in (text, translated):
            sentence.format_map(Anything())


def test_no_message_hides_inside_an_f_string() -> None:
    """The extraction cannot see those, so the Chinese would be missing."""
    hidden = [
        f"{path}:{number}"
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if INSIDE_F_STRING.search(line)
    ]
    assert not hidden


@pytest.mark.parametrize("package", PACKAGES)
def test_catalogues_hold_nothing_that_nobody_says(package: str) -> None:
    path = CATALOGUES / f"{package}.po"
    with path.open("rb") as source:
        stale = [str(m.id) for m in read_po(source) if m.id and str(m.id) not in extracted()]
    assert not stale
