"""`shopsight events`, `kpis` and `factors`: one document with --json, tables for people, bad input in one line."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from web_shop import stock

from shopsight.cli.app import run
from shopsight.images.decode import encode
from shopsight.insight.factors import FACTORS

LOG = """time,event,sku,visitor
2026-03-02 12:00,impression,A,u1
2026-03-02 12:01,click,A,u1
2026-03-02 12:02,view,A,u1
2026-03-03 12:02,view,A,u1
2026-03-04 12:02,view,A,u1
oops,view,A,u1
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    stall = stock(tmp_path_factory.mktemp("cli") / "shop", most=2)
    folder = stall.shop.folder
    (folder / "photo.jpg").write_bytes(encode(stall.drawn[stall.skus[0]][0]))
    stall.shop.close()
    return folder


def ask(capsys, *arguments: object) -> dict:
    assert run([*map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_events_come_in_and_kpis_come_out(capsys, shop: Path):
    (shop / "log.csv").write_text(LOG)
    report = ask(capsys, "events", "import", shop / "log.csv", "--zone", "Europe/Berlin", "--shop", shop)
    assert (report["added"], len(report["rejected"])) == (5, 1)
    assert report["mapping"] == {"at": "time", "kind": "event", "sku": "sku", "visitor": "visitor"}
    kpis = {one["kpi"]: one for one in ask(capsys, "kpis", "--shop", shop)["kpis"]}
    assert kpis["traffic"]["estimate"]["kind"] == "estimated from logs"
    assert kpis["click_through"]["counted"] == [1, 1]
    assert "return" not in kpis
    (source,) = ask(capsys, "events", "sources", "--shop", shop)["sources"]
    assert source == {"source": "file log.csv", "added": 5, "duplicates": 0, "bots": 0}


def test_people_are_shown_tables(capsys, shop: Path):
    (shop / "days.csv").write_text("date,impressions,clicks\n2026-04-01,100,5\n2026-04-02,100,7\n")
    assert run(["events", "import", str(shop / "days.csv"), "--daily", "--shop", str(shop)]) == 0
    assert "2 daily rows" in capsys.readouterr().out
    assert run(["kpis", "--days", "2", "--shop", str(shop)]) == 0
    said = capsys.readouterr().out
    assert "6.00%" in said
    assert "no proof of a cause" in said


def test_factors_of_files_and_of_the_shop(capsys, shop: Path):
    (shop / "broken.jpg").write_bytes(b"no picture")
    found = ask(capsys, "factors", shop / "photo.jpg", shop / "broken.jpg", "--shop", shop)
    assert set(found["factors"]) == set(FACTORS) == set(found["photos"][0]["factors"])
    assert len(found["rejected"]) == 1
    told = ask(capsys, "factors", "--catalogue", "--advice", "--csv", shop / "table.csv", "--shop", shop)
    with (shop / "table.csv").open(newline="") as table:
        rows = list(csv.DictReader(table))
    assert len(rows) == len(told["photos"]) >= 2
    assert float(rows[0]["brightness"]) == pytest.approx(told["photos"][0]["factors"]["brightness"], rel=1e-3)
    assert isinstance(told["advice"], list)
    assert run(["factors", str(shop / "photo.jpg"), "--shop", str(shop)]) == 0
    assert "colourfulness" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["factors"], 2),
        (["factors", "none.jpg"], 2),
        (["kpis", "--shop", "nowhere"], 3),
        (["events", "import", "none.csv"], 3),
    ],
)
def test_bad_input_is_one_line_and_an_exit_code(capsys, tmp_path, monkeypatch, arguments, code):
    monkeypatch.chdir(tmp_path)
    assert run(arguments) == code
    assert "Traceback" not in capsys.readouterr().err
