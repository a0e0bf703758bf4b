"""The comparison itself: it must see what is gone, and overlook what nobody would see."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests import golden_images


def picture(shift: int = 0, *, block: bool = True) -> bytes:
    image = Image.new("RGB", (960, 540), "#FFFFFF")
    draw = ImageDraw.Draw(image)
    for y in range(0, 540, 12):
        draw.line([(shift, y), (960, y)], fill="#55636F")
    if block:
        draw.rectangle((600, 300, 700, 360), fill="#B42318")
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def golden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "golden.png"
    monkeypatch.setattr(golden_images, "renewing", True)
    golden_images.compare(picture(), path)
    monkeypatch.setattr(golden_images, "renewing", False)
    return path


def test_the_same_picture_and_one_nearly_the_same_pass(golden: Path) -> None:
    golden_images.compare(picture(), golden)
    golden_images.compare(picture(shift=1), golden)


def test_a_part_that_is_gone_is_seen(golden: Path) -> None:
    with pytest.raises(AssertionError, match="differs"):
        golden_images.compare(picture(block=False), golden)


def test_a_missing_image_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="scripts/golden"):
        golden_images.compare(picture(), tmp_path / "none.png")


def test_another_font_is_a_reason_to_skip(golden: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(golden_images, "fonts", lambda: (None, "Some other font"))
    with pytest.raises(pytest.skip.Exception, match="Some other font"):
        golden_images.compare(picture(block=False), golden)


def test_a_golden_image_is_small(golden: Path) -> None:
    with Image.open(golden) as image:
        assert image.mode == "P"
        assert image.width == golden_images.WIDEST
        assert len(np.unique(np.asarray(image))) <= golden_images.COLORS
