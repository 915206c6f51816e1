"""A shop's goods come in: from a folder, a feed or the web; again, changed, broken, or stopped in the middle."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from loopback import Site
from shopsight.errors import BadSource, Busy, NoRoom
from shopsight.jobs import importing
from shopsight.jobs.importing import import_source
from shopsight.jobs.indexing import index
from shopsight.shop import Shop, open_shop


def picture(seed: int, side_px: int = 48, kind: str = "JPEG") -> bytes:
    """A small picture that differs from every other seed's."""
    pixels = np.random.default_rng(seed).integers(0, 256, (side_px, side_px, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind)
    return out.getvalue()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with open_shop(tmp_path / "shop", engine="histogram") as shop:
        yield shop


def feed(folder: Path, rows: list[tuple[str, str, str]], pictures: bool = True) -> Path:
    """A table of (sku, price, picture) with its pictures beside it."""
    folder.mkdir(exist_ok=True)
    lines = ["sku,title,price,image", *(f"{sku},Thing {sku},{price},{image}" for sku, price, image in rows)]
    (folder / "feed.csv").write_text("\n".join(lines) + "\n")
    for number, (_, _, image) in enumerate(rows):
        if pictures and not (folder / image).exists():
            (folder / image).write_bytes(picture(number))
    return folder / "feed.csv"


def test_a_folder_comes_in_and_again_changes_nothing(shop: Shop, tmp_path: Path) -> None:
    goods = tmp_path / "goods"
    for number, name in enumerate(["hats/red-1.jpg", "hats/red-2.jpg", "shoes/boot.png"]):
        (goods / name).parent.mkdir(parents=True, exist_ok=True)
        (goods / name).write_bytes(picture(number, kind="PNG" if name.endswith("png") else "JPEG"))
    told: list[tuple[str, int, int | None]] = []
    first = import_source(shop, goods, progress=lambda *step: told.append(step))
    assert (first.products, first.photos, first.added, first.kind) == (2, 3, 2, "folder")
    assert (first.rejected, first.mapping["category"]) == ((), "sub-folder")
    assert told == [("reading", 0, 2), ("reading", 2, 2)]
    red = shop.product("hats/red")
    assert (red.category, [shop.catalogue.photo(p).width_px for p in red.photos]) == ("Hats", [48, 48])
    assert index(shop).embedded == 3
    again = import_source(shop, goods)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)
    seen = index(shop)
    assert (seen.embedded, seen.reused) == (0, 3)


def test_what_is_known_is_not_decoded_again(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = feed(tmp_path / "goods", [("A", "1", "a.jpg"), ("B", "2", "b.jpg")])
    import_source(shop, path)
    decoded: list[str] = []
    real = importing.inspect

    def counted(data: bytes, **options: object) -> object:
        decoded.append(str(options["name"]))
        return real(data, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(importing, "inspect", counted)
    (tmp_path / "goods" / "a.jpg").touch()  # another time, the same bytes
    (tmp_path / "goods" / "c.jpg").write_bytes((tmp_path / "goods" / "b.jpg").read_bytes())
    feed(tmp_path / "goods", [("A", "1", "a.jpg"), ("B", "2", "b.jpg"), ("C", "3", "c.jpg"), ("D", "4", "d.jpg")])
    report = import_source(shop, path)
    assert (report.added, report.unchanged, report.photos, decoded) == (2, 2, 3, ["d.jpg"])


def test_a_change_changes_only_itself_and_sync_removes_what_is_gone(shop: Shop, tmp_path: Path) -> None:
    rows = [("A", "1", "a.jpg"), ("B", "2", "b.jpg"), ("C", "3", "c.jpg")]
    path = feed(tmp_path / "goods", rows)
    import_source(shop, path)
    import_source(shop, feed(tmp_path / "other", [("Z", "9", "z.jpg")]))
    feed(tmp_path / "goods", [("A", "1", "a.jpg"), ("B", "2.50", "b.jpg")])
    report = import_source(shop, path)
    assert (report.added, report.changed, report.unchanged, report.removed) == (0, 1, 1, 0)
    assert import_source(shop, path, sync=True).removed == 1
    assert {p.sku for p in shop.browse().products} == {"A", "B", "Z"}
    # A row that is only broken now is no reason to take its product out of the shop.
    feed(tmp_path / "goods", [("A", "cheap", "a.jpg"), ("B", "2.50", "b.jpg")])
    assert import_source(shop, path, sync=True).removed == 0
    # Nor are rows that cannot be read at all; an empty feed is refused.
    path.write_text('sku,title,price,image\nB,b,1,b.jpg\n"A,a,1\n')
    report = import_source(shop, path, sync=True)
    assert (report.removed, report.rejected[-1].item) == (0, "sync")
    path.write_text("sku,title,price,image\n")
    with pytest.raises(BadSource, match="would remove all 2"):
        import_source(shop, path, sync=True)
    assert shop.counts()["products"] == 3


BAD = {
    "zero.jpg": b"",
    "page.jpg": b"<!doctype html><html><body>Not found</body></html>",
    "drawing.svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    "torn.jpg": picture(1, 200)[:3000],
    "text.jpg": b"just some words",
    "bomb.png": b"\x89PNG\r\n\x1a\n" + bytes.fromhex("0000000d49484452") + (20_000).to_bytes(4, "big") * 2 + bytes.fromhex("0802000000"),  # noqa: E501
    "large.jpg": b"\xff\xd8\xff" + b"\0" * 3_000_000,
    "gone.jpg": None,
    "folder.jpg": "folder",
}  # fmt: skip


def test_a_bad_picture_costs_only_itself(tmp_path: Path) -> None:
    goods = tmp_path / "goods"
    path = feed(goods, [(name, "1", name) for name in BAD] + [("good", "1", "good.jpg")], pictures=False)
    for name, data in BAD.items():
        if data == "folder":
            (goods / name).mkdir()
        elif isinstance(data, bytes):
            (goods / name).write_bytes(data)
    (goods / "good.jpg").write_bytes(picture(9))
    with open_shop(tmp_path / "shop", engine="histogram", max_photo_bytes=2_000_000) as shop:
        report = import_source(shop, path)
        # The product is for sale though its picture is broken, and words find it.
        assert report.products == len(BAD) + 1
        assert {r.item for r in report.rejected} == set(BAD)
        assert all(r.reason and r.cure for r in report.rejected)
        assert shop.product("good").photos
        assert (shop.counts()["photos"], index(shop).embedded) == (1, 1)
        # In a folder the picture is all there is of the product.
        path.unlink()
        report = import_source(shop, goods, kind="folder", name="folder")
        assert report.products == 1
        assert {r.item for r in report.rejected} == set(BAD) - {"gone.jpg", "folder.jpg"}


def test_pictures_that_fail_leave_the_ones_the_product_had(shop: Shop, tmp_path: Path) -> None:
    path = feed(tmp_path / "goods", [("A", "1", "a.jpg")])
    import_source(shop, path)
    before = shop.product("A").photos
    feed(tmp_path / "goods", [("A", "2", "new.jpg")], pictures=False)
    report = import_source(shop, path)
    assert (report.changed, [r.item for r in report.rejected]) == (1, ["A: new.jpg"])
    assert shop.product("A").photos == before


def test_a_photo_whose_file_was_lost_is_taken_again(shop: Shop, tmp_path: Path) -> None:
    path = feed(tmp_path / "goods", [("A", "1", "a.jpg")])
    import_source(shop, path)
    file = shop.catalogue.photo_path(shop.product("A").photos[0])
    data = file.read_bytes()
    file.unlink()
    (failed,) = index(shop).failed
    assert "lost" in failed.reason
    import_source(shop, path)
    assert file.read_bytes() == data
    assert index(shop).embedded == 1


def test_a_remote_feed_with_remote_pictures(tmp_path: Path) -> None:
    with Site() as site, Site(pages={"/secret.jpg": picture(7)}) as inside:
        rows = [
            "a.jpg",
            "/pics/b.jpg",
            f"{inside.url}/secret.jpg",
            "moved.jpg",
            "gone.jpg",
            "http://169.254.169.254/latest/meta-data",
        ]
        table = "sku,title,image\n" + "".join(f"S{i},t,{row}\n" for i, row in enumerate(rows))
        site.pages |= {"/x/feed.csv": table.encode(), "/x/a.jpg": picture(1), "/pics/b.jpg": picture(2)}
        site.pages["/x/moved.jpg"] = (302, {"Location": f"{inside.url}/secret.jpg"}, b"")
        with open_shop(tmp_path / "shop", engine="histogram", allow_hosts=[site.host]) as shop:
            report = import_source(shop, f"{site.url}/x/feed.csv")
            assert (report.products, report.photos) == (6, 2)
            reasons = {r.item.split(":")[0]: r.reason for r in report.rejected}
            assert reasons["S2"] == reasons["S3"] == reasons["S5"] == "it leads to a private address"
            assert "404" in reasons["S4"]
            assert inside.asked == []
            asked = len(site.asked)
            again = import_source(shop, f"{site.url}/x/feed.csv")
            assert again.unchanged == 6
            assert [p for p in site.asked[asked:] if p.endswith(("a.jpg", "b.jpg"))] == []


def test_a_listing_page_and_its_pictures_are_asked_for_politely(tmp_path: Path) -> None:
    card = '<div class="card"><a href="/p/{n}"><img data-src="/{d}/{n}.jpg"><h3>Bag {n}</h3></a><span>{n},00 €</span></div>'  # noqa: E501
    page = "<!doctype html><html><body>" + card.format(n=1, d="ok") + card.format(n=2, d="private") + "</body></html>"
    with Site(pages={"/bags": page.encode(), "/ok/1.jpg": picture(1), "/private/2.jpg": picture(2)}) as site:
        site.pages["/robots.txt"] = b"User-agent: *\nDisallow: /private"
        with open_shop(tmp_path / "shop", engine="histogram", allow_hosts=[site.host]) as shop:
            report = import_source(shop, f"{site.url}/bags")
            assert (report.kind, report.products, report.photos) == ("listing", 2, 1)
            assert "robots.txt" in report.rejected[0].reason
            assert shop.product("1").url == f"{site.url}/p/1"
        assert "/private/2.jpg" not in site.asked


def test_progress_that_raises_stops_and_the_next_run_goes_on(shop: Shop, tmp_path: Path) -> None:
    path = feed(tmp_path / "goods", [(f"S{i}", "1", f"{i}.jpg") for i in range(importing.BATCH + 5)])

    def stop(stage: str, done: int, total: int | None) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_source(shop, path, progress=stop)
    assert shop.counts()["products"] == importing.BATCH
    with pytest.raises(KeyboardInterrupt):
        index(shop, progress=stop)
    kept = index(shop)
    assert (kept.embedded, kept.reused) == (0, 32)
    assert import_source(shop, path).added == 5
    assert index(shop).embedded == 5


KILLED = """
import sys
from shopsight.shop import open_shop
from shopsight.jobs.importing import import_source
with open_shop(sys.argv[1], engine="histogram", allow_hosts=[sys.argv[3]]) as shop:
    import_source(shop, sys.argv[2])
"""


def test_a_kill_loses_nothing_and_nothing_is_done_twice(tmp_path: Path) -> None:
    """kill -9 in the middle of a remote import: all is there once, and what was kept is not fetched again."""
    with Site() as site:
        count, gate = 120, threading.Event()
        table = "sku,title,image\n" + "".join(f"S{i},t,/{i}.jpg\n" for i in range(count))
        site.pages["/feed.csv"] = table.encode()
        for i in range(count):
            data = picture(i)
            late = i >= 70
            site.pages[f"/{i}.jpg"] = lambda data=data, late=late: (gate.wait(60) if late else None, (200, {}, data))[1]  # type: ignore[misc]
        folder = tmp_path / "shop"
        arguments = [sys.executable, "-c", KILLED, str(folder), f"{site.url}/feed.csv", site.host]
        process = subprocess.Popen(arguments, env={**os.environ, "OMP_NUM_THREADS": "1"})
        while "/72.jpg" not in site.asked and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
        gate.set()
        with open_shop(folder, engine="histogram", allow_hosts=[site.host]) as shop:
            kept = set(shop.catalogue.recall_origins(f"{site.url}/{i}.jpg" for i in range(count)))
            assert 60 <= len(kept) < count
            assert shop.counts()["products"] == 64
            index(shop)
            asked = len(site.asked)
            report = import_source(shop, f"{site.url}/feed.csv")
            assert (report.added, report.unchanged, report.rejected) == (count - 64, 64, ())
            assert {f"{site.url}{path}" for path in site.asked[asked:]} & kept == set()
            assert (shop.counts()["products"], shop.counts()["photos"]) == (count, count)
            assert [len(p.photos) for p in shop.browse(limit=count).products] == [1] * count
            files = [
                path for path in (folder / "photos").rglob("*") if path.is_file() and not path.name.startswith(".")
            ]
            assert len(files) == count
            seen = index(shop)
            assert (seen.embedded, seen.reused, seen.failed) == (count - 64, 64, ())


def test_a_full_disk_is_said_and_what_was_kept_stays(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = feed(tmp_path / "goods", [(f"S{i}", "1", f"{i}.jpg") for i in range(40)])
    real = os.fsync
    left = iter(range(50))

    def fills(handle: int) -> None:
        if next(left, None) is None:
            raise OSError(28, "No space left on device", "photos")
        real(handle)

    monkeypatch.setattr(os, "fsync", fills)
    with pytest.raises(NoRoom):
        import_source(shop, path)
    monkeypatch.undo()
    before = shop.counts()["products"]
    assert import_source(shop, path).unchanged == before
    assert shop.counts()["products"] == 40
    assert not list((shop.folder / "photos").rglob(".*"))


def test_two_imports_at_once_both_arrive_or_say_busy(tmp_path: Path) -> None:
    paths = [feed(tmp_path / name, [(f"{name}{i}", "1", f"{i}.jpg") for i in range(20)]) for name in "ab"]
    outcomes: list[object] = []

    def run(path: Path) -> None:
        with open_shop(tmp_path / "shop", engine="histogram") as shop:
            try:
                outcomes.append(import_source(shop, path).products)
            except Busy as busy:
                outcomes.append(busy)

    with open_shop(tmp_path / "shop", engine="histogram") as shop:
        shop.counts()
        threads = [threading.Thread(target=run, args=(path,)) for path in paths]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert shop.counts()["products"] == sum(o for o in outcomes if isinstance(o, int))
        assert 20 in outcomes


def test_an_engine_that_stumbles_over_one_photo_sees_the_rest(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = feed(tmp_path / "goods", [(f"S{i}", "1", f"{i}.jpg") for i in range(6)])
    import_source(shop, path)
    real = shop.engine.see

    def stumbles(photos: list[np.ndarray]) -> list[object]:
        if any(np.array_equal(p, stone) for p in photos):
            raise RuntimeError("odd photo")
        return real(photos)  # type: ignore[return-value]

    from shopsight.images.decode import decode

    stone = decode(shop.catalogue.photo_bytes(shop.product("S3").photos[0]))
    monkeypatch.setattr(shop.engine, "see", stumbles)
    report = index(shop)
    assert (report.embedded, [f.item for f in report.failed]) == (5, list(shop.product("S3").photos))
    monkeypatch.undo()
    assert index(shop).embedded == 1


@pytest.mark.data
def test_real_photos_come_in(shop: Shop, shared_data: Path, tmp_path: Path) -> None:
    real = shared_data / "fashion-products"
    goods = tmp_path / "goods"
    goods.mkdir()
    (goods / "images").symlink_to(real / "images")
    lines = (real / "styles.csv").read_text().splitlines()[:41]
    (goods / "styles.csv").write_text("\n".join(lines))
    report = import_source(shop, goods)
    # The link leads out of the feed's folder: nothing there is the feed's to name.
    assert report.products == 0
    assert len(report.rejected) == 40
    (goods / "images").unlink()
    (goods / "images").mkdir()
    for line in lines[1:]:
        name = f"{line.split(',')[0]}.jpg"
        (goods / "images" / name).write_bytes((real / "images" / name).read_bytes())
    report = import_source(shop, goods)
    assert (report.products, report.photos, report.rejected) == (40, 40, ())
    assert report.mapping["photos"] == "images/{id}.jpg"
    assert index(shop).embedded == 40
