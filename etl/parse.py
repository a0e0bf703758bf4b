"""Columns of text into texts, numbers and times; what cannot be read is marked, never guessed."""

from __future__ import annotations

import re
from collections.abc import Callable
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from etl.mapping import missing_words

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_NUMBER = re.compile(
    r"^[约共计合近]*\s*([-+]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?)\s*(万?)\s*"
    r"(?:户|层|栋|人|年|米|m|m2|m²|㎡|平方米|平米|f|fl|floors?|storeys?|床|张|个|分|元)?$",
    re.IGNORECASE,
)
_TEN_THOUSAND = 10_000
_EXCEL_EPOCH = "1899-12-30"
_EXCEL_DAYS = (20_000.0, 80_000.0)
_COMPACT = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_CLOCKS = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p")
_YEAR_FIRST = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d")
_MONTH_FIRST = ("%m/%d/%Y", "%m-%d-%Y", "%m/%d/%y")
_DAY_FIRST = ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y")
_CHINESE = (
    ("年", "-"),
    ("月", "-"),
    ("日", " "),
    ("时", ":"),
    ("点", ":"),
    ("分", ":"),
    ("秒", ""),
)


def texts(series: pd.Series) -> pd.Series:
    """Trim a text column; words that mean *nothing here* become missing."""
    trimmed = series.str.strip()
    empty = trimmed.str.lower().isin(missing_words())
    return trimmed.mask(empty) if empty.any() else trimmed


def numbers(series: pd.Series) -> tuple[Floats, Mask]:
    """Read numbers as offices write them: ``4833户``, ``1,200``, ``约1.2万户``, ``６层``.

    Parameters
    ----------
    series
        Trimmed text (see `texts`), missing allowed.

    Returns
    -------
    values
        float64, NaN where missing or unreadable.
    unreadable
        True where something stands that is no number.
    """
    quick = _cast(series, pa.float64())
    if quick is not None:
        values = np.asarray(quick.to_numpy(zero_copy_only=False), dtype=float)
        return values, np.isinf(values)
    values = pd.to_numeric(series, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    left = np.isnan(values) & series.notna().to_numpy()
    if left.any():
        values = values.copy()
        values[left] = [_number(text) for text in series[left]]
    unreadable = (np.isnan(values) | np.isinf(values)) & series.notna().to_numpy()
    return np.where(np.isinf(values), np.nan, values), unreadable


def _number(text: str) -> float:
    matched = _NUMBER.match(text.translate(_HALF_WIDTH).strip())
    if matched is None:
        return np.nan
    number = float(matched.group(1).replace(",", ""))
    return number * _TEN_THOUSAND if matched.group(2) else number


_HALF_WIDTH = {0xFF01 + at: 0x21 + at for at in range(94)} | {0x3000: 0x20}


def _cast(series: pd.Series, kind: pa.DataType) -> pa.ChunkedArray | pa.Array | None:
    """Cast text at once; None where a single cell refuses."""
    try:
        return pc.cast(pa.array(series, type=pa.string(), from_pandas=True), kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None


def times(series: pd.Series, zone: ZoneInfo, *, day_first: bool = False) -> tuple[pd.Series, Mask]:
    """Read dates and times.

    Understood: ISO 8601 with or without offset, ``2024/1/5 8:30``, ``2024年1月5日8时30分``,
    ``20240105``, ``06/26/2018 10:58:54 AM``, Excel day numbers.

    Parameters
    ----------
    series
        Trimmed text, missing allowed.
    zone
        Where clocks without an offset tick.
    day_first
        Whether ``06/07/2018`` is 6 July. A column in which the other order alone makes sense
        is read that way regardless.

    Returns
    -------
    values
        Timestamps, UTC, NaT where missing or unreadable; index as `series`.
    unreadable
        True where something stands that is no time.
    """
    quick = _cast(series, pa.timestamp("us"))
    if quick is not None:
        clock = pd.Series(quick.to_numpy(zero_copy_only=False), index=series.index)
        values = to_utc(clock, zone)
    else:
        values = _slow_times(series, zone, day_first=day_first)
    return values, np.asarray(values.isna() & series.notna(), dtype=bool)


def to_utc(clock: pd.Series, zone: ZoneInfo) -> pd.Series:
    """Place naive clock times in `zone` and bring them to UTC.

    The hour that autumn repeats is taken the first time; the one spring skips moves forward.
    """
    summer = np.ones(len(clock), dtype=bool)
    placed = clock.dt.tz_localize(zone, ambiguous=summer, nonexistent="shift_forward")
    utc: pd.Series = placed.dt.tz_convert("UTC").astype("datetime64[us, UTC]")
    return utc


def _slow_times(series: pd.Series, zone: ZoneInfo, *, day_first: bool) -> pd.Series:
    """Try one way of writing after another on what is still unread."""
    found = pd.Series(pd.NaT, index=series.index, dtype="datetime64[us, UTC]")
    text = _normalise(series)
    for read in _ways(zone, day_first=day_first):
        left = found.isna() & text.notna()
        if not left.any():
            break
        part = read(text[left])
        found[left] = part.to_numpy() if part.dt.tz is None else part
    return found


def _normalise(series: pd.Series) -> pd.Series:
    text = series.str.translate(_HALF_WIDTH)
    for word, sign in _CHINESE:
        text = text.str.replace(word, sign, regex=False)
    text = text.str.replace(re.compile(r"(\d)T(\d)"), r"\1 \2", regex=True)
    text = text.str.replace(re.compile(r"\s+"), " ", regex=True)
    return pd.Series(text.str.strip(" :-"))


def _ways(zone: ZoneInfo, *, day_first: bool) -> list[Callable[[pd.Series], pd.Series]]:
    def local(formats: tuple[str, ...]) -> Callable[[pd.Series], pd.Series]:
        return lambda text: to_utc(_by_formats(text, formats), zone)

    slashed = (_DAY_FIRST, _MONTH_FIRST) if day_first else (_MONTH_FIRST, _DAY_FIRST)
    return [
        local(_YEAR_FIRST),
        _with_offset,
        lambda text: to_utc(_slashed(text, *slashed), zone),
        lambda text: to_utc(_compact(text), zone),
        lambda text: to_utc(_excel(text), zone),
    ]


def _by_formats(text: pd.Series, dates: tuple[str, ...]) -> pd.Series:
    found = pd.Series(pd.NaT, index=text.index, dtype="datetime64[us]")
    whole = text.str.replace(re.compile(r"(\d\d:\d\d:\d\d)\.\d+"), r"\1", regex=True)
    for day in dates:
        for clock in ("", *_CLOCKS):
            left = found.isna()
            if not left.any():
                return found
            read = pd.to_datetime(whole[left], format=f"{day} {clock}".strip(), errors="coerce")
            found[left] = read.astype("datetime64[us]").to_numpy()
    return found


def _with_offset(text: pd.Series) -> pd.Series:
    stated = text.str.contains(re.compile(r"\d(?:Z|[+-]\d\d:?\d\d)$"), regex=True)
    return pd.to_datetime(text.where(stated), format="ISO8601", errors="coerce", utc=True).astype(
        "datetime64[us, UTC]"
    )


def _slashed(text: pd.Series, first: tuple[str, ...], second: tuple[str, ...]) -> pd.Series:
    """Read a column one way or the other as a whole: the way that reads more of it."""
    one = _by_formats(text, first)
    if one.notna().all():
        return one
    other = _by_formats(text, second)
    return other if other.notna().sum() > one.notna().sum() else one


def _compact(text: pd.Series) -> pd.Series:
    found = pd.Series(pd.NaT, index=text.index, dtype="datetime64[us]")
    for length, pattern in _COMPACT.items():
        fits = text.str.fullmatch(re.compile(rf"\d{{{length}}}"))
        read = pd.to_datetime(text.where(fits), format=pattern, errors="coerce")
        found = found.fillna(read.astype("datetime64[us]"))
    return found


def _excel(text: pd.Series) -> pd.Series:
    """Read Excel's day numbers, of which only those from 1954 to 2119 are believable."""
    days = pd.to_numeric(text, errors="coerce")
    low, high = _EXCEL_DAYS
    seconds = (days.where((days >= low) & (days <= high)) * 86_400).round()
    return (pd.Timestamp(_EXCEL_EPOCH) + pd.to_timedelta(seconds, unit="s")).astype(
        "datetime64[us]"
    )
