"""The page about the API names every route, and no route that is not there."""

import re
from pathlib import Path

from shopsight.shop import open_shop
from shopsight.web import create_app

PAGE = Path(__file__).resolve().parents[2] / "docs" / "http-api.md"
NAMED = re.compile(r"`((?:GET|POST|PUT|DELETE)(?: and (?:GET|POST|PUT|DELETE))*) (/[^`?\s]*)[^`]*`")


def plain(path: str) -> str:
    """What a part of the address is called does not matter here."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def test_the_page_names_every_route_and_no_other(tmp_path):
    with open_shop(tmp_path / "shop") as shop:
        described = create_app(shop).openapi()["paths"]
    there = {
        (method.upper(), plain(path.removeprefix("/api/v1")))
        for path, methods in described.items()
        for method in methods
    }
    named = {
        (method, plain(path))
        for methods, path in NAMED.findall(PAGE.read_text(encoding="utf-8"))
        for method in methods.split(" and ")
    }
    assert named == there
