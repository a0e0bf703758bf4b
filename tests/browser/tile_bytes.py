"""A vector tile written by hand, so that the map's script is tested without a database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

EXTENT = 4096
_POINT, _POLYGON = 1, 3


def varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def zigzag(value: int) -> int:
    return value * 2 if value >= 0 else -value * 2 - 1


def message(number: int, body: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(body)) + body


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def packed(field: int, values: Sequence[int]) -> bytes:
    return message(field, b"".join(varint(value) for value in values))


@dataclass(frozen=True)
class Shape:
    """One feature: a point, or a ring that closes itself."""

    identity: int
    points: Sequence[tuple[int, int]]
    properties: dict[str, str | int]


def _commands(points: Sequence[tuple[int, int]]) -> list[int]:
    steps = [(x - px, y - py) for (px, py), (x, y) in pairwise([(0, 0), *points])]
    first, *lines = [[zigzag(dx), zigzag(dy)] for dx, dy in steps]
    if not lines:
        return [1 | 1 << 3, *first]
    return [1 | 1 << 3, *first, 2 | len(lines) << 3, *chain.from_iterable(lines), 7 | 1 << 3]


def _value(value: str | int) -> bytes:
    return message(1, value.encode()) if isinstance(value, str) else number(5, value)


def layer(name: str, shapes: Sequence[Shape]) -> bytes:
    keys = sorted({key for shape in shapes for key in shape.properties})
    values = sorted({value for shape in shapes for value in shape.properties.values()}, key=str)
    body = number(15, 2) + message(1, name.encode())
    for shape in shapes:
        tags = [
            index
            for key, value in shape.properties.items()
            for index in (keys.index(key), values.index(value))
        ]
        kind = _POINT if len(shape.points) == 1 else _POLYGON
        feature = number(1, shape.identity) + packed(2, tags) + number(3, kind)
        body += message(2, feature + packed(4, _commands(shape.points)))
    body += b"".join(message(3, key.encode()) for key in keys)
    body += b"".join(message(4, _value(value)) for value in values) + number(5, EXTENT)
    return message(3, body)
