"""Settings by concern, read lazily from the environment; unknown ``WANGGE_`` names are refused.

Every setting is documented in ``docs/settings.md``; a test compares the two.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TypeVar, cast

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from geo.errors import N_, SettingError

PREFIX = "WANGGE_"
PROJECT_DIR = Path(__file__).resolve().parent.parent


class StoreSettings(BaseSettings):
    """Where the data lives."""

    model_config = SettingsConfigDict(env_prefix=PREFIX)

    database_url: str = Field(
        "",
        description="PostGIS >= 3.2 to use instead of the embedded one, as "
        "postgresql://user:password@host:5432/name. Empty: the embedded database.",
    )
    data_dir: Path = Field(
        PROJECT_DIR / ".local",
        description="Folder of the embedded database, its socket and its log.",
    )
    postgres_user: str = Field(
        "",
        description="Operating-system user that runs the embedded database when we are root "
        "(PostgreSQL refuses root). Empty: postgres, else nobody.",
    )


class ServerSettings(BaseSettings):
    """How the dashboard is served."""

    model_config = SettingsConfigDict(env_prefix=PREFIX)

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8501, ge=1, le=65535, description="Port to listen on.")
    assets_dir: Path = Field(
        PROJECT_DIR / "node_modules",
        description="Folder of the front-end packages installed at set-up.",
    )


class MapSettings(BaseSettings):
    """What the map shows beneath our own layers."""

    model_config = SettingsConfigDict(env_prefix=PREFIX)

    basemap_url: str = Field(
        "",
        description="XYZ or WMTS tile address with {z} {x} {y}, for instance Tianditu with its "
        "key. Empty: our own plain ground, nothing leaves the host.",
    )
    basemap_attribution: str = Field("", description="Attribution to show with basemap_url.")


class LanguageSettings(BaseSettings):
    """Words."""

    model_config = SettingsConfigDict(env_prefix=PREFIX)

    language: str = Field(
        "zh", pattern="^(zh|en)$", description="Language of the command lines: zh or en."
    )


class BriefingSettings(BaseSettings):
    """What leaves the house as briefings."""

    model_config = SettingsConfigDict(env_prefix=PREFIX)

    briefing_fewest: int = Field(
        3,
        ge=1,
        le=100,
        description="The smallest number that a briefing tells of one building; smaller ones are "
        "left out, and so is what would give them away. 1 tells everything.",
    )


class TestingSettings(BaseSettings):
    """Where tests find what the repository does not carry."""

    model_config = SettingsConfigDict(env_prefix=PREFIX)

    test_data_dir: Path | None = Field(
        None,
        description="Folder of real public data sets; tests that need them skip without it.",
    )


CONCERNS: tuple[type[BaseSettings], ...] = (
    StoreSettings,
    ServerSettings,
    MapSettings,
    LanguageSettings,
    BriefingSettings,
    TestingSettings,
)


def known_names() -> set[str]:
    """Return every environment variable name the product reads."""
    return {PREFIX + name.upper() for concern in CONCERNS for name in concern.model_fields}


def refuse_unknown() -> None:
    """Check the environment for ``WANGGE_`` names nobody reads, usually a typing mistake.

    Raises
    ------
    SettingError
        Naming the first unknown variable.
    """
    unknown = sorted(
        name for name in os.environ if name.startswith(PREFIX) and name not in known_names()
    )
    if unknown:
        raise SettingError(
            N_("Unknown setting {name}. See docs/settings.md for the names there are."),
            name=unknown[0],
        )


_Concern = TypeVar("_Concern", bound=BaseSettings)


@cache
def _load(concern: type[BaseSettings]) -> BaseSettings:
    refuse_unknown()
    try:
        return concern()
    except ValidationError as error:
        first = error.errors()[0]
        raise SettingError(
            N_("Setting {name} cannot be {value}: {reason}."),
            name=PREFIX + str(first["loc"][0]).upper(),
            value=first.get("input"),
            reason=first["msg"],
        ) from error


def _read(concern: type[_Concern]) -> _Concern:
    return cast("_Concern", _load(concern))


def store() -> StoreSettings:
    """Read the store's settings."""
    return _read(StoreSettings)


def server() -> ServerSettings:
    """Read the server's settings."""
    return _read(ServerSettings)


def map_() -> MapSettings:
    """Read the map's settings."""
    return _read(MapSettings)


def language() -> LanguageSettings:
    """Read the language settings."""
    return _read(LanguageSettings)


def briefings() -> BriefingSettings:
    """Read the briefings' settings."""
    return _read(BriefingSettings)


def testing() -> TestingSettings:
    """Read the tests' settings."""
    return _read(TestingSettings)


def forget() -> None:
    """Read the environment again at the next question (tests change it)."""
    _load.cache_clear()
