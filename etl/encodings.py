"""Which characters a file's bytes are: UTF-8, GB18030 or UTF-16, as Chinese offices write them."""

from __future__ import annotations

import codecs

from geo.errors import N_, FileError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_TAIL = 4
"""Longest character of any of the encodings, in bytes: what a half-written file may cut."""


def detect(raw: bytes, name: str) -> str:
    """Name the encoding of `raw`.

    A byte order mark decides; then strict UTF-8; then UTF-16 by its zero bytes; then strict
    GB18030 (which holds GBK and GB2312). The last character may be cut off, as in a half-written
    file: the reader then finds the last row short.

    Parameters
    ----------
    raw
        The whole file.
    name
        The file's name, for the error.

    Raises
    ------
    FileError
        If the bytes are none of these, or no text at all.
    """
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return encoding
    wide = _utf16(raw)
    if wide:
        return wide
    if b"\x00" in raw:
        raise FileError(N_("{file} is not a text file."), file=name)
    for encoding in ("utf-8", "gb18030"):
        if _decodes(raw, encoding):
            return encoding
    raise FileError(
        N_("{file} is neither UTF-8 nor GB18030 nor UTF-16 text. Say which with --encoding."),
        file=name,
    )


def detect_dbf(raw: bytes) -> str:
    """Name the encoding of a shapefile's attributes: UTF-8 if they are, else GB18030.

    Only column names and records are looked at; the head between them is binary. A cell may end
    inside a character, so nothing is too broken to be GB18030.
    """
    head = int.from_bytes(raw[8:10], "little")
    names = b"\n".join(raw[at : at + 11].split(b"\x00")[0] for at in range(32, head - 1, 32))
    return "utf-8" if _decodes(names + b"\n" + raw[head:], "utf-8") else "gb18030"


def check(raw: bytes, encoding: str, name: str) -> None:
    """Check that `raw` is text in the encoding a person named.

    Raises
    ------
    FileError
        If there is no such encoding, or the bytes are not in it.
    """
    try:
        codecs.lookup(encoding)
    except LookupError as error:
        raise FileError(
            N_("There is no encoding {encoding}. Try utf-8 or gb18030."), encoding=encoding
        ) from error
    if not _decodes(raw, encoding):
        raise FileError(
            N_("{file} is not text in the encoding {encoding}."), file=name, encoding=encoding
        )


def _utf16(raw: bytes) -> str | None:
    """Recognise UTF-16 without a mark: every other byte of ASCII text is zero."""
    sample = raw[:4096]
    if len(sample) < _TAIL:
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    quarter = len(sample) // 8
    if odd > quarter and even == 0:
        return "utf-16-le"
    if even > quarter and odd == 0:
        return "utf-16-be"
    return None


def _decodes(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
    except UnicodeDecodeError as error:
        return error.start >= max(len(raw) - _TAIL, 1)
    return True
