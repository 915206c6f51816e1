"""A shop of nine things: three forms in three colours; the red hat has two photos."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from eyes import NAMES, draw, open_with_eyes, sell

from shopsight.shop import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with open_with_eyes(tmp_path / "shop") as opened:
        for form in NAMES:
            for colour in ("red", "blue", "green"):
                pictures = [draw(form, colour)]
                if (form, colour) == ("round", "red"):
                    pictures.append(draw(form, colour, shift_px=3))
                sell(opened, f"{colour}-{form}", *pictures, title=f"Item {colour[0]}{form[0]}", brand=colour.title())
        yield opened
