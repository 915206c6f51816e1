"""The pages as the server writes them: without scripts, with strange texts, installable."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from bs4 import BeautifulSoup
from fastapi.testclient import TestClient
from web_shop import LOCAL, Stall

from shopsight.images.decode import encode
from shopsight.shop import open_shop
from shopsight.types import Answer, Hit, Product
from shopsight.web import create_app
from shopsight.web.render import STATIC, headline, match_words, money, price, safe_link

HTML = {"Accept": "text/html"}


def soup(client: TestClient, path: str, **query: object) -> BeautifulSoup:
    answer = client.get(path, params=query, headers=HTML)
    assert answer.status_code == 200
    return BeautifulSoup(answer.text, "html.parser")


def test_words_find_without_any_script(client: TestClient, stall: Stall) -> None:
    product = stall.shop.product(stall.skus[1])
    page = soup(client, "/", words=product.title)
    assert product.sku in [card["data-sku"] for card in page.select(".card")]


def test_a_photo_finds_without_any_script(client: TestClient, stall: Stall) -> None:
    photo = encode(stall.drawn[stall.skus[1]][0])
    page = BeautifulSoup(client.post("/", files={"photo": ("a.jpg", photo)}).text, "html.parser")
    assert page.select_one(".card")["data-sku"] == stall.skus[1]
    assert page.select_one("#verdict").text.strip()


def test_filters_in_the_address_hold_and_can_be_taken_away(client: TestClient, stall: Stall) -> None:
    category = stall.shop.product(stall.skus[0]).category
    page = soup(client, "/", category=category, words="")
    assert {stall.shop.product(c["data-sku"]).category for c in page.select(".card")} == {category}
    assert len(soup(client, page.select_one(".chosen a")["href"]).select(".card")) == len(stall.skus)


def test_pages_of_the_shelf_lead_on(client: TestClient, stall: Stall) -> None:
    page = soup(client, "/results", offset=1)
    assert page.select_one("[rel=prev]")["href"] == "/"
    assert len(page.select(".card")) == len(stall.skus) - 1


def test_a_product_s_texts_are_shown_and_never_run(client: TestClient) -> None:
    nasty = '"><script>alert(1)</script>{{ 7*7 }}'
    fields = {"title": nasty, "brand": nasty, "category": nasty, "attributes": {nasty: nasty}, "description": nasty}
    sku = "weird/<b>&?#%"
    path = "weird%2F%3Cb%3E%26%3F%23%25"
    assert client.put(f"/api/v1/products/{path}", json=fields).status_code == 200
    try:
        for where in (f"/p/{path}", "/", "/console", "/?words=script"):
            page = soup(client, where)
            assert all(script.get("src", "").startswith("/static/") for script in page.select("script"))
            assert not page.find_all(lambda tag: any(name.startswith("on") for name in tag.attrs))
        link = soup(client, "/console").select_one(f'tr[data-sku="{sku}"] a[href^="/p/"]')
        assert soup(client, link["href"]).select_one("h1").text == nasty
    finally:
        client.delete(f"/api/v1/products/{path}")


def test_nothing_comes_from_elsewhere(client: TestClient, stall: Stall) -> None:
    for where in ("/", "/console", f"/p/{stall.skus[0]}", "/api", "/offline"):
        page = soup(client, where)
        for tag in page.select("[src], link[href]"):
            assert (tag.get("src") or tag.get("href")).startswith("/")
        assert not page.select("[style], style, script:not([src])")
    sheets = (STATIC / "style.css").read_text(encoding="utf-8")
    assert not re.search(r"url\(\s*['\"]?(https?:)?//", sheets)


def test_all_that_a_page_names_is_there(client: TestClient) -> None:
    page = soup(client, "/")
    named = {tag.get("src") or tag.get("href") for tag in page.select("script[src], link[href], img[src]")}
    for path in named:
        assert client.get(path).status_code == 200, path


def test_a_phone_can_install_it(client: TestClient) -> None:
    manifest = client.get("/manifest.webmanifest").json()
    assert {"name", "start_url", "display", "icons"} <= set(manifest)
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in manifest["icons"]}
    for icon in manifest["icons"]:
        assert client.get(icon["src"]).status_code == 200
    worker = client.get("/sw.js")
    assert worker.headers["content-type"].startswith("text/javascript")
    for file in re.findall(r'"(/static/[^"]+)"', worker.text):
        assert client.get(file).status_code == 200


def test_an_error_is_a_calm_page_for_people_and_json_for_programs(client: TestClient) -> None:
    page = client.get("/p/none", headers=HTML)
    assert page.status_code == 404
    assert "There is nothing here" in page.text
    assert client.get("/p/none", headers={"Accept": "*/*"}).json()["code"] == "not_found"


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("1299", "EUR", "1,299.00 €"),
        ("49.9", "USD", "$49.90"),
        ("1200", "JPY", "¥1,200"),
        ("5", "CHF", "5.00 CHF"),
        ("5", "", "5.00"),
    ],
)
def test_money_as_people_write_it(amount: str, currency: str, shown: str) -> None:
    from decimal import Decimal

    assert money(Decimal(amount), currency) == shown


def test_match_words_fall_with_the_chance() -> None:
    assert [match_words(p) for p in (1, 0.7, 0.4, 0.1, 0)] == [
        "Almost surely this one", "Probably this one", "Perhaps this one", "Similar", "Only a little alike",
    ]  # fmt: skip


def test_links_lead_to_the_web_only() -> None:
    links = ("javascript:alert(1)", "https://a.example/", "data:x")
    assert [safe_link(u) for u in links] == ["", "https://a.example/", ""]


def test_a_product_without_price_shows_none(stall: Stall) -> None:
    from dataclasses import replace

    assert price(replace(stall.shop.product(stall.skus[0]), price=None)) == ""


def test_a_shop_that_has_not_looked_yet_says_so(tmp_path: Path) -> None:
    with open_shop(tmp_path / "shop", engine="histogram") as shop, TestClient(create_app(shop), **LOCAL) as client:
        photo = encode(np.full((40, 40, 3), 200, np.uint8))
        page = BeautifulSoup(client.post("/results", files={"photo": photo}).text, "html.parser")
    assert page.select_one("h1").text == "Nothing to compare with"
    assert "not looked at its own pictures" in page.select_one("h2").text


def test_the_headline_counts_only_what_carries_all_the_words() -> None:
    hits = tuple(Hit(Product(str(n), "Shirt"), 1.0, chance) for n, chance in enumerate((1.0, 0.9, 0.5)))
    answer = Answer("found", hits, "histogram", {}, understood="striped shirt")
    assert headline(answer, "", by_photo=False) == ("2 products for “striped shirt”", "Then 1 with some of the words.")
