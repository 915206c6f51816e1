"""The shelf shows exactly what the shop sells now, whatever was done before."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from stock_room import DIM, SPACE, Opener, keep, look, sight, stock

from shopsight.catalogue.records import key_of
from shopsight.catalogue.shelf import Shelf
from shopsight.catalogue.store import Catalogue
from shopsight.errors import BadInput, NotFound
from shopsight.types import Filters, Product, Sight

ANY = Filters()


def shown(shelf: Shelf, filters: Filters = ANY) -> list[tuple[str, str]]:
    """SKU and photo of every allowed row, sorted, after checking that each row's vector is that photo's."""
    allowed = shelf.allowed(filters)
    rows = np.arange(len(shelf.matrix)) if allowed is None else np.flatnonzero(allowed)
    for row in rows:
        np.testing.assert_array_equal(shelf.matrix[row], sight(shelf.photo_ids[row]).values)
    return sorted((shelf.skus[shelf.rows_sku[row]], shelf.photo_ids[row]) for row in rows)


def test_a_shelf_has_a_row_for_every_photo_of_every_product(shop: Catalogue) -> None:
    products = stock(shop, "A", "B", photos_each=2)
    assert look(shop) == 4
    assert look(shop) == 0
    shelf = shop.shelf(SPACE)
    assert shown(shelf) == sorted((p.sku, photo_id) for p in products for photo_id in p.photos)
    assert shelf.matrix.shape == (4, DIM)
    assert isinstance(shelf.matrix, np.memmap)
    assert len(shelf) == 4
    assert list(shelf.photo_ids) == [shelf.photo_ids[row] for row in range(4)]


def test_an_empty_shop_has_an_empty_shelf(shop: Catalogue) -> None:
    assert len(shop.shelf(SPACE)) == 0
    stock(shop, "A")
    shelf = shop.shelf(SPACE)
    assert (len(shelf), shown(shelf)) == (0, [])
    assert shown(shelf, Filters(brands=("x",))) == []


def test_nothing_new_gives_the_same_shelf(shop: Catalogue) -> None:
    (product,) = stock(shop, "A")
    look(shop)
    shelf = shop.shelf(SPACE)
    shop.save([product])
    assert shop.shelf(SPACE) is shelf


def test_a_snapshot_does_not_change(shop: Catalogue) -> None:
    stock(shop, "A")
    look(shop)
    shelf = shop.shelf(SPACE)
    before = shown(shelf)
    shop.remove(["A"])
    stock(shop, "B")
    look(shop)
    assert shown(shelf) == before
    assert [sku for sku, _ in shown(shop.shelf(SPACE))] == ["B"]


def test_what_another_process_writes_is_seen(open_shop: Opener) -> None:
    here, there = open_shop(), open_shop()
    stock(here, "A")
    look(here)
    assert len(there.shelf(SPACE)) == 1
    stock(here, "B")
    look(here)
    assert [sku for sku, _ in shown(there.shelf(SPACE))] == ["A", "B"]


def test_a_photo_of_two_products_answers_for_each(shop: Catalogue) -> None:
    (one,) = keep(shop, 1)
    shop.save([Product("A", "a", photos=(one,), brand="X")])
    look(shop)
    shop.save([Product("B", "b", photos=(one,), brand="Y"), Product("C", "c", photos=(one,), brand="Y")])
    assert shop.unseen(SPACE) == []
    assert shown(shop.shelf(SPACE)) == [("A", one), ("B", one), ("C", one)]
    assert shown(shop.shelf(SPACE), Filters(brands=("y",))) == [("B", one), ("C", one)]
    shop.remove(["B"])
    assert shown(shop.shelf(SPACE)) == [("A", one), ("C", one)]


def test_photos_shared_before_they_are_seen(shop: Catalogue) -> None:
    (one,) = keep(shop, 1)
    shop.save([Product("A", "a", photos=(one,)), Product("B", "b", photos=(one,))])
    assert look(shop) == 1
    assert shown(shop.shelf(SPACE)) == [("A", one), ("B", one)]


def test_a_picture_seen_before_is_not_seen_again(shop: Catalogue) -> None:
    stock(shop, "A")
    look(shop)
    shop.remove(["A"])
    (again,) = stock(shop, "A")
    assert shop.unseen(SPACE) == []
    assert shown(shop.shelf(SPACE)) == [("A", again.photos[0])]


def test_spaces_do_not_mix(shop: Catalogue) -> None:
    stock(shop, "A")
    look(shop, "one/1")
    assert len(shop.shelf("one/1")) == 1
    assert len(shop.shelf("one_1")) == 0
    assert len(shop.unseen("one_1")) == 1
    look(shop, "one_1")
    assert len(shop.shelf("one_1")) == 1


def test_what_was_seen_is_told_again(shop: Catalogue) -> None:
    (product,) = stock(shop, "A")
    assert shop.sight(SPACE, product.photos[0]) is None
    look(shop, category="Shirt", colour="blue", pattern="striped")
    told = shop.sight(SPACE, product.photos[0])
    wanted = sight(product.photos[0], "Shirt", "blue", "striped")
    assert told is not None
    np.testing.assert_array_equal(told.values, wanted.values)
    assert (told.categories, told.colours, told.pattern, told.box_px) == (
        wanted.categories,
        wanted.colours,
        wanted.pattern,
        wanted.box_px,
    )


def test_vectors_that_do_not_fit_are_refused(shop: Catalogue) -> None:
    first, second = (product.photos[0] for product in stock(shop, "A", "B"))
    shop.keep_sights(SPACE, {first: sight(first)})
    with pytest.raises(BadInput, match="have 8 values"):
        shop.keep_sights(SPACE, {second: Sight(np.ones(3, np.float32))})
    with pytest.raises(BadInput, match="no numbers"):
        shop.keep_sights(SPACE, {second: Sight(np.full(DIM, np.nan, np.float32))})
    with pytest.raises(NotFound):
        shop.keep_sights(SPACE, {"f" * 64: sight("f" * 64)})
    assert shop.unseen(SPACE) == [second]


def test_a_silent_product_gets_category_and_colour_from_its_photo(shop: Catalogue) -> None:
    stock(shop, "A")
    stock(shop, "B", category="Trousers", attributes={"Color": "Dark Red"})
    assert len(shop.shelf(SPACE)) == 0
    look(shop, category="Shirt", colour="blue")
    shelf = shop.shelf(SPACE)
    by_filter = {
        Filters(categories=("shirt",)): ["A"],
        Filters(categories=("TROUSERS",)): ["B"],
        Filters(colours=("blue",)): ["A", "B"],
        Filters(colours=("red",)): ["B"],
        Filters(colours=("dark  red", "pink")): ["B"],
        Filters(colours=("pink",)): [],
    }
    for filters, skus in by_filter.items():
        assert [sku for sku, _ in shown(shelf, filters)] == skus, filters
        assert [p.sku for p in shop.browse(filters).products] == skus, filters
    assert shop.product("A").category == ""


def test_facets_count_what_each_choice_would_give(shop: Catalogue) -> None:
    stock(shop, "A", brand="X", category="Shirts", price=Decimal("10.50"), audience="men", availability="in_stock")
    stock(shop, "B", brand="x ", category="Shoes", price=Decimal(20), attributes={"colour": "Red"})
    stock(shop, "C", brand="Y", category="Shoes")
    facets = shop.facets()
    assert facets.brands == {"X": 2, "Y": 1}
    assert facets.categories == {"Shoes": 2, "Shirts": 1}
    assert facets.colours == {"red": 1}
    assert facets.audiences == {"unknown": 2, "men": 1}
    assert facets.availabilities == {"unknown": 2, "in_stock": 1}
    assert (facets.price_min, facets.price_max) == (Decimal("10.5"), Decimal(20))
    narrowed = shop.facets(Filters(brands=("X",), categories=("Shoes",)))
    assert narrowed.brands == {"X": 1, "Y": 1}
    assert narrowed.categories == {"Shirts": 1, "Shoes": 1}
    assert (narrowed.price_min, narrowed.price_max) == (Decimal(20), Decimal(20))


BRANDS, CATEGORIES, COLOURS = ("", "X", "Y"), ("", "Shirts", "Hats"), ("", "red", "Navy Blue", "red/green")
PRICES = (None, Decimal("9.99"), Decimal(10), Decimal(500))
SOME = st.lists(st.sampled_from(["X", "y", "Shirts", "hats", "red", "BLUE", "navy blue", "green", "none"]), max_size=2)
FILTERS = st.builds(
    Filters,
    categories=SOME.map(tuple),
    brands=SOME.map(tuple),
    colours=SOME.map(tuple),
    audiences=st.lists(st.sampled_from(["men", "women", "unknown"]), max_size=2).map(tuple),
    availabilities=st.lists(st.sampled_from(["in_stock", "unknown"]), max_size=1).map(tuple),
    price_min=st.sampled_from([None, None, Decimal(10)]),
    price_max=st.sampled_from([None, None, Decimal(10)]),
)


def fits(product: Product, filters: Filters) -> bool:
    """What `Filters` says, in the plainest words."""

    def any_of(wanted: tuple[str, ...], has: set[str]) -> bool:
        return not wanted or bool({key_of(w) for w in wanted} & has)

    stated = product.attributes.get("colour", "")
    colours = {part for whole in stated.lower().split("/") for part in (whole, *whole.split())} - {""}
    low, high, price = filters.price_min, filters.price_max, product.price
    return (
        any_of(filters.categories, {key_of(product.category)} - {""})
        and any_of(filters.brands, {key_of(product.brand)} - {""})
        and any_of(filters.colours, colours)
        and any_of(filters.audiences, {product.audience})
        and any_of(filters.availabilities, {product.availability})
        and (low is None or (price is not None and price >= low))
        and (high is None or (price is not None and price <= high))
    )


class AnyHistory(RuleBasedStateMachine):
    """Products come, change and go, photos are seen or not: three openings always see what a plain dict says."""

    @initialize()
    def open_a_shop(self) -> None:
        self.folder = TemporaryDirectory()
        self.shop, self.other = (Catalogue.open(Path(self.folder.name)) for _ in range(2))
        self.sold: dict[str, Product] = {}
        self.seen: set[str] = set()

    def teardown(self) -> None:
        self.shop.close()
        self.other.close()
        self.folder.cleanup()

    @rule(
        sku=st.sampled_from("ABCDEF"),
        photos=st.lists(st.integers(0, 6), max_size=3, unique=True),
        brand=st.sampled_from(BRANDS),
        category=st.sampled_from(CATEGORIES),
        colour=st.sampled_from(COLOURS),
        price=st.sampled_from(PRICES),
        audience=st.sampled_from(["men", "women", "unknown"]),
    )
    def save(self, sku: str, photos: list[int], colour: str, **fields: object) -> None:
        product = Product(sku, sku, photos=keep(self.shop, *photos), attributes={"colour": colour}, **fields)  # type: ignore[arg-type]
        self.shop.save([product])
        self.sold[sku] = product

    @rule(sku=st.sampled_from("ABCDEF"))
    def remove(self, sku: str) -> None:
        assert self.shop.remove([sku]) == (self.sold.pop(sku, None) is not None)

    @rule(most=st.integers(1, 5))
    def look(self, most: int) -> None:
        some = self.shop.unseen(SPACE)[:most]
        self.shop.keep_sights(SPACE, {photo_id: sight(photo_id) for photo_id in some})
        self.seen.update(some)

    @rule(filters=FILTERS)
    def filter(self, filters: Filters) -> None:
        self.check(self.shop, filters)
        page = self.shop.browse(filters)
        assert [p.sku for p in page.products] == sorted(s for s, p in self.sold.items() if fits(p, filters))

    @rule()
    def look_from_elsewhere(self) -> None:
        self.check(self.other, Filters())

    @invariant()
    def nothing_in_use_is_forgotten(self) -> None:
        used = {photo_id for product in self.sold.values() for photo_id in product.photos}
        assert set(self.shop.unseen(SPACE)) == used - self.seen

    def check(self, shop: Catalogue, filters: Filters) -> None:
        wanted = [
            (sku, photo_id)
            for sku, product in self.sold.items()
            if fits(product, filters)
            for photo_id in product.photos
            if photo_id in self.seen
        ]
        assert shown(shop.shelf(SPACE), filters) == sorted(wanted)


def test_any_history_gives_the_right_shelf() -> None:
    slow = settings(
        max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    run_state_machine_as_test(AnyHistory, settings=slow)  # type: ignore[no-untyped-call]
