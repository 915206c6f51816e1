"""Tables: guessed columns, odd encodings, broken rows, pictures that are named by a pattern or lie elsewhere."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopsight.catalogue.importers import Draft, open_source
from shopsight.catalogue.importers.mapping import guess
from shopsight.catalogue.importers.origin import Origin
from shopsight.catalogue.importers.rows import read_table
from shopsight.catalogue.importers.table import split_photos
from shopsight.errors import BadSource
from shopsight.types import Rejection


def read(
    path: Path, content: str | bytes, mapping: dict[str, str] | None = None
) -> tuple[list[Draft], list[Rejection]]:
    """The drafts and the rejections of a table with this content."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    items = list(open_source(path, mapping=mapping))
    return [i for i in items if isinstance(i, Draft)], [i for i in items if isinstance(i, Rejection)]


FULL = """Artikelnummer;Bezeichnung;Marke;Kategorie;Preis;Farbe;Geschlecht;Lagerbestand;Bild 1;Bild 2
A1;Rotes Hemd;Nord;Kleidung > Hemden;"1.299,00 EUR";rot;Herren;3;a.jpg;b.jpg
"""


def test_columns_are_guessed_in_other_languages(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"x")
    drafts, rejected = read(tmp_path / "feed.csv", FULL.replace("Bild ", "Image "))
    product = drafts[0].product
    assert rejected == []
    assert (product.sku, product.title, product.brand, product.category) == ("A1", "Rotes Hemd", "Nord", "Hemden")
    assert (product.price, product.currency, product.audience) == (Decimal("1299.00"), "EUR", "men")
    assert product.attributes == {"colour": "rot", "category path": "Kleidung > Hemden"}
    assert drafts[0].photos == (str(tmp_path / "a.jpg"), str(tmp_path / "b.jpg"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_encodings_and_separators_are_found_out(tmp_path: Path, encoding: str, separator: str) -> None:
    lines = [["sku", "title", "colour"], ["K1", "Übergröße Mäntel", "weiß"], ["K2", "Café, noir", "bleu"]]
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows(lines)
    drafts, rejected = read(tmp_path / "feed.csv", text.getvalue().encode(encoding))
    assert rejected == []
    assert [(d.product.title, d.product.attributes["colour"]) for d in drafts] == [(t, c) for _, t, c in lines[1:]]


def test_an_odd_letter_at_the_very_end_decides_the_encoding(tmp_path: Path) -> None:
    rows = "".join(f"S{i},{'plain ' * 200}\n" for i in range(1000))
    drafts, _ = read(tmp_path / "feed.csv", ("sku,title\n" + rows).encode() + b"Z,caf\xe9\n")
    assert drafts[-1].product.title == "café"


def test_broken_rows_cost_only_themselves(tmp_path: Path) -> None:
    content = (
        "sku,title,price\n"
        "A,good,1\n"
        "B,too,many,cells\n"
        'C,"never closed,3\n'
        "D,good,4\n"
        ",no sku,5\n"
        "F,bad price,much\n"
        "\n"
        'G,"two\nlines",7\n'
        "H,short\n"
        "A,again,9\n"
    )
    drafts, rejected = read(tmp_path / "feed.csv", content)
    assert [d.product.sku for d in drafts] == ["A", "D", "G", "H"]
    assert drafts[2].product.title == "two lines"
    assert [(r.item, bool(r.reason), bool(r.cure)) for r in rejected] == [
        ("row 3", True, True), ("row 4", True, True), ("row 6", True, True), ("F", True, True), ("A", True, True),
    ]  # fmt: skip
    assert "4 cells" in rejected[0].reason
    assert "never closed" in rejected[1].reason
    assert "not a price" in rejected[3].reason
    assert "second time" in rejected[4].reason


def test_a_quote_that_swallows_a_whole_file_is_found(tmp_path: Path) -> None:
    rows = "".join(f"S{i},title {i} with some more words to fill the line\n" for i in range(5000))
    drafts, rejected = read(tmp_path / "feed.csv", 'sku,title\nX,"open\n' + rows)
    assert len(drafts) == 5000
    assert [r.item for r in rejected] == ["row 2"]


CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from(',;"\n\t|'), max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=6), st.sampled_from([",", ";", "\t"]))
def test_what_a_writer_quotes_is_read_back(tmp_path: Path, rows: list[tuple[str, str, str]], separator: str) -> None:
    text = io.StringIO()
    # Carriage returns and byte order marks inside cells do not survive any spreadsheet.
    rows = [(f"S{i}", b.replace("\ufeff", ""), c) for i, (_, b, c) in enumerate(rows)]
    writer = csv.writer(text, delimiter=separator, quoting=csv.QUOTE_ALL)
    writer.writerows([("sku", "title", "colour"), *rows])
    path = tmp_path / "feed.csv"
    path.write_bytes(text.getvalue().encode())
    read_back = [row for _, row in read_table(Origin(path=path)).rows()]
    assert read_back == [dict(zip(("sku", "title", "colour"), row, strict=True)) for row in rows]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "feed.csv"
    path.write_bytes(b"sku,title\n" + data)
    try:
        items = list(open_source(path, kind="csv"))
    except BadSource:
        return
    assert all(i.product.sku if isinstance(i, Draft) else i.reason and i.cure for i in items)


def test_a_table_without_a_name_for_its_products_is_refused_with_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    path.write_text("colour,size\nred,M\n")
    with pytest.raises(BadSource, match=r'it has "colour", "size".*--map sku=COLUMN'):
        open_source(path)


def test_columns_can_be_named_by_hand(tmp_path: Path) -> None:
    mapping = {
        "title": "Text",
        "sku": "{Model}-{Size}",
        "currency": "=EUR",
        "price": "Sale|Full",
        "brand": "",
        "attributes.heel": "H",
    }
    content = "Model,Size,Text,Sale,Full,Brand,H\nM1,42,Boot,,90,Acme,flat\nM1,43,Boot,80,90,Acme,high\n"
    drafts, _ = read(tmp_path / "feed.csv", content, mapping)
    assert [(d.product.sku, d.product.price, d.product.currency, d.product.brand) for d in drafts] == [
        ("M1-42", Decimal(90), "EUR", ""), ("M1-43", Decimal(80), "EUR", ""),
    ]  # fmt: skip
    assert drafts[1].product.attributes["heel"] == "high"


@pytest.mark.parametrize(
    ("mapping", "said"), [({"title": "Nmae"}, 'no column "Nmae"'), ({"colour": "Name"}, "not a field")]
)
def test_a_wrong_mapping_is_refused(tmp_path: Path, mapping: dict[str, str], said: str) -> None:
    path = tmp_path / "feed.csv"
    path.write_text("id,Name\n1,a\n")
    with pytest.raises(BadSource, match=said):
        open_source(path, mapping=mapping)


def test_a_guess_prefers_the_telling_column() -> None:
    headers = [
        "Id",
        "Parent ID",
        "Product Name",
        "Price",
        "Sale Price",
        "Image",
        "Additional Image Link",
        "Image 2",
        "Image 3",
    ]
    assert guess(headers) == {
        "sku": "Id",
        "title": "Product Name",
        "price": "Sale Price|Price",
        "photos": "Image|Additional Image Link|Image 2|Image 3",
    }


@pytest.mark.parametrize(
    "path", ["../secret.jpg", "/etc/passwd", "..\\secret.jpg", "sub/../../secret.jpg", "link.jpg", "file:///etc/passwd"]
)
def test_a_feed_cannot_point_outside_its_folder(tmp_path: Path, path: str) -> None:
    folder = tmp_path / "feed"
    folder.mkdir()
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    (folder / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    drafts, rejected = read(folder / "feed.csv", f"sku,title,image\nA,a,{path}\nB,b,ok.jpg\n")
    assert [d.product.sku for d in drafts] == ["B"]
    assert [r.item for r in rejected] == ["A"]
    assert "outside" in rejected[0].reason or "not a web address" in rejected[0].reason


def test_pictures_named_after_a_column_are_found(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "7.png").write_bytes(b"x")
    path = tmp_path / "feed.csv"
    path.write_text("id,name\n6,a\n7,b\n")
    source = open_source(path)
    assert source.mapping["photos"] == "images/{id}.png"
    assert [d.photos[0] for d in source if isinstance(d, Draft)] == [str(tmp_path / f"images/{i}.png") for i in (6, 7)]


@pytest.mark.parametrize(
    ("cell", "photos"),
    [
        ("a.jpg, b.jpg|c d.jpg", ["a.jpg", "b.jpg", "c d.jpg"]),
        ("https://a.example/w_1,h_2/x.jpg, https://b.example/y.jpg", ["https://a.example/w_1,h_2/x.jpg", "https://b.example/y.jpg"]),
        ("https://a.example/x;//b.example/y https://c.example/z", ["https://a.example/x", "//b.example/y", "https://c.example/z"]),
        ("https://a.example/r?to=https://b.example/x.jpg", ["https://a.example/r?to=https://b.example/x.jpg"]),
        ("['https://a.example/x.jpg', 'https://a.example/y.jpg']", ["https://a.example/x.jpg", "https://a.example/y.jpg"]),
        ("", []),
    ],
)  # fmt: skip
def test_several_pictures_in_a_cell_are_parted(cell: str, photos: list[str]) -> None:
    assert split_photos(cell) == photos


def test_texts_come_in_clean(tmp_path: Path) -> None:
    content = (
        "sku,title,description,url\nA,\x00Tom &amp; \x07Co,<p>Soft<br>wool</p><script>x</script>,javascript:alert(1)\n"
    )
    drafts, _ = read(tmp_path / "feed.csv", content)
    product = drafts[0].product
    assert (product.title, product.url) == ("Tom & Co", "")
    assert product.description.startswith("Soft wool")


@pytest.mark.data
def test_real_catalogue_of_1500_products(shared_data: Path) -> None:
    source = open_source(shared_data / "fashion-products" / "styles.csv")
    drafts = [d for d in source if isinstance(d, Draft)]
    assert (len(drafts), source.total, source.mapping["photos"]) == (1500, 1500, "images/{id}.jpg")
    assert all(Path(d.photos[0]).is_file() for d in drafts)
    assert {d.product.audience for d in drafts} >= {"women", "men", "unisex", "girls", "boys"}
    # A folder whose pictures lie below and whose table lies beside them is read by the table.
    assert open_source(shared_data / "fashion-products").kind == "csv"
