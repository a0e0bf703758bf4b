"""Run the benchmarks one after the other: ``python -m benchmarks [NAME …]``, all without a name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def names() -> list[str]:
    """List the benchmarks: each module of this folder is one."""
    return sorted(file.stem for file in HERE.glob("*.py") if not file.stem.startswith("_"))


def run(name: str) -> bool:
    """Run one in a process of its own, so that none inherits another's warm caches."""
    print(f"== {name}", flush=True)
    return subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode == 0


def main(wanted: list[str]) -> int:
    """Run what is wanted; return the exit code."""
    unknown = set(wanted) - set(names())
    if unknown:
        print(f"No benchmark {', '.join(sorted(unknown))}. There is: {', '.join(names())}.")
        return 2
    failed = [name for name in wanted or names() if not run(name)]
    if failed:
        print(f"Failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
