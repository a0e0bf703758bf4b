"""The two languages of the product.

Message ids are English sentences; ``geo/locale/zh_CN/*.po`` holds the Chinese. The catalogues are
read directly by Babel, so there is no compile step to forget. The language is a context variable:
each page run, command or request sets its own.
"""

from __future__ import annotations

import gettext
import io
from contextvars import ContextVar
from functools import cache
from importlib.resources import files

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from geo.errors import WanggeError

LANGUAGES = {"zh": "zh_CN", "en": "en"}
"""Short key (as in the URL) to Babel locale."""

DEFAULT_LANGUAGE = "zh"

_language: ContextVar[str] = ContextVar("wangge_language", default=DEFAULT_LANGUAGE)


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    """Merge the packages' catalogues of one language; English needs none."""
    merged = gettext.NullTranslations()
    folder = files("geo") / "locale" / LANGUAGES[language]
    if not folder.is_dir():
        return merged
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if not entry.name.endswith(".po"):
            continue
        compiled = io.BytesIO()
        with entry.open("rb") as source:
            write_mo(compiled, read_po(source))
        compiled.seek(0)
        part = gettext.GNUTranslations(compiled)
        part.add_fallback(merged)
        merged = part
    return merged


def speak(language: str) -> str:
    """Set the language of this context; an unknown key falls back to Chinese.

    Returns
    -------
    str
        The language now spoken, ``"zh"`` or ``"en"``.
    """
    chosen = language if language in LANGUAGES else DEFAULT_LANGUAGE
    _language.set(chosen)
    return chosen


def language() -> str:
    """Return the language spoken in this context, ``"zh"`` or ``"en"``."""
    return _language.get()


def locale() -> str:
    """Return the Babel locale of the language spoken in this context."""
    return LANGUAGES[language()]


def _(message_id: str, **params: object) -> str:
    """Translate `message_id` into the language of this context and fill its places."""
    text = _catalogue(language()).gettext(message_id) if message_id else ""
    return text.format(**params) if params else text


def explain(error: WanggeError) -> str:
    """Say an error in the language of this context."""
    translated = {
        key: _(value) if isinstance(value, str) else value for key, value in error.params.items()
    }
    return _catalogue(language()).gettext(error.message_id).format(**translated)
