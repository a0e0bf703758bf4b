"""Pictures that are looked at once by somebody, and compared with from then on.

A golden image is small: 480 pixels wide at most, 256 colours. It is compared after both are made
much smaller still, so that neither the machine's way to smooth edges nor a moved letter counts, but
a part that is gone, moved or of another colour does. Text in another font is laid out otherwise, so
an image says which Chinese font it was set with, and where that is another one the test is skipped.

``python scripts/golden.py`` makes them anew; look at each before it is kept.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from geo.papers.press import fonts

WIDEST = 480
COLORS = 256
COMPARED_WIDTH = 120
MEAN_OFF, MOST_OFF = 3.0, 48.0
"""Allowed difference of colour, of 255: on average, and of the worst pixel of those compared."""

FONT_KEY = "Font"

renewing = False
"""Whether images are written instead of compared; set by ``scripts/golden.py``."""


def small(png: bytes) -> Image.Image:
    """Make a picture as small as a golden image."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    if image.width > WIDEST:
        height = round(image.height * WIDEST / image.width)
        image = image.resize((WIDEST, height), Image.Resampling.BOX)
    return image


def difference(one: Image.Image, other: Image.Image) -> tuple[float, float]:
    """Return the mean and the largest difference of two pictures of one size, of 255."""
    size = (COMPARED_WIDTH, max(round(one.height * COMPARED_WIDTH / one.width), 1))
    first, second = (
        np.asarray(image.convert("RGB").resize(size, Image.Resampling.BOX), dtype=float)
        for image in (one, other)
    )
    off = np.abs(first - second).max(axis=2)
    return float(off.mean()), float(off.max())


def compare(png: bytes, path: Path) -> None:
    """Hold a picture against its golden image, or write it.

    Raises
    ------
    AssertionError
        If there is none, or it looks otherwise.
    """
    made = small(png)
    if renewing:
        _write(made, path)
        return
    assert path.exists(), f"{path.name} is missing: run scripts/golden.py and look at it"
    with Image.open(path) as golden:
        golden.load()
    font = golden.info.get(FONT_KEY)
    if font != fonts()[1]:
        pytest.skip(f"{path.name} was set with {font}; this machine prints with {fonts()[1]}")
    assert made.size == golden.size
    mean, most = difference(made, golden)
    assert mean <= MEAN_OFF, f"{path.name}: differs by {mean:.1f} of 255 on average"
    assert most <= MOST_OFF, f"{path.name}: differs by {most:.0f} of 255 at one place"


def _write(image: Image.Image, path: Path) -> None:
    note = PngInfo()
    note.add_text(FONT_KEY, fonts()[1])
    path.parent.mkdir(parents=True, exist_ok=True)
    # The usual method would give up the few pixels of a rare colour for more greys of letters.
    flat = image.quantize(COLORS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    flat.save(path, optimize=True, pnginfo=note)
