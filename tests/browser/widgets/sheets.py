"""Golden pictures: many in one file, and when two of them look the same.

Where fonts, their smoothing or the browser's version differ, pixels differ and nobody sees it. So
pictures are compared as somebody sees them who squints: by the mean colour of squares.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from PIL import Image, ImageChops
from PIL.PngImagePlugin import PngInfo

GOLDENS = Path(__file__).parent / "goldens"
WIDTH = 480
"""Of a picture, in pixels: that of an answer in a panel beside a page."""

_COLUMNS, _GAP = 4, 8
_SQUARE = 4
"""Of a golden, which is half as large as what it shows: half a line of text."""
_SLACK = 2
"""Pixels of a golden by which the size may differ: another rounding of a line's height."""
_FAINT = 14
"""Levels out of 255 by which a square's colour may differ: the smoothing of letters does."""
_FEW = 0.003
"""Of a picture's squares, that may differ by more; one always may."""


def small(picture: Image.Image) -> Image.Image:
    """Half as large: what goldens are."""
    half = (max(1, picture.width // 2), max(1, picture.height // 2))
    return picture.resize(half, Image.Resampling.BOX)


def write(path: Path, pictures: Mapping[str, Image.Image]) -> None:
    """Put small pictures into one file, in columns, each where there is most room."""
    ends = [0] * _COLUMNS
    boxes: dict[str, tuple[int, int, int, int]] = {}
    for name, picture in pictures.items():
        at = ends.index(min(ends))
        left, top = at * (WIDTH // 2 + _GAP), ends[at]
        boxes[name] = (left, top, left + picture.width, top + picture.height)
        ends[at] = top + picture.height + _GAP
    sheet = Image.new("RGB", (_COLUMNS * (WIDTH // 2 + _GAP), max(ends)), "gray")
    for name, picture in pictures.items():
        sheet.paste(picture, boxes[name][:2])
    notes = PngInfo()
    notes.add_text("boxes", json.dumps(boxes))
    few = sheet.quantize(method=Image.Quantize.FASTOCTREE)  # 256 colours: a third of the bytes
    few.save(path, optimize=True, pnginfo=notes)


def read(path: Path) -> dict[str, Image.Image]:
    """The pictures of a file, by name."""
    with Image.open(path) as file:
        boxes = json.loads(file.info["boxes"])
        sheet = file.convert("RGB")
    return {name: sheet.crop(box) for name, box in boxes.items()}


def difference(golden: Image.Image, now: Image.Image) -> str | None:
    """What one sees; None for nothing."""
    if max(abs(golden.width - now.width), abs(golden.height - now.height)) > _SLACK:
        return f"it was {_size(golden)} pixels large, and is {_size(now)}"
    both = [_squares(each, golden.size) for each in (golden, now)]
    red, green, blue = ImageChops.difference(*both).split()
    worst = ImageChops.lighter(ImageChops.lighter(red, green), blue).tobytes()
    apart = sum(levels > _FAINT for levels in worst)
    if apart <= max(1, _FEW * len(worst)):
        return None
    return f"{apart} of {len(worst)} squares differ, by up to {max(worst)} levels"


def side_by_side(golden: Image.Image, now: Image.Image) -> Image.Image:
    """The golden, and beside it what there is now."""
    both = Image.new(
        "RGB", (golden.width + _GAP + now.width, max(golden.height, now.height)), "red"
    )
    both.paste(golden, (0, 0))
    both.paste(now, (golden.width + _GAP, 0))
    return both


def _squares(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    squares = (max(1, size[0] // _SQUARE), max(1, size[1] // _SQUARE))
    return picture.resize(squares, Image.Resampling.BOX)


def _size(picture: Image.Image) -> str:
    return f"{picture.width * 2} × {picture.height * 2}"
