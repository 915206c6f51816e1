"""The place of a product in a taxonomy: both forms of file, labels by words and by paths, and honest depth."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopsight.errors import BadSource, NotFound
from shopsight.recognise.taxonomy import Taxonomy, read_taxonomy
from shopsight.types import Finding

FILE = Path(__file__).with_name("taxonomy.txt")


@pytest.fixture(scope="module")
def taxonomy() -> Taxonomy:
    return read_taxonomy(FILE)


def chances(**labels: float) -> list[Finding]:
    return [Finding(label.replace("_", " "), score) for label, score in labels.items()]


@pytest.mark.parametrize(
    ("label", "path"),
    [
        ("Dress", "Wear > Clothing > Dresses"),
        ("shoes", "Wear > Shoes"),
        ("T-Shirt", "Wear > Clothing > Clothing Tops > T-Shirts"),
        ("Longsleeve", "Wear > Clothing > Clothing Tops"),
        ("Scarf", "Wear > Scarves & Shawls"),
        ("Shawls and Scarves", "Wear > Scarves & Shawls"),
        ("gid://test/Category/fo-1", "Food > Bread"),
        ("Clothing > Dresses", "Wear > Clothing > Dresses"),
        ("wear > clothing > sportswear > t-shirts", "Wear > Clothing > Sportswear > T-Shirts"),
        ("Wear > Clothing > Dresses > Ball gowns", "Wear > Clothing > Dresses"),
        ("Women > Dresses", "Wear > Clothing > Dresses"),
        ("Hoodies", "Wear > Clothing"),
        ("Umbrella", ""),
    ],
)
def test_a_label_finds_its_node(taxonomy: Taxonomy, label: str, path: str) -> None:
    assert " > ".join(taxonomy.find(label)) == path


def test_the_way_goes_down_to_a_leaf_when_that_is_sure(taxonomy: Taxonomy) -> None:
    place = taxonomy.place(chances(Dress=0.9, Shoes=0.1))
    assert place.path == "Wear > Clothing > Dresses"
    assert place.leaf
    assert [(step.name, round(step.chance, 6)) for step in place.way] == [
        ("Wear", 1.0),
        ("Clothing", 0.9),
        ("Dresses", 0.9),
    ]


def test_it_stops_above_what_it_cannot_tell_apart(taxonomy: Taxonomy) -> None:
    """Two kinds of tops at 45 % each are surely a top, and neither."""
    place = taxonomy.place(chances(T_Shirt=0.0, **{"T-Shirt": 0.45, "Shirt": 0.45, "Shoes": 0.1}))
    assert place.path == "Wear > Clothing > Clothing Tops"
    assert not place.leaf
    assert place.way[-1].chance == pytest.approx(0.9)


def test_nothing_is_said_where_not_even_the_top_is_sure(taxonomy: Taxonomy) -> None:
    place = taxonomy.place(chances(Umbrella=0.55, Dress=0.25, Bread=0.2))
    assert place.way == ()
    assert not place.leaf
    assert place.path == ""
    assert place.unplaced == pytest.approx(0.55)


def test_a_threshold_may_be_stricter(taxonomy: Taxonomy) -> None:
    found = chances(Dress=0.7, Shoes=0.25)
    assert taxonomy.place(found).path == "Wear > Clothing > Dresses"
    assert taxonomy.place(found, threshold=0.8).path == "Wear"


LABELS = ["T-Shirt", "Shirt", "Dress", "Shoes", "Longsleeve", "Hoodies", "Bread", "Umbrella", "Wear > Clothing"]


@given(
    st.lists(st.floats(0, 1), min_size=len(LABELS), max_size=len(LABELS)).filter(lambda w: sum(w) > 0),
    st.floats(0.05, 1),
)
def test_the_way_is_always_whole_and_sure(weights: list[float], threshold: float) -> None:
    taxonomy = read_taxonomy(FILE)
    found = [Finding(label, weight / sum(weights)) for label, weight in zip(LABELS, weights, strict=True)]
    place = taxonomy.place(found, threshold)
    steps = [step.chance for step in place.way]
    assert all(chance >= threshold - 1e-9 for chance in steps)
    assert steps == sorted(steps, reverse=True), "a node is never surer than the one above it"
    path = tuple(step.name for step in place.way)
    assert all(path[:depth] in taxonomy.nodes for depth in range(1, len(path) + 1))
    top = sum(f.score for f in found if taxonomy.find(f.label)[:1] == path[:1])
    if path:
        assert steps[0] == pytest.approx(min(1.0, top), abs=1e-9)


def test_the_json_form_gives_the_same_nodes(taxonomy: Taxonomy, tmp_path: Path) -> None:
    rows = [
        {"id": n.id, "name": n.name, "full_name": " > ".join(n.path), "children": []} for n in taxonomy.nodes.values()
    ]
    verticals = [
        {"name": top, "prefix": top[:2].lower(), "categories": [r for r in rows if r["full_name"].startswith(top)]}
        for top in ("Wear", "Food")
    ]
    file = tmp_path / "categories.json"
    file.write_text(json.dumps({"version": "test", "verticals": verticals}), "utf-8")
    assert read_taxonomy(file).nodes == taxonomy.nodes


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no category"),
        ("# nothing here\n", "no category"),
        ("gid://a/1 : Wear\nwhat is this\n", "line 2"),
        ("{", "no taxonomy in JSON"),
        ('{"verticals": 3}', "no taxonomy in JSON"),
        ('{"verticals": [{"categories": [{"id": 1}]}]}', "full_name"),
        ("[" * 100_000, "no taxonomy in JSON"),
    ],
)
def test_a_broken_file_is_refused_with_its_place(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "categories.txt"
    file.write_text(text, "utf-8")
    with pytest.raises(BadSource, match=reason):
        read_taxonomy(file)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "categories.txt"
    file.write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(BadSource, match="as text"):
        read_taxonomy(file)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no such file"):
        read_taxonomy(tmp_path / "none.txt")


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "categories.txt"
    file.write_text("a/1 : Wear\n", "utf-8")
    assert len(read_taxonomy(file).nodes) == 1
    file.write_text("a/1 : Wear\na/2 : Wear > Hats\n", "utf-8")
    import os

    os.utime(file, ns=(1, 1))
    assert len(read_taxonomy(file).nodes) == 2
