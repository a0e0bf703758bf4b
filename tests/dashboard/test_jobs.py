"""What runs in a process of its own: news, the end, a stop, and whatever goes wrong."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dashboard.services.jobs import Job
from geo.errors import GeometryError
from geo.studies import Question, answer
from tests.geo import hot_town as town

_WAIT_S = 60.0

PROGRAM = """
import os, pickle, sys, time
from geo.errors import GeometryError

asked = pickle.load(sys.stdin.buffer)

def tell(*news):
    pickle.dump(news, sys.stdout.buffer)
    sys.stdout.buffer.flush()

tell("share", 0.25)
if asked == "fail":
    tell("failed", GeometryError("{n} cells are too many.", n=3))
elif asked == "crash":
    raise RuntimeError("on purpose")
elif asked == "vanish":
    os._exit(0)
elif asked == "babble":
    sys.stdout.buffer.write(b"not a pickle at all")
elif asked == "wait":
    time.sleep(600)
else:
    tell("share", 0.75)
    tell("done", asked * 2)
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    folder = tmp_path / "made_up_job"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "__main__.py").write_text(PROGRAM)
    root = Path(__file__).resolve().parents[2]
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{root}")
    return "made_up_job"


def _wait(true: Callable[[], bool]) -> None:
    end = time.monotonic() + _WAIT_S
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def _over(job: Job[Any]) -> bool:
    return not job.running and job._process is not None and job._process.poll() is not None


def test_news_come_in_and_the_process_ends(program: str) -> None:
    job: Job[list[int]] = Job.begin(program, [1, 2])
    _wait(lambda: _over(job))
    assert (job.result, job.error, job.share) == ([1, 2, 1, 2], None, 0.75)


def test_a_large_question_does_not_hold_up_the_page(program: str) -> None:
    begun = time.monotonic()
    job: Job[bytes] = Job.begin(program, bytes(20_000_000))
    assert time.monotonic() - begun < 5
    _wait(lambda: _over(job))
    assert job.result is not None
    assert len(job.result) == 40_000_000


def test_a_sentence_for_people_arrives_with_its_values(program: str) -> None:
    job: Job[Any] = Job.begin(program, "fail")
    _wait(lambda: _over(job))
    assert job.result is None
    assert isinstance(job.error, GeometryError)
    assert str(job.error) == "3 cells are too many."


@pytest.mark.parametrize("how", ["crash", "vanish", "babble"])
def test_a_process_that_dies_is_an_error_not_a_wait(program: str, how: str) -> None:
    job: Job[Any] = Job.begin(program, how)
    _wait(lambda: _over(job))
    assert job.result is None
    assert job.error is not None
    assert job.share == 0.25


def test_a_program_that_is_not_there_is_an_error() -> None:
    job: Job[Any] = Job.begin("no_such_package_of_ours", bytes(1_000_000))
    _wait(lambda: _over(job))
    assert job.result is None
    assert job.error is not None


def test_what_is_stopped_is_gone_and_stays_so(program: str) -> None:
    job: Job[Any] = Job.begin(program, "wait")
    _wait(lambda: job.share > 0)
    assert job.running
    job.stop()
    assert _over(job)
    assert job.result is None
    job.stop()
    assert not job.running


def test_stopped_before_it_has_said_anything(program: str) -> None:
    job: Job[Any] = Job.begin(program, "wait")
    job.stop()
    assert _over(job)
    time.sleep(0.2)
    assert (job.running, job.result) == (False, None)


def test_two_at_once_do_not_mix(program: str) -> None:
    jobs: list[Job[Any]] = [Job.begin(program, [one]) for one in range(3)]
    _wait(lambda: all(_over(one) for one in jobs))
    assert [one.result for one in jobs] == [[0, 0], [1, 1], [2, 2]]


def test_a_study_made_beside_the_page_is_the_study() -> None:
    cases = town.town()
    asked = Question(
        method="scan",
        start=town.STOP - 35,
        stop=town.STOP,
        scan="poisson",
        classes=("E04",),
        radius_m=120,
        simulations=99,
    )
    job: Job[Any] = Job.begin("geo.studies", (cases, asked))
    _wait(lambda: _over(job))
    assert job.error is None
    assert job.result == answer(cases, asked)
