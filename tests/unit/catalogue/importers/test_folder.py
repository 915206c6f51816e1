"""A folder of pictures: what is a category, what is one product, and what is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from shopsight.catalogue.importers import Draft, open_source
from shopsight.errors import BadSource, NotFound
from shopsight.types import Rejection


def lay(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"picture")


def read(folder: Path, mapping: dict[str, str] | None = None) -> dict[str, list[str]]:
    """SKU -> file names of its photos."""
    return {
        d.product.sku: [Path(p).name for p in d.photos]
        for d in open_source(folder, mapping=mapping)
        if isinstance(d, Draft)
    }


def test_the_sub_folder_is_the_category_and_the_name_the_title(tmp_path: Path) -> None:
    lay(tmp_path, "women/Summer Dresses/red_linen-dress.jpg", "shoes/IMG_2041.JPG", "plain.png")
    products = {d.product.sku: d.product for d in open_source(tmp_path) if isinstance(d, Draft)}
    dress = products["women/Summer Dresses/red_linen-dress"]
    assert (dress.title, dress.category, dress.audience) == ("Red linen dress", "Summer Dresses", "women")
    assert (products["shoes/IMG_2041"].title, products["shoes/IMG_2041"].category) == ("Shoes IMG 2041", "Shoes")
    assert (products["plain"].title, products["plain"].category) == ("Plain", "")


def test_numbered_views_are_one_product_in_order(tmp_path: Path) -> None:
    lay(
        tmp_path,
        "coat-10.jpg",
        *(f"coat-{i}.jpg" for i in range(1, 10)),
        "hat (2).jpg",
        "hat.jpg",
        "bag_back.jpg",
        "bag_front.jpg",
    )
    assert read(tmp_path) == {
        "coat": [f"coat-{i}.jpg" for i in range(1, 11)],
        "hat": ["hat.jpg", "hat (2).jpg"],
        "bag": ["bag_front.jpg", "bag_back.jpg"],
    }


@pytest.mark.parametrize(
    "names",
    [
        ["IMG_1.jpg", "IMG_2.jpg"],  # a camera counts, it does not name
        ["shirts/shirt-1.jpg", "shirts/shirt-2.jpg"],  # the category counts its products
        ["model-12.jpg", "model-34.jpg"],  # not counted from one
        [f"tee-{i}.jpg" for i in range(1, 20)],  # nobody takes twenty views of a tee
        ["10001.jpg", "10002.jpg"],
    ],
)
def test_numbers_that_do_not_count_views_make_products(tmp_path: Path, names: list[str]) -> None:
    lay(tmp_path, *names)
    assert sorted(len(photos) for photos in read(tmp_path).values()) == [1] * len(names)


def test_grouping_can_be_said(tmp_path: Path) -> None:
    lay(tmp_path, "hats/a/x.jpg", "hats/a/y.jpg", "hats/b/z.jpg", "hat-1.jpg", "hat-2.jpg")
    assert read(tmp_path, {"group": "folder"}) == {
        "hats/a": ["x.jpg", "y.jpg"],
        "hats/b": ["z.jpg"],
        "hat-1": ["hat-1.jpg"],
        "hat-2": ["hat-2.jpg"],
    }
    assert set(read(tmp_path, {"group": "none"})) == {"hats/a/x", "hats/a/y", "hats/b/z", "hat-1", "hat-2"}
    by_folder = {
        d.product.sku: d.product
        for d in open_source(tmp_path, mapping={"group": "folder", "brand": "=Nord"})
        if isinstance(d, Draft)
    }
    assert (by_folder["hats/a"].category, by_folder["hats/a"].title, by_folder["hats/a"].brand) == (
        "Hats",
        "Hats A",
        "Nord",
    )
    with pytest.raises(BadSource, match="not a way"):
        open_source(tmp_path, mapping={"group": "size"})


def test_only_pictures_are_looked_at_and_drawings_are_told(tmp_path: Path) -> None:
    lay(tmp_path, "a.jpg", "notes.txt", ".hidden.jpg", ".git/b.jpg", "__MACOSX/c.jpg", "logo.svg", "Thumbs.db")
    items = list(open_source(tmp_path))
    assert [i.product.sku for i in items if isinstance(i, Draft)] == ["a"]
    assert [(i.item, i.cure) for i in items if isinstance(i, Rejection)] == [
        ("logo.svg", "export it as JPEG, PNG or WebP")
    ]


def test_links_that_lead_outside_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    lay(folder, "a.jpg")
    lay(tmp_path, "secret.jpg")
    (folder / "b.jpg").symlink_to(tmp_path / "secret.jpg")
    items = {type(i): i for i in open_source(folder)}
    assert "outside" in items[Rejection].reason  # type: ignore[union-attr]
    assert items[Draft].product.sku == "a"  # type: ignore[union-attr]


def test_an_empty_or_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSource, match="holds no pictures"):
        open_source(tmp_path)
    with pytest.raises(NotFound, match="no such file or folder"):
        open_source(tmp_path / "gone")
    with pytest.raises(BadSource, match="a folder, not a csv file"):
        open_source(tmp_path, kind="csv")
    with pytest.raises(BadSource, match="not a kind of source"):
        open_source(tmp_path, kind="excel")


def test_the_order_of_files_on_disk_does_not_matter(tmp_path: Path) -> None:
    lay(tmp_path / "a", "x/b 10.jpg", "x/b 9.jpg", "c.jpg")
    lay(tmp_path / "b", "c.jpg", "x/b 9.jpg", "x/b 10.jpg")
    assert list(read(tmp_path / "a")) == list(read(tmp_path / "b"))
