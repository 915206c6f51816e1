"""Shopsight gives an online shop eyes.

import shopsight
shop = shopsight.open_shop("shop")
answer = shop.find(photo="query.jpg")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["Shop", "__version__", "open_shop"]

if TYPE_CHECKING:
    from shopsight.shop import Shop, open_shop


def __getattr__(name: str) -> Any:
    if name in ("Shop", "open_shop"):
        from shopsight import shop

        return getattr(shop, name)
    raise AttributeError(f"module 'shopsight' has no attribute {name!r}")
