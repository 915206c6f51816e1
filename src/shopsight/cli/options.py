"""Options that several commands share, and how a command opens the shop it was told."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shopsight.errors import BadInput, NotFound

if TYPE_CHECKING:
    from shopsight.settings import Settings
    from shopsight.shop import Shop

ShopFolder = Annotated[
    Path | None,
    typer.Option("--shop", help="The shop's folder. [default: $SHOPSIGHT_SHOP or ./shop]", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
EngineName = Annotated[
    str | None, typer.Option("--engine", help="Embedding engine, from `shopsight models list`.", show_default=False)
]


def read_settings(**flags: Any) -> Settings:
    """Flags over environment over `shopsight.toml` over defaults; a flag that is None was not given.

    Raises `BadInput` naming the setting that is wrong.
    """
    from tomllib import TOMLDecodeError

    from pydantic import ValidationError

    from shopsight.settings import Settings

    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        cure = f"Look at --{name}, SHOPSIGHT_{name.upper()} and shopsight.toml."
        raise BadInput(f"setting {name}", first["msg"], cure) from error
    except (TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput("shopsight.toml", f"is not TOML ({error})", "Correct the file.") from error


def open_for_writing(shop: Path | None, engine: str | None = None, **flags: Any) -> Shop:
    """Open the shop, making it if there is none."""
    from shopsight.shop import Shop

    return Shop(read_settings(shop=shop, engine=engine, **flags))


def open_for_reading(shop: Path | None, engine: str | None = None, **flags: Any) -> Shop:
    """Open a shop that is there; raises `NotFound` where none is, so that a typing error makes no empty shop."""
    from shopsight.shop import Shop

    settings = read_settings(shop=shop, engine=engine, **flags)
    if not settings.database_url and not (settings.shop / "shop.db").is_file():
        cure = f"Fill one with `shopsight import SOURCE --shop {settings.shop}`, or look around with `shopsight demo`."
        raise NotFound(f"shop {settings.shop}", "there is no shop in this folder", cure)
    return Shop(settings)
