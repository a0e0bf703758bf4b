"""The documents say what the code does: settings, dependencies, targets, pinned versions."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from geo import settings

ROOT = settings.PROJECT_DIR
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
OURS = {"geo", "etl", "dashboard"}
TEXTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])


def documented_settings() -> dict[str, str]:
    """Read the tables of docs/settings.md: name to the rest of its row."""
    text = (ROOT / "docs" / "settings.md").read_text("utf-8")
    return dict(re.findall(r"^\| `(WANGGE_\w+)` \|(.*)\|$", text, flags=re.MULTILINE))


def pins(lock: str) -> dict[str, str]:
    lines = (ROOT / lock).read_text("utf-8").splitlines()
    return dict(line.split("==") for line in lines if "==" in line)


def test_every_setting_is_documented_and_the_reverse() -> None:
    assert set(documented_settings()) == settings.known_names()


def test_defaults_are_documented_as_they_are() -> None:
    rows = documented_settings()
    for concern in settings.CONCERNS:
        for name, field in concern.model_fields.items():
            default = field.default
            expected = "empty" if default in ("", None) else f"`{default}`"
            if isinstance(default, Path):
                expected = f"`{default.relative_to(ROOT)}`"
            assert rows[settings.PREFIX + name.upper()].strip().startswith(expected), name


def test_settings_in_other_texts_exist() -> None:
    for text in TEXTS:
        said = set(re.findall(r"\bWANGGE_[A-Z_]*[A-Z]\b", text.read_text("utf-8")))
        assert said - {"WANGGE_DATABSE_URL"} <= settings.known_names(), text.name


@pytest.mark.parametrize(
    ("wanted", "lock"),
    [
        (PROJECT["dependencies"], "requirements.lock"),
        (PROJECT["optional-dependencies"]["dev"], "requirements-dev.lock"),
    ],
)
def test_every_dependency_is_pinned_within_its_bounds(wanted: list[str], lock: str) -> None:
    pinned = pins("requirements.lock") | pins(lock)
    for requirement in map(Requirement, wanted):
        version = pinned.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name} is not in {lock}"
        assert requirement.specifier.contains(version), f"{requirement.name} {version}"


def imported(package: str) -> set[str]:
    """Collect the top-level names that a package of ours imports from elsewhere."""
    names: set[str] = set()
    for file in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.split(".")[0])
    return names - OURS - sys.stdlib_module_names


def test_what_is_imported_is_a_declared_dependency() -> None:
    # What only some installations have is an extra, and imported where it is used.
    named = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["cluster"]]
    declared = {canonicalize_name(Requirement(text).name) for text in named}
    owners = packages_distributions()
    for name in set().union(*map(imported, OURS)):
        assert {canonicalize_name(owner) for owner in owners[name]} & declared, name


def test_locks_name_no_place_to_load_from() -> None:
    for lock in ("requirements.lock", "requirements-dev.lock", "package-lock.json"):
        text = (ROOT / lock).read_text("utf-8")
        assert '"resolved"' not in text
        assert "--index-url" not in text
        assert " @ " not in text


def test_make_targets_named_in_texts_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for text in TEXTS:
        said = set(re.findall(r"`(?:WANGGE_\S+ )?make ([a-z]+)", text.read_text("utf-8")))
        assert said <= targets, text.name


def test_files_linked_from_texts_exist() -> None:
    for text in TEXTS:
        for target in re.findall(r"\]\(([^)#:]+)\)", text.read_text("utf-8")):
            assert (text.parent / target).exists(), f"{text.name} → {target}"
