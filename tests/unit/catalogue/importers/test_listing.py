"""Listing pages: what they say in JSON-LD, microdata and OpenGraph, and what their cards look like."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loopback import Site
from shopsight.catalogue.fetch import Fetcher
from shopsight.catalogue.importers import Draft, open_source
from shopsight.catalogue.importers.listing import _largest
from shopsight.errors import BadAddress, BadSource
from shopsight.types import Rejection


def read(path: Path, html: str, mapping: dict[str, str] | None = None) -> tuple[str, list[Draft]]:
    """How the products were marked, and the drafts; nothing may be rejected."""
    path.write_text(html, encoding="utf-8")
    source = open_source(path, mapping=mapping)
    items = list(source)
    assert source.kind == "listing"
    assert not [i for i in items if isinstance(i, Rejection)]
    return source.mapping["products"], [i for i in items if isinstance(i, Draft)]


GRAPH = {
    "@context": "https://schema.org",
    "@graph": [
        {"@type": "WebPage", "name": "Bags"},
        {
            "@type": "ItemList",
            "itemListElement": [
                {
                    "@type": "ListItem",
                    "item": {
                        "@type": "Product", "name": "Tote &amp; Co", "sku": "T1", "brand": {"@type": "Brand", "name": "Nord"},  # noqa: E501
                        "image": ["/img/1.jpg", {"@type": "ImageObject", "url": "https://cdn.example/2.jpg"}],
                        "offers": {"@type": "AggregateOffer", "lowPrice": 19.5, "priceCurrency": "EUR", "offerCount": 2},  # noqa: E501
                        "url": "/p/tote", "color": "Black",
                    },
                },
                {
                    "@type": "ListItem",
                    "item": {
                        "@type": ["Product", "Thing"], "name": "Satchel", "image": "//cdn.example/3.jpg", "url": "/p/satchel.html",  # noqa: E501
                        "offers": [
                            {"@type": "Offer", "price": "90", "priceCurrency": "EUR", "availability": "https://schema.org/OutOfStock"},
                            {"@type": "Offer", "price": "95", "priceCurrency": "EUR", "availability": "https://schema.org/InStock"},
                        ],
                    },
                },
            ],
        },
    ],
}  # fmt: skip


def test_json_ld_beats_the_cards(tmp_path: Path) -> None:
    html = f"""<html><head><link rel="canonical" href="https://shop.example/bags"><script type="application/ld+json">{{broken</script>
    <script type="application/ld+json">{json.dumps(GRAPH)}</script></head><body><div><img src=x.jpg><h3>Other</h3>5,00 €</div></body></html>"""  # noqa: E501
    how, (tote, satchel) = read(tmp_path / "page.html", html)
    assert how == "JSON-LD"
    assert (tote.product.sku, tote.product.title, tote.product.brand) == ("T1", "Tote & Co", "Nord")
    assert (tote.product.price, tote.product.currency, tote.product.url) == (
        Decimal("19.5"),
        "EUR",
        "https://shop.example/p/tote",
    )
    assert tote.photos == ("https://shop.example/img/1.jpg", "https://cdn.example/2.jpg")
    assert (satchel.product.sku, satchel.product.price, satchel.product.availability) == (
        "satchel",
        Decimal(95),
        "in_stock",
    )


def test_microdata(tmp_path: Path) -> None:
    card = """<div itemscope itemtype="http://schema.org/Product"><meta itemprop="sku" content="{sku}"><img itemprop="image" data-src="/i/{sku}.jpg">
    <span itemprop="name">{name}</span><span itemprop="brand" itemscope itemtype="https://schema.org/Brand"><b itemprop="name">Nord</b></span>
    <div itemprop="offers" itemscope itemtype="https://schema.org/Offer"><span itemprop="price" content="12.50">12,50</span>
    <meta itemprop="priceCurrency" content="EUR"><link itemprop="availability" href="https://schema.org/OutOfStock"></div>
    <div itemprop="review" itemscope itemtype="https://schema.org/Review"><span itemprop="name">Great!</span></div></div>"""  # noqa: E501
    page = (
        '<base href="https://shop.example/de/">' + card.format(sku="A", name="Cap") + card.format(sku="B", name="Hat")
    )
    how, (cap, hat) = read(tmp_path / "page.html", f"<html>{page}</html>")
    assert (how, hat.product.title) == ("microdata", "Hat")
    assert (cap.product.title, cap.product.brand, cap.product.price) == ("Cap", "Nord", Decimal("12.50"))
    assert (cap.product.currency, cap.product.availability) == ("EUR", "out_of_stock")
    assert cap.photos == ("https://shop.example/i/A.jpg",)


def test_opengraph_of_one_product(tmp_path: Path) -> None:
    tags = {"og:type": "product", "og:title": "Red Boot", "og:url": "https://shop.example/p/boot-7", "og:image": "https://shop.example/boot.jpg",
            "product:price:amount": "129.90", "product:price:currency": "CHF", "product:brand": "Nord", "product:availability": "in stock"}  # fmt: skip  # noqa: E501
    head = "".join(f'<meta property="{name}" content="{value}">' for name, value in tags.items())
    how, (boot,) = read(tmp_path / "page.html", f"<html><head>{head}</head></html>")
    assert (how, boot.product.sku, boot.product.title, boot.product.brand) == (
        "OpenGraph",
        "boot-7",
        "Red Boot",
        "Nord",
    )
    assert (boot.product.price, boot.product.currency, boot.product.availability) == (
        Decimal("129.90"),
        "CHF",
        "in_stock",
    )


GRID = """<!doctype html><html><head><meta charset="utf-8"><meta property="og:url" content="https://shop.example/dresses">
<title>Dresses</title></head><body><header><img src="/logo.png"><nav><a href="/sale">Sale from 5 €</a></nav></header>
<main><h1>Dresses</h1><ul class="grid">{cards}</ul></main><footer>Free delivery over 50 €</footer></body></html>"""

SHOPIFY_CARD = """<li><div class="card"><a href="/products/{slug}?variant=1"><img src="data:image/gif;base64,R0" data-srcset="//cdn.example/{slug}_180x.jpg 180w,
 //cdn.example/{slug}_720x.jpg 720w, //cdn.example/{slug}_360x.jpg 360w" alt="photo of {name}"></a><div class="card__vendor">Nord</div>
 <h3 class="card__heading"><a href="/products/{slug}?variant=1">{name}</a></h3>
 <div class="price"><s class="price-item--regular">€79,00</s> <span class="price-item--sale">{price}</span></div></div></li>"""  # noqa: E501

WOO_CARD = """<li class="product"><a href="https://shop.example/product/{slug}/"><span class="onsale">Sale!</span>
 <img src="/wp/{slug}-300.jpg" srcset="/wp/{slug}-300.jpg 300w, /wp/{slug}.jpg 900w"><h2 class="woocommerce-loop-product__title">{name}</h2>
 <span class="price"><del><span class="amount"><bdi>79,00&nbsp;<span>€</span></bdi></span></del>
 <ins><span class="amount"><bdi>{price}</bdi></span></ins></span></a><a href="?add-to-cart=1" data-product_id="1">Add to cart</a></li>"""  # noqa: E501

PLAIN_CARD = """<div class="item"><a href="/{slug}"><picture><source type="image/webp" srcset="/i/{slug}.webp"><img src="/i/{slug}.jpg" alt="{name}"></picture>
 <span>{name}</span></a><b>{price}</b></div>"""  # noqa: E501


@pytest.mark.parametrize(
    ("card", "photo", "sku"),
    [
        (SHOPIFY_CARD, "https://cdn.example/{}_720x.jpg", "{}?variant=1"),
        (WOO_CARD, "https://shop.example/wp/{}.jpg", "{}"),
        (PLAIN_CARD, "https://shop.example/i/{}.webp", "{}"),
    ],
)
def test_cards_are_found_by_their_look(tmp_path: Path, card: str, photo: str, sku: str) -> None:
    goods = [
        ("linen-dress", "Linen Dress", "59,00 €"),
        ("silk-dress", "Silk Dress", "1.299,00 €"),
        ("maxi", "Maxi Dress", "€ 45,-"),
    ]
    cards = "".join(card.format(slug=slug, name=name, price=price) for slug, name, price in goods)
    how, drafts = read(tmp_path / "page.html", GRID.format(cards=cards), {"category": "=Dresses"})
    assert how == "cards"
    assert [d.product.title for d in drafts] == [name for _, name, _ in goods]
    assert [d.product.sku for d in drafts] == [sku.format(slug) for slug, _, _ in goods]
    assert [d.product.price for d in drafts] == [Decimal("59.00"), Decimal("1299.00"), Decimal(45)]
    assert {(d.product.currency, d.product.category) for d in drafts} == {("EUR", "Dresses")}
    assert [d.photos[0] for d in drafts] == [photo.format(slug) for slug, _, _ in goods]


def test_a_saved_page_uses_the_pictures_saved_with_it(tmp_path: Path) -> None:
    folder = tmp_path / "Dresses_files"
    folder.mkdir()
    (folder / "a b.jpg").write_bytes(b"x")
    card = '<div><a href="/p/1"><img src="./Dresses_files/a%20b.jpg"><h3>One</h3></a>5,00 €</div>'
    other = '<div><a href="/p/2"><img src="./Dresses_files/gone.jpg"><h3>Two</h3></a>6,00 €</div>'
    _, (one, two) = read(tmp_path / "Dresses.html", GRID.format(cards=card + other))
    assert one.photos == (str(folder / "a b.jpg"),)
    assert two.photos == ("https://shop.example/Dresses_files/gone.jpg",)


def test_a_saved_page_cannot_point_outside_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "page"
    folder.mkdir()
    (tmp_path / "secret.jpg").write_bytes(b"x")
    path = folder / "page.html"
    path.write_text('<html><div><a href="/p/1"><img src="../secret.jpg"><h3>One</h3></a>5,00 €</div></html>')
    (item,) = open_source(path)
    assert isinstance(item, Rejection)
    assert "outside" in item.reason


def test_a_page_is_fetched_where_robots_agree(tmp_path: Path) -> None:
    page = GRID.format(cards=PLAIN_CARD.format(slug="cap", name="Cap", price="9,99 €")).replace(
        "https://shop.example/dresses", ""
    )
    with Site(
        pages={"/robots.txt": b"User-agent: *\nDisallow: /no", "/yes": page.encode(), "/no": page.encode()}
    ) as site:
        fetch = Fetcher(allow_hosts=[site.host], per_host_per_s=1000)
        (item,) = open_source(f"{site.url}/yes", fetch=fetch)
        with pytest.raises(BadAddress, match=r"robots\.txt"):
            open_source(f"{site.url}/no", fetch=fetch)
        assert isinstance(item, Draft)
        assert item.photos == (f"{site.url}/i/cap.webp",)
        assert site.asked == ["/robots.txt", "/yes"]


def test_the_largest_picture_of_a_set_is_taken() -> None:
    assert _largest("a,b.jpg 1x, c.jpg 2x") == "c.jpg"
    assert (
        _largest("https://c.example/w_100,h_2/a.jpg 100w,https://c.example/w_900,h_2/b.jpg 900w")
        == "https://c.example/w_900,h_2/b.jpg"
    )
    assert _largest("only.jpg") == "only.jpg"
    assert _largest("") == ""


def test_a_page_without_products_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("<html><body><h1>About us</h1><img src=us.jpg></body></html>")
    with pytest.raises(BadSource, match="no products were found"):
        open_source(path)


TAGS = ["<div>", "</div>", "<a href='/p'>", "</a>", "<img src=a.jpg>", "5 €", "<h2>x</h2>", "<del>", "</del>", "<img srcset=',, ,'>",  # noqa: E501
        "<script type='application/ld+json'>{\"@type\":\"Product\",\"name\":[1,{}],\"offers\":[[]]}</script>", "<div itemscope itemtype='http://schema.org/Product'>",  # noqa: E501
        "<b itemprop='name price image'>q</b>", "<base href='//['>", "<img data-src='http://['>", "<a href='http://[1'>"]  # fmt: skip  # noqa: E501


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(TAGS) | st.text(max_size=5), max_size=25))
def test_any_soup_is_read_or_refused(tmp_path: Path, parts: list[str]) -> None:
    path = tmp_path / "page.html"
    path.write_text("<html>" + "".join(parts), encoding="utf-8", errors="replace")
    try:
        items = list(open_source(path))
    except BadSource:
        return
    assert all(i.product.sku if isinstance(i, Draft) else i.reason and i.cure for i in items)
