"""Runs every section in a process of its own, with its own number of threads, and gathers the tables.

python -m benchmarks [--quick] [--only NAME ...] [--work FOLDER]
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.clock import machine
from benchmarks.sizes import SIZES, Size
from benchmarks.tables import Table, keep, markdown, recall

RESULTS = Path(__file__).parent / "RESULTS.md"
SECTIONS = (
    "embedding",
    "recognising",
    "fashion_mnist",
    "neighbours",
    "rules",
    "queries",
    "importing",
    "serving",
    "events",
    "factors",
)
THREAD_KNOBS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
MEASURED_WITH = ("numpy", "onnxruntime", "torch", "transformers", "faiss-cpu")
START, END = "<!-- measured tables: written by python -m benchmarks -->", "<!-- end of measured tables -->"


def main() -> None:
    asked = parse()
    if asked.section:
        keep(import_module(f"benchmarks.{asked.section}").measure(SIZES[asked.size]), asked.out)
        return
    with TemporaryDirectory() as room:
        tables = run_sections(asked, Path(room))
    if asked.size == "full" and not asked.only and not asked.print_only:
        write_results(tables)
        print(f"written: {RESULTS.name}")


def parse() -> argparse.Namespace:
    p = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    p.add_argument("--quick", dest="size", action="store_const", const="quick", default="full", help="about a minute")
    p.add_argument("--tiny", dest="size", action="store_const", const="tiny", help="only shows that everything runs")
    p.add_argument(
        "--million",
        dest="size",
        action="store_const",
        const="million",
        help="a shop of a million too; ten minutes more",
    )
    p.add_argument("--only", nargs="+", choices=SECTIONS, help="these sections; prints, does not write")
    p.add_argument("--print-only", action="store_true", help="do not write RESULTS.md")
    p.add_argument("--work", type=Path, help="keep the synthetic shops here, for the next run")
    p.add_argument("--section", choices=SECTIONS, help=argparse.SUPPRESS)
    p.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    return p.parse_args()


def run_sections(asked: argparse.Namespace, room: Path) -> list[Table]:
    work = (asked.work or room / "work").resolve()
    work.mkdir(parents=True, exist_ok=True)
    tables: list[Table] = []
    for section in asked.only or SECTIONS:
        for surroundings in surroundings_of(section, SIZES[asked.size]):
            found = run(section, asked.size, room / "tables.json", {**surroundings, "BENCH_WORK": str(work)})
            print("\n".join(markdown(table) for table in found), flush=True)
            tables = merged(tables, found)
    return tables


def surroundings_of(section: str, size: Size) -> list[dict[str, str]]:
    """The environments in which a section is run, one after the other."""
    if section in ("embedding", "recognising", "fashion_mnist", "factors"):
        return [dict.fromkeys(THREAD_KNOBS, "1")]
    if section == "neighbours":
        return [dict.fromkeys(THREAD_KNOBS, threads) for threads in ("1", "2")]
    if section == "queries":
        return [{"BENCH_PRODUCTS": str(products)} for products in size.shops]
    return [{}]


def run(section: str, size: str, out: Path, surroundings: dict[str, str]) -> list[Table]:
    flags = [] if size == "full" else [f"--{size}"]
    command = [sys.executable, "-m", "benchmarks", "--section", section, "--out", str(out), *flags]
    clean = {key: value for key, value in os.environ.items() if key not in THREAD_KNOBS}
    subprocess.run(command, env=clean | surroundings, cwd=Path(__file__).parents[1], check=True)
    return recall(out)


def merged(tables: list[Table], found: list[Table]) -> list[Table]:
    """Tables of one title become one: each process of a section gives a row or more."""
    for new in found:
        old = next((table for table in tables if table.title == new.title), None)
        if old is None:
            tables = [*tables, new]
        else:
            both = Table(old.title, old.note, old.columns, old.rows + new.rows)
            tables = [both if table is old else table for table in tables]
    return tables


def write_results(tables: list[Table]) -> None:
    """Between its marks only: what people wrote around them stays."""
    libraries = ", ".join(f"{name} {version(name)}" for name in MEASURED_WITH)
    about = f"Command: `python -m benchmarks`. Machine: {machine()}. Python {platform.python_version()}, {libraries}.\n"
    middle = "\n".join([START, "", about, *(markdown(table) for table in tables), END])
    before, _, rest = RESULTS.read_text("utf-8").partition(START)
    _, _, after = rest.partition(END)
    RESULTS.write_text(before + middle + (after or "\n"), "utf-8")


if __name__ == "__main__":
    main()
