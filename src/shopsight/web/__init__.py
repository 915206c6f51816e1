"""The web door: `create_app(shop)` gives the API and the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shopsight.web.app import create_app

__all__ = ["create_app"]


def __getattr__(name: str) -> object:
    # Imported on first use: the frameworks behind it take a while, and the command line starts without them.
    if name == "create_app":
        from shopsight.web.app import create_app

        return create_app
    raise AttributeError(name)
