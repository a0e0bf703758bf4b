"""Settings: read from the environment, refused when they make no sense."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from geo import settings
from geo.errors import SettingError


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    settings.forget()
    yield
    settings.forget()


def test_setting_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANGGE_PORT", "9000")
    monkeypatch.setenv("WANGGE_DATA_DIR", "/somewhere")
    assert settings.server().port == 9000
    assert settings.store().data_dir == Path("/somewhere")


def test_unknown_name_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANGGE_DATABSE_URL", "postgresql://x")
    with pytest.raises(SettingError, match="WANGGE_DATABSE_URL"):
        settings.store()


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "70000"), ("PORT", "many"), ("LANGUAGE", "fr")]
)
def test_impossible_value_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv("WANGGE_" + name, value)
    read = settings.server if name == "PORT" else settings.language
    with pytest.raises(SettingError, match=f"WANGGE_{name} cannot be {value}"):
        read()
