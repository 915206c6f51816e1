"""Kills, full disks, damaged files and rival writers: what was committed stays, and the next run goes on."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import doomed_writer
import numpy as np
import pytest
from sqlalchemy import text
from stock_room import SPACE, Opener, keep, look, photo, sight, stock

from shopsight.catalogue.store import Catalogue
from shopsight.errors import Busy, Damaged, NoRoom, ShopsightError
from shopsight.types import Product


@pytest.fixture(scope="module")
def remains(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where children were killed at every write of a small import, at odd moments, and by full disks."""
    root = tmp_path_factory.mktemp("remains")
    script = Path(doomed_writer.__file__)
    subprocess.run([sys.executable, "-W", "error", str(script), str(root)], check=True, timeout=240)
    return root


def committed(log: Path) -> dict[str, set[str]]:
    """What a child told before its end, by kind."""
    told: dict[str, set[str]] = {"photo": set(), "product": set(), "seen": set(), "error": set(), "done": set()}
    for line in log.read_text().splitlines():
        kind, _, what = line.partition(" ")
        told[kind].add(what)
    return told


def check_remains(folder: Path) -> None:
    """All that was committed is there and whole; a new run goes on to the same end as if nothing had happened."""
    told = committed(folder.with_suffix(".log"))
    with Catalogue.open(folder) as shop:
        for photo_id in told["photo"]:
            assert shop.photo_bytes(photo_id)
        assert set(shop.products(sorted(told["product"]))) == told["product"]
        assert not told["seen"] & set(shop.unseen(SPACE))
        for photo_id in told["seen"]:
            kept = shop.sight(SPACE, photo_id)
            assert kept is not None
            np.testing.assert_array_equal(kept.values, sight(photo_id).values)
    doomed_writer.fill(folder)
    with Catalogue.open(folder) as shop:
        shelf = shop.shelf(SPACE)
        rows = {shelf.skus[shelf.rows_sku[row]]: row for row in range(len(shelf.matrix)) if shelf.rows_sku[row] >= 0}
        assert sorted(rows) == [f"P{number}" for number in range(doomed_writer.ROUNDS)]
        assert len(shelf) == doomed_writer.ROUNDS
        for row in rows.values():
            np.testing.assert_array_equal(shelf.matrix[row], sight(shelf.photo_ids[row]).values)
        assert len(shop.find_words("red shirts")) == doomed_writer.ROUNDS
        assert shop.counts()["photos"] == doomed_writer.ROUNDS


def test_a_kill_at_any_write_loses_nothing_committed(remains: Path) -> None:
    folders = sorted(remains.glob("nth*.log"))
    assert len(folders) > 12
    assert "done" not in "".join(log.read_text() for log in folders if log.name == "nth1.log")
    for log in folders:
        check_remains(log.with_suffix(""))


def test_a_kill_at_any_time_loses_nothing_committed(remains: Path) -> None:
    for log in remains.glob("late*.log"):
        check_remains(log.with_suffix(""))


def test_a_full_disk_is_told_and_nothing_is_half_written(remains: Path) -> None:
    errors = [committed(log)["error"] for log in remains.glob("full*.log")]
    assert {"no_room"} in errors
    assert set.union(*errors) == {"no_room"}
    for log in remains.glob("full*.log"):
        check_remains(log.with_suffix(""))


def test_a_full_database_is_told(tmp_path: Path) -> None:
    with Catalogue.open(tmp_path) as shop:
        stock(shop, "A")
        with shop._database.reading() as connection:
            pages = connection.execute(text("PRAGMA page_count")).scalar_one()
            connection.execute(text(f"PRAGMA max_page_count={pages}"))
        with pytest.raises(NoRoom):
            shop.save([Product(f"P{n}", "x" * 9000) for n in range(50)])
        assert shop.counts()["products"] == 1
        assert shop.product("A").title == "Thing A"


def test_a_disk_that_fills_under_the_vectors_is_told(shop: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    stock(shop, "A")
    look(shop)
    stock(shop, "B")
    write = os.write

    def half(handle: int, data: bytes) -> int:
        if len(data) > 8:
            return write(handle, bytes(data[:8]))
        raise OSError(errno.ENOSPC, "no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", half)
        with pytest.raises(NoRoom):
            look(shop)
    assert len(shop.unseen(SPACE)) == 1
    assert len(shop.shelf(SPACE)) == 1
    look(shop)
    assert len(shop.shelf(SPACE)) == 2


# --- damage --------------------------------------------------------------------------------------------------------


def vector_file(shop: Catalogue) -> Path:
    (path,) = (shop.folder / "vectors").rglob("rows-*.f32")
    return path


def flip_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)


def cut_the_tail(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


def cut_all(path: Path) -> None:
    path.write_bytes(b"")


def replace_the_header(path: Path) -> None:
    path.write_bytes(b"not ours".ljust(4096) + path.read_bytes()[4096:])


@pytest.mark.parametrize(
    ("damage", "lost"), [(flip_a_bit, 1), (cut_the_tail, 1), (cut_all, 3), (replace_the_header, 3), (Path.unlink, 3)]
)
def test_damaged_vectors_are_noticed_and_made_again(
    open_shop: Opener, damage: Callable[[Path], object], lost: int
) -> None:
    first = open_shop()
    stock(first, "A", "B")
    look(first)
    stock(first, "C")
    look(first)
    first.close()
    damage(vector_file(first))
    shop = open_shop()
    assert len(shop.shelf(SPACE)) == 3 - lost
    assert len(shop.unseen(SPACE)) == lost
    assert look(shop) == lost
    shelf = shop.shelf(SPACE)
    assert len(shelf) == 3
    for row in np.flatnonzero(shelf.rows_sku >= 0):
        np.testing.assert_array_equal(shelf.matrix[row], sight(shelf.photo_ids[row]).values)
    assert len(open_shop().shelf(SPACE)) == 3


def test_a_damaged_row_of_a_shared_photo_is_made_again_for_each(open_shop: Opener) -> None:
    first = open_shop()
    (one,) = keep(first, 1)
    first.save([Product("A", "a", photos=(one,))])
    look(first)
    first.save([Product("B", "b", photos=(one,))])
    first.close()
    flip_a_bit(vector_file(first))
    shop = open_shop()
    assert shop.unseen(SPACE) == [one]
    look(shop)
    assert len(shop.shelf(SPACE)) == 2


def test_a_torn_tail_is_written_over(open_shop: Opener) -> None:
    first = open_shop()
    stock(first, "A")
    look(first)
    first.close()
    with open(vector_file(first), "ab") as file:
        file.write(b"torn")
    shop = open_shop()
    stock(shop, "B")
    assert look(shop) == 1
    assert len(shop.shelf(SPACE)) == 2
    assert vector_file(shop).stat().st_size == 4096 + 2 * 8 * 4


def test_a_damaged_photo_is_told_and_mended_by_keeping_it_again(shop: Catalogue) -> None:
    data, kept = photo(1)
    keep(shop, 1)
    flip_a_bit(shop.photo_path(kept.id))
    with pytest.raises(Damaged):
        shop.photo_bytes(kept.id)
    shop.keep_photo(data, kept)
    assert shop.photo_bytes(kept.id) == data
    shop.photo_path(kept.id).unlink()
    with pytest.raises(Damaged):
        shop.photo_bytes(kept.id)


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "shop.db").write_bytes(b"this is not a database at all" * 100)
    with pytest.raises(Damaged):
        Catalogue.open(tmp_path)


# --- rivals --------------------------------------------------------------------------------------------------------


def test_a_second_writer_waits_its_time_and_is_told(open_shop: Opener) -> None:
    one, two = open_shop(), open_shop(busy_s=0.2)
    with one._database.writing():
        with pytest.raises(Busy):
            two.save([Product("B", "b")])
        assert two.counts()["products"] == 0  # reading goes on
    two.save([Product("B", "b")])


def test_a_second_writer_waits_for_a_quick_first(open_shop: Opener) -> None:
    one, two = open_shop(), open_shop()
    begun = threading.Event()

    def write_slowly() -> None:
        with one._database.writing():
            begun.set()
            time.sleep(0.3)

    rival = threading.Thread(target=write_slowly)
    rival.start()
    begun.wait()
    two.save([Product("B", "b")])
    rival.join()
    assert two.counts()["products"] == 1


def test_two_writers_and_a_reader_at_once(open_shop: Opener) -> None:
    openings = [open_shop(busy_s=60.0) for _ in range(3)]
    failed: list[Exception] = []

    def write(shop: Catalogue, name: str) -> None:
        try:
            for number in range(6):
                stock(shop, f"{name}{number}", category="Shared name")
                look(shop)
        except (ShopsightError, AssertionError) as error:
            failed.append(error)

    writers = [threading.Thread(target=write, args=(shop, name)) for shop, name in zip(openings, "AB", strict=False)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        shelf = openings[2].shelf(SPACE)
        for row in np.flatnonzero(shelf.rows_sku >= 0):
            np.testing.assert_array_equal(shelf.matrix[row], sight(shelf.photo_ids[row]).values)
    assert failed == []
    look(openings[0])
    assert len(openings[2].shelf(SPACE)) == 12
    assert openings[2].facets().categories == {"Shared name": 12}


def test_two_openings_make_a_new_shop_together(open_shop: Opener) -> None:
    opened: list[Catalogue] = []
    makers = [threading.Thread(target=lambda: opened.append(open_shop())) for _ in range(3)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    assert len(opened) == 3
    opened[0].save([Product("A", "a")])
    assert opened[1].product("A").title == "a"
