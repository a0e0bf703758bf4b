"""Write requirements.lock and requirements-dev.lock from what is installed and tried.

Upgrade something in the virtual environment, run the checks, then run this: it walks the
dependencies that pyproject.toml names and pins each at the version installed here. Nothing is
asked of the network.
"""

from __future__ import annotations

import tomllib
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
HEADER = "# Written by scripts/lock.py: exact versions for Python 3.11 to 3.13.\n"


def read_project() -> dict[str, Any]:
    """Read the ``[project]`` table of pyproject.toml."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return project


def wanted(requirement: Requirement, extras: set[str]) -> bool:
    """Tell whether `requirement` applies here, given the extras its owner was asked for."""
    if requirement.marker is None:
        return True
    return any(requirement.marker.evaluate({"extra": extra}) for extra in extras | {""})


def closure(specifiers: list[str]) -> dict[str, str]:
    """Pin `specifiers` and everything they need, name to version."""
    pins: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [Requirement(text) for text in specifiers]
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        mark = (name, ",".join(sorted(requirement.extras)))
        if mark in seen:
            continue
        seen.add(mark)
        found = distribution(name)
        pins[name] = found.version
        needs = (Requirement(text) for text in found.requires or [])
        waiting += [need for need in needs if wanted(need, requirement.extras)]
    return pins


def write(path: Path, pins: dict[str, str], first_line: str = "") -> None:
    """Write `pins` sorted, one a line."""
    lines = [f"{name}=={version}\n" for name, version in sorted(pins.items())]
    path.write_text(HEADER + first_line + "".join(lines), encoding="utf-8")
    print(f"{path.name}: {len(pins)} packages")


def main() -> None:
    """Write both lock files."""
    project = read_project()
    # setuptools builds our own editable install; pinned so that the build asks for nothing else
    runtime = closure([*project["dependencies"], "setuptools"])
    everything = closure(project["optional-dependencies"]["dev"])
    write(ROOT / "requirements.lock", runtime)
    dev = {name: version for name, version in everything.items() if name not in runtime}
    write(ROOT / "requirements-dev.lock", dev, "-r requirements.lock\n")


if __name__ == "__main__":
    main()
