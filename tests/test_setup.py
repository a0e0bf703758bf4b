"""scripts/setup.sh on machines that lack something, played by stand-ins on the PATH."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from geo.settings import PROJECT_DIR

PLAIN = "awk cat cut date df dirname find flock grep head id mkdir rm sed sh sha256sum tail tr"


class Machine:
    """A copy of the script in a folder of its own, and a PATH with only what we put there."""

    def __init__(self, folder: Path) -> None:
        self.project = folder / "project"
        self.bin = folder / "bin"
        self.bin.mkdir()
        (self.project / "scripts").mkdir(parents=True)
        shutil.copy(PROJECT_DIR / "scripts" / "setup.sh", self.project / "scripts")
        for name in ("pyproject.toml", "requirements.lock", "package.json", "package-lock.json"):
            shutil.copy(PROJECT_DIR / name, self.project)
        for name in PLAIN.split():
            found = shutil.which(name)
            assert found is not None
            (self.bin / name).symlink_to(found)

    def stand_in(self, name: str, script: str) -> None:
        """Put a command on the PATH, instead of the real one if there was one."""
        path = self.bin / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!{shutil.which('sh')}\n{script}\n")
        path.chmod(0o755)

    def set_up(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the script as an ordinary user with somebody else's database."""
        return subprocess.run(
            ["sh", str(self.project / "scripts" / "setup.sh"), *arguments],
            env={"PATH": str(self.bin), "WANGGE_DATABASE_URL": "postgresql://db.example/wangge"},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path)
    made.stand_in("id", "echo 1000")
    made.stand_in("apt-cache", "exit 1")
    made.stand_in("apt-get", "echo the package manager was called; exit 1")
    made.stand_in("python3", f'exec {sys.executable} "$@"')
    return made


def test_without_rights_it_prints_the_line_to_type_and_installs_nothing(machine: Machine) -> None:
    done = machine.set_up()
    assert done.returncode == 1
    assert "apt-get install --no-install-recommends" in done.stderr
    assert "nodejs npm" in done.stderr
    assert not (machine.project / ".venv").exists()


def test_it_says_that_it_will_use_sudo_before_it_does(machine: Machine) -> None:
    machine.stand_in("sudo", "echo SUDO; exit 1")
    done = machine.set_up()
    assert done.returncode == 1
    said, _, after = done.stdout.partition("SUDO")
    assert "administrator rights" in said
    assert "the package manager was called" not in after


def test_a_full_disk_is_told_before_anything_is_made(machine: Machine) -> None:
    machine.stand_in("npm", "exit 0")
    machine.stand_in("find", "echo NotoSansCJK.ttc")
    machine.stand_in("df", "echo header; echo disk 100000 99988 12 99% /")
    done = machine.set_up()
    assert done.returncode == 1
    assert "only 12 MB are free" in done.stderr
    assert not (machine.project / ".venv").exists()


def test_an_unknown_argument_is_refused(machine: Machine) -> None:
    done = machine.set_up("tset")
    assert done.returncode == 1
    assert "unknown argument 'tset'" in done.stderr


def test_what_is_ready_is_left_alone(machine: Machine) -> None:
    """A second run asks no package manager, makes nothing, says nothing."""
    for name in ("npm", "pip"):
        machine.stand_in(name, "echo called >&2; exit 1")
    machine.stand_in("find", "echo NotoSansCJK.ttc")
    stamped = machine.project / ".venv"
    (stamped / "bin").mkdir(parents=True)
    (stamped / "bin" / "python").symlink_to(sys.executable)
    (machine.project / "node_modules").mkdir()
    (stamped / "wangge-run").write_text(fingerprint(machine, "pyproject.toml", "requirements.lock"))
    (machine.project / "node_modules" / ".wangge-stamp").write_text(
        fingerprint(machine, "package.json", "package-lock.json")
    )
    done = machine.set_up()
    assert (done.returncode, done.stderr) == (0, "")
    assert "Installing" not in done.stdout


def fingerprint(machine: Machine, *names: str) -> str:
    """Compute what the script's stamps hold."""
    done = subprocess.run(
        ["sh", "-c", "{ pwd && cat " + " ".join(names) + "; } | sha256sum | cut -d ' ' -f 1"],
        cwd=machine.project,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
