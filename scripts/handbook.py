"""Write the handbook of indicators from the registry: ``python scripts/handbook.py``."""

from __future__ import annotations

from pathlib import Path

from geo import words
from geo.handbook import page

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGES = {"zh": "indicators.zh.md", "en": "indicators.md"}


def main() -> None:
    """Write one page a language."""
    for language, name in PAGES.items():
        words.speak(language)
        (DOCS / name).write_text(page(), encoding="utf-8")
        print(f"docs/{name}")


if __name__ == "__main__":
    main()
