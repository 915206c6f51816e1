"""Exports of Shopify and WooCommerce and Google Merchant feeds: rows that belong together become one product."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopsight.catalogue.importers import Draft, open_source
from shopsight.errors import BadSource
from shopsight.types import Rejection


def read(path: Path, content: str | bytes, **options: object) -> tuple[str, dict[str, Draft], list[Rejection]]:
    """The kind found out, the drafts by SKU, and the rejections."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    source = open_source(path, **options)  # type: ignore[arg-type]
    items = list(source)
    return (
        source.kind,
        {i.product.sku: i for i in items if isinstance(i, Draft)},
        [i for i in items if isinstance(i, Rejection)],
    )


SHOPIFY = """Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,\
Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price,Image Src,Image Position,Variant Image,Status
tee,Soft Tee,<p>Soft &amp; light</p>,Nord,Shirts,"men, summer",true,Color,Red,Size,S,shopify,0,deny,25.00,https://c.example/2.jpg,2,,active
tee,,,,,,,,Blue,,M,shopify,0,deny,19.00,https://c.example/1.jpg,1,https://c.example/blue.jpg,
cap,Cap,,Nord,Hats,,true,Title,Default Title,,,shopify,0,continue,9,https://c.example/cap.jpg,1,,active
tee,,,,,,,,,,,,,,,https://c.example/3.jpg,3,,
old,Old,,Nord,Hats,,false,Title,Default Title,,,,,,9,,,,active
draft,Draft,,Nord,Hats,,true,Title,Default Title,,,,,,9,,,,draft
odd,Odd,,Nord,Hats,,true,Title,Default Title,,,,,,soon,,,,active
,No handle,,Nord,Hats,,true,,,,,,,,1,,,,
"""  # noqa: E501


def test_shopify_variants_are_one_product(tmp_path: Path) -> None:
    kind, drafts, rejected = read(tmp_path / "products_export.csv", SHOPIFY, mapping={"currency": "=EUR"})
    tee = drafts["tee"]
    assert (kind, list(drafts)) == ("shopify", ["tee", "cap"])
    assert (tee.product.title, tee.product.description, tee.product.brand) == ("Soft Tee", "Soft & light", "Nord")
    assert (tee.product.price, tee.product.currency, tee.product.audience) == (Decimal("19.00"), "EUR", "men")
    assert tee.product.attributes == {"colour": "Red, Blue", "size": "S, M", "tags": "men, summer"}
    assert tee.photos == tuple(f"https://c.example/{name}.jpg" for name in ("1", "2", "3", "blue"))
    assert tee.product.availability == "out_of_stock"
    assert drafts["cap"].product.availability == "in_stock"
    assert {r.item for r in rejected} == {"old", "draft", "odd", "row 9"}
    assert all(r.reason and r.cure for r in rejected)


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "sku", "photos", "price"),
    [
        ("apparel", "classic-varsity-top", 1, "60"),
        ("jewelery", "leather-anchor", 3, "55"),
        ("home-and-garden", "clay-plant-pot", 2, "9.99"),
    ],
)
def test_shopifys_own_samples(shared_data: Path, name: str, sku: str, photos: int, price: str) -> None:
    source = open_source(shared_data / "shopify" / f"{name}.csv")
    drafts = {d.product.sku: d for d in source if isinstance(d, Draft)}
    assert source.kind == "shopify"
    assert len(drafts) == 20
    assert len(drafts[sku].photos) == photos
    assert drafts[sku].product.price == Decimal(price)
    assert all(d.product.title and d.photos[0].startswith("https://") for d in drafts.values())


WOO = """ID,Type,SKU,Name,Published,Short description,Description,In stock?,Sale price,Regular price,Categories,Tags,Images,Parent,\
Attribute 1 name,Attribute 1 value(s)
10,variable,DRESS,Linen Dress,1,Airy,,1,,,"Clothing, Clothing > Dresses",linen,"https://w.example/a,1.jpg, https://w.example/b.jpg",,Color,"Red, Blue"
11,variation,DRESS-R,Linen Dress - Red,1,,,1,39.00,59.00,,,https://w.example/red.jpg,DRESS,Color,Red
12,variation,DRESS-B,Linen Dress - Blue,1,,,0,,49.00,,,,id:10,Color,Blue
13,simple,BELT,Belt,1,,,backorder,,"1.029,50",Accessories,,,,,
14,simple,HIDDEN,Hidden,0,,,1,,5,Accessories,,,,,
15,variation,LOST,Lost,1,,,1,,5,,,,NOBODY,,
"""  # noqa: E501


def test_woocommerce_variations_join_their_parent(tmp_path: Path) -> None:
    kind, drafts, rejected = read(tmp_path / "wc.csv", WOO)
    dress = drafts["DRESS"]
    assert (kind, list(drafts)) == ("woocommerce", ["DRESS", "BELT"])
    assert (dress.product.title, dress.product.category, dress.product.price) == (
        "Linen Dress",
        "Dresses",
        Decimal("39.00"),
    )
    assert dress.product.attributes["colour"] == "Red, Blue"
    assert dress.photos == ("https://w.example/a,1.jpg", "https://w.example/b.jpg", "https://w.example/red.jpg")
    assert (drafts["BELT"].product.price, drafts["BELT"].product.availability) == (Decimal("1029.50"), "preorder")
    assert {r.item: r.reason.split(": ")[-1] for r in rejected} == {
        "HIDDEN": "it is not published", "LOST": 'its parent "NOBODY" is not in the export',
    }  # fmt: skip


def item(sku: str, **tags: str) -> str:
    return f"<item><g:id>{sku}</g:id>" + "".join(f"<g:{k}>{v}</g:{k}>" for k, v in tags.items()) + "</item>"


def rss(*items: str, encoding: str = "utf-8") -> bytes:
    head = f'<?xml version="1.0" encoding="{encoding}"?><rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel><title>Shop</title>'  # noqa: E501
    return (head + "".join(items) + "</channel></rss>").encode(encoding)


COAT = {
    "title": "Wool Coat", "description": "&lt;b&gt;Warm&lt;/b&gt; &amp; long", "link": "https://s.example/coat", "brand": "Nord",  # noqa: E501
    "image_link": "https://s.example/1.jpg", "additional_image_link": "https://s.example/2.jpg", "price": "200.00 EUR",
    "availability": "out_of_stock", "gender": "female", "age_group": "adult", "product_type": "Clothing &gt; Coats", "color": "Navy",  # noqa: E501
}  # fmt: skip


def test_a_merchant_feed_in_xml(tmp_path: Path) -> None:
    extra = item("C2", **COAT).replace(
        "</item>", "<g:additional_image_link>https://s.example/3.jpg</g:additional_image_link></item>"
    )
    kind, drafts, rejected = read(tmp_path / "feed.xml", rss(item("C1", **{**COAT, "sale_price": "150.00 EUR"}), extra))
    coat = drafts["C1"].product
    assert (kind, rejected) == ("merchant", [])
    assert (coat.title, coat.description, coat.category, coat.brand) == ("Wool Coat", "Warm & long", "Coats", "Nord")
    assert (coat.price, coat.currency, coat.audience, coat.availability) == (
        Decimal("150.00"),
        "EUR",
        "women",
        "out_of_stock",
    )
    assert (coat.url, coat.attributes["colour"]) == ("https://s.example/coat", "Navy")
    assert drafts["C2"].photos == tuple(f"https://s.example/{n}.jpg" for n in (1, 2, 3))


def test_sizes_of_one_colour_are_one_product_and_colours_stay_apart(tmp_path: Path) -> None:
    rows = [("S", "Navy", "200"), ("M", "Navy", "180"), ("S", "Red", "190")]
    items = [
        item(f"G-{c}-{s}", **{**COAT, "item_group_id": "G", "size": s, "color": c, "price": f"{p} EUR"})
        for s, c, p in rows
    ]
    _, drafts, rejected = read(tmp_path / "feed.xml", rss(*items, item("Z", **COAT)))
    assert (list(drafts), rejected) == (["G-Navy-S", "G-Red-S", "Z"], [])
    assert drafts["G-Navy-S"].product.attributes["size"] == "S, M"
    assert drafts["G-Navy-S"].product.price == Decimal(180)


def test_an_atom_feed_gives_its_links(tmp_path: Path) -> None:
    entry = '<entry><g:id>A</g:id><title>Bag</title><link href="https://s.example/bag"/><g:image_link>//s.example/b.jpg</g:image_link></entry>'
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0"><title>Shop</title>{entry}</feed>'
    _, drafts, _ = read(tmp_path / "feed.xml", feed)
    assert (drafts["A"].product.title, drafts["A"].product.url) == ("Bag", "https://s.example/bag")
    assert drafts["A"].photos == ("https://s.example/b.jpg",)


@pytest.mark.parametrize(
    ("said", "written"),
    [("utf-8", "cp1252"), ("iso-8859-1", "iso-8859-1"), ("utf-16", "utf-16"), ("iso-8859-15", "iso-8859-15")],
)
def test_xml_that_lies_about_its_encoding_is_read(tmp_path: Path, said: str, written: str) -> None:
    text = rss(item("A", title="Müller café")).decode().replace('encoding="utf-8"', f'encoding="{said}"')
    _, drafts, _ = read(tmp_path / "feed.xml", text.encode(written))
    assert drafts["A"].product.title == "Müller café"


def test_a_feed_that_breaks_off_keeps_what_came_before(tmp_path: Path) -> None:
    feed = rss(*(item(f"S{i}", title="x" * 1000) for i in range(200)))
    _, drafts, rejected = read(tmp_path / "feed.xml", feed[: len(feed) // 2])
    assert len(drafts) == 100
    assert len(rejected) == 1
    assert "breaks off" in rejected[0].reason


@pytest.mark.parametrize(
    "attack",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">',
    ],
)
def test_xml_entities_are_refused(tmp_path: Path, attack: bytes) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes(
        b'<?xml version="1.0"?>'
        + attack
        + b"<rss><channel><item><id>A</id><title>&f;&b;</title></item></channel></rss>"
    )
    with pytest.raises(BadSource, match="entities"):
        list(open_source(path))


def test_a_merchant_feed_in_tsv(tmp_path: Path) -> None:
    content = (
        "id\ttitle\timage link\tadditional image link\tprice\tavailability\n"
        "A\tBag\thttps://s.example/1.jpg\thttps://s.example/2.jpg,https://s.example/3.jpg\t12.00 GBP\tin stock\n"
    )
    kind, drafts, _ = read(tmp_path / "feed.tsv", content)
    assert kind == "merchant"
    assert len(drafts["A"].photos) == 3
    assert (drafts["A"].product.currency, drafts["A"].product.availability) == ("GBP", "in_stock")


@pytest.mark.parametrize("content", ["", "  \n", "<rss><channel></channel></rss>", "<rss><channel>", "not xml <"])
def test_an_empty_or_broken_feed_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(content)
    with pytest.raises(BadSource):
        list(open_source(path))


@pytest.mark.parametrize("kind", ["shopify", "woocommerce", "merchant"])
def test_a_feed_of_another_kind_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "feed.csv"
    path.write_text("sku,title\nA,a\n")
    with pytest.raises(BadSource, match="is missing"):
        open_source(path, kind=kind)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", b"\xff\xd8\xff\xe0"),
        ("a.zip", b"PK\x03\x04"),
        ("a.bin", bytes(range(32)) * 9),
        ("a.json", b'{"a": 1}'),
    ],
)
def test_what_is_no_source_is_refused(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(BadSource):
        open_source(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes_in_an_xml_feed_are_read_or_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes(rss(item("A", title="a")).replace(b"</channel>", data + b"</channel>"))
    try:
        items = list(open_source(path))
    except BadSource:
        return
    assert all(i.product.sku if isinstance(i, Draft) else i.reason and i.cure for i in items)
