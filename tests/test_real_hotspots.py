"""The figures of docs/hotspots.md on public data nobody here wrote (needs WANGGE_TEST_DATA_DIR)."""

from __future__ import annotations

import runpy
from typing import Any

import pytest

from geo import settings
from geo.studies import answer

pytestmark = pytest.mark.data

SCRIPT = settings.PROJECT_DIR / "scripts" / "real_hotspots.py"
DOCS = (settings.PROJECT_DIR / "docs" / "hotspots.md").read_text("utf-8")


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    folder = settings.testing().test_data_dir
    for name in ("memphis", "nyc311"):
        if folder is None or not (folder / name).is_dir():
            pytest.skip(f"WANGGE_TEST_DATA_DIR has no {name}")
    return runpy.run_path(str(SCRIPT))


def asked(script: dict[str, Any], name: str, label: str) -> Any:
    """Answer one of the questions about a subject."""
    make, _doubt, every = script["SUBJECTS"][name]
    subject = make()
    question = dict(script["questions"](subject, every))[label]
    return answer(subject.cases, question)


def test_robberies_per_person(script: dict[str, Any]) -> None:
    study = asked(script, "memphis", "Gi*, per person, 500 m")
    hot = sum(level >= 2 for level in study.areas.level)
    first, second, third = study.spots[:3]
    assert f"{hot} squares, {len(study.spots)} spots: Mt. Moriah–Ridgeway" in DOCS
    for one in (first, second, third):
        assert f"{one.observed} / {one.expected:.1f}" in DOCS
    assert study.told["measure"] == "rate"


def test_nine_precincts_are_too_few(script: dict[str, Any]) -> None:
    study = asked(script, "memphis", "Gi*, precincts")
    assert (study.shortage, study.told["areas"]) == ("areas", 9)


def test_a_portal_export_is_mostly_too_few(script: dict[str, Any]) -> None:
    study = asked(script, "nyc", "Gi*, 1 km")
    told = study.told
    kinds = told["classes"] + told["classes_too_few"]
    assert f"{told['classes_too_few']} of {kinds} kinds 样本不足" in DOCS
    assert (told["tickets"], told["unplaced"]) == (893, 107)
    assert [f"{one.observed} / {one.expected:.1f}" for one in study.spots] == [
        "10 / 1.2",
        "5 / 0.3",
    ]
    assert asked(script, "nyc", "Poisson, 2 km").shortage == "households"
