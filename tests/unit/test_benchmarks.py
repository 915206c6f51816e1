"""The benchmarks run, and what they write replaces only what they wrote before."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_a_section_runs_and_prints_its_tables() -> None:
    pytest.importorskip("faiss", reason="the extra 'dev' is not installed")
    command = [sys.executable, "-m", "benchmarks", "--tiny", "--only", "neighbours"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "### Exact search against faiss IndexFlatIP, 2 threads" in ended.stdout
    assert "| 5,000 clumped |" in ended.stdout


def test_results_keep_what_people_wrote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT))
    from benchmarks import __main__ as bench
    from benchmarks.tables import Table

    monkeypatch.setattr(bench, "RESULTS", tmp_path / "RESULTS.md")
    bench.RESULTS.write_text(f"Before.\n\n{bench.START}\nold\n{bench.END}\n\nAfter.\n")
    one = Table("Speed", "How.", ("what", "ms"), (("a", 1.5),))
    two = Table("Speed", "How.", ("what", "ms"), (("b", 12345.6),))
    bench.write_results(bench.merged([one], [two]))
    bench.write_results(bench.merged([one], [two]))
    written = bench.RESULTS.read_text()
    assert written.startswith("Before.\n")
    assert written.endswith("After.\n")
    assert "old" not in written
    assert written.count("| a | 1.5 |\n| b | 12,346 |") == 1
