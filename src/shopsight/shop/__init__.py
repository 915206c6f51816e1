"""Introduces everyone: settings make the catalogue and the engines, which the features are handed. All of it lazily.

with open_shop("shop") as shop:
    answer = shop.find(photo="query.jpg", words="but red")
    print(answer.verdict, [hit.product.title for hit in answer.hits])

`Shop` is one class for those who use it, and a file for each kind of question for those who write it: each stands on
`Pictures`, which opens photos, and on `Counter`, which opens the shop.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from shopsight.settings import Settings
from shopsight.shop.counter import EVERYTHING
from shopsight.shop.explaining import Explaining
from shopsight.shop.laboratory import Laboratory
from shopsight.shop.pictures import LOOK_SIDE_PX, cut
from shopsight.shop.searching import Searching

__all__ = ["EVERYTHING", "LOOK_SIDE_PX", "Shop", "cut", "open_shop"]


class Shop(Searching, Explaining, Laboratory):
    """One shop: its catalogue, its engines, and every question asked of them. Safe to share between threads."""


def open_shop(folder: Path | str | None = None, **settings: Any) -> Shop:
    """Open the shop in a folder (made when absent), with any field of `Settings` by keyword.

    Without a folder the environment, `shopsight.toml` or the default `./shop` says where the shop is.
    """
    if folder is not None:
        settings["shop"] = Path(folder)
    return Shop(Settings(**settings))
