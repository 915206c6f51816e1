"""What is saved is what is read, on both databases."""

from __future__ import annotations

from decimal import Decimal

import pytest
from stock_room import Opener, keep, photo, stock

from shopsight.catalogue.store import Catalogue, Changes
from shopsight.errors import BadInput, NotFound
from shopsight.types import Filters, Product


def test_what_is_saved_is_read_again(shop: Catalogue) -> None:
    product = Product(
        sku="A-1",
        title="Štriped Shirt 衬衫",
        description="soft",
        brand="Acme",
        category="Shirts",
        price=Decimal("1299.90"),
        currency="EUR",
        attributes={"Colour": "Navy Blue", "Fabric": "cotton"},
        audience="women",
        availability="in_stock",
        url="https://example.org/a-1",
        photos=keep(shop, 2, 1),
    )
    assert shop.save([product]) == Changes(1, 0, 0)
    assert shop.product("A-1") == product
    assert str(shop.product("A-1").price) == "1299.90"


def test_saving_again_changes_nothing_and_a_change_changes_only_itself(shop: Catalogue) -> None:
    first, second = stock(shop, "A", "B")
    generation = shop.counts()["generation"]
    assert shop.save([first, second]) == Changes(0, 0, 2)
    assert shop.counts()["generation"] == generation
    assert shop.save([first, Product("B", "New title", photos=second.photos)]) == Changes(0, 1, 1)
    assert shop.product("B").title == "New title"
    assert shop.product("A") == first


def test_the_order_of_photos_is_kept_and_changed(shop: Catalogue) -> None:
    one, two, three = keep(shop, 1, 2, 3)
    shop.save([Product("A", photos=(three, one), title="")])
    shop.save([Product("A", photos=(one, two, three, one), title="")])
    assert shop.product("A").photos == (one, two, three)


def test_a_batch_with_one_bad_product_saves_none(shop: Catalogue) -> None:
    with pytest.raises(BadInput, match="is not kept here"):
        shop.save([Product("A", "good"), Product("B", "bad", photos=("0" * 64,))])
    assert shop.counts()["products"] == 0


@pytest.mark.parametrize(
    "product",
    [
        Product(" ", "no sku"),
        Product("A", "minus", price=Decimal(-1)),
        Product("A", "nan", price=Decimal("NaN")),
        Product("A", "huge", price=Decimal("1e30")),
        Product("A", "who", audience="martians"),  # type: ignore[arg-type]
        Product("A", "where", availability="soon"),  # type: ignore[arg-type]
    ],
)
def test_products_that_cannot_be_are_refused(shop: Catalogue, product: Product) -> None:
    with pytest.raises(BadInput):
        shop.save([product])


def test_text_that_no_database_takes_is_cleaned(shop: Catalogue) -> None:
    shop.save([Product("A", "nul \x00 and half \ud83d a face", attributes={"a\x00": "b\udc00"})])
    product = shop.product("A")
    assert product.title == "nul  and half  a face"
    assert product.attributes == {"a": "b"}


def test_removed_products_are_gone_and_their_photos_stay(shop: Catalogue) -> None:
    first, _ = stock(shop, "A", "B")
    assert shop.remove(["A", "Z"]) == 1
    with pytest.raises(NotFound):
        shop.product("A")
    assert set(shop.products(["A", "B"])) == {"B"}
    assert shop.photo_bytes(first.photos[0])
    assert shop.save([first]) == Changes(1, 0, 0)


def test_sources_remember_their_products(shop: Catalogue) -> None:
    shop.save([Product("A", "a"), Product("B", "b")], source="feed.csv")
    shop.save([Product("C", "c")])
    assert shop.skus_of("feed.csv") == {"A", "B"}
    shop.save([Product("B", "b")], source="other.csv")
    assert shop.skus_of("feed.csv") == {"A"}
    assert shop.skus_of("other.csv") == {"B"}


def test_another_opening_sees_it(open_shop: Opener) -> None:
    stock(open_shop(), "A")
    assert open_shop().product("A").title == "Thing A"


def test_photos_are_kept_once_under_their_hash(shop: Catalogue) -> None:
    data, kept = photo(7)
    shop.keep_photo(data, kept)
    shop.keep_photo(data, kept)
    assert shop.photo(kept.id) == kept
    assert shop.photo_bytes(kept.id) == data
    assert shop.photo_path(kept.id) == shop.folder / "photos" / kept.id[:2] / f"{kept.id}.jpg"
    assert shop.counts()["photos"] == 1
    assert [p.name for p in (shop.folder / "photos").rglob("*") if p.is_file()] == [f"{kept.id}.jpg"]


def test_a_photo_under_a_wrong_name_is_refused(shop: Catalogue) -> None:
    with pytest.raises(BadInput):
        shop.keep_photo(photo(1)[0], photo(2)[1])
    for name in ("../../etc/passwd", "", "0" * 64):
        with pytest.raises(NotFound):
            shop.photo_path(name)


def test_origins_are_remembered(shop: Catalogue) -> None:
    one, two = keep(shop, 1, 2)
    shop.remember_origins({"https://a/1.jpg": one, "2.jpg 10 99": two, "lost": "0" * 64})
    shop.remember_origins({"https://a/1.jpg": two})
    assert shop.recall_origins(["https://a/1.jpg", "2.jpg 10 99", "lost", "?"]) == {
        "https://a/1.jpg": two,
        "2.jpg 10 99": two,
    }


def test_pages_are_sorted_and_counted(shop: Catalogue) -> None:
    prices = {"A": "5", "B": None, "C": "1", "D": "3"}
    shop.save([Product(s, f"t{s}", price=Decimal(p) if p else None) for s, p in prices.items()])

    def skus(order: str, offset: int = 0, limit: int = 9) -> str:
        return "".join(p.sku for p in shop.browse(offset=offset, limit=limit, order=order).products)

    assert skus("title") == "ABCD"
    assert skus("price") == "CDAB"
    assert skus("-price") == "ADCB"
    assert skus("newest") == "DCBA"
    assert skus("title", 1, 2) == "BC"
    assert shop.browse(Filters(price_min=Decimal(2)), limit=1).total == 2
    with pytest.raises(BadInput):
        shop.browse(order="; drop table")
