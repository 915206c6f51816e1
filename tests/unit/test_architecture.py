"""The house keeps its shape: arrows, names, and what an import may cost."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "shopsight"
FILES = sorted(SOURCE.rglob("*.py"))
HEAVY = {"numpy", "scipy", "PIL", "cv2", "onnxruntime", "torch", "transformers", "sqlalchemy", "fastapi", "httpx"}
VAGUE = {"utils", "util", "helpers", "helper", "common", "core", "manager", "base", "misc"}


def test_arrows_between_the_rooms_go_one_way():
    found = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert found.returncode == 0, found.stdout + found.stderr


def heavy_after(statement: str) -> set[str]:
    """Which heavy libraries a fresh interpreter holds after a statement; counted, since clocks lie on busy machines."""
    script = f"import sys\n{statement}\nprint('\\n'.join(sys.modules))"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in found.stdout.splitlines()} & HEAVY


def test_importing_the_package_loads_nothing_heavy():
    assert heavy_after("import shopsight") == set()


def test_asking_the_command_line_for_help_loads_nothing_heavy():
    ask = "import io; from contextlib import redirect_stdout\nfrom shopsight.cli.app import run\n"
    ask += "with redirect_stdout(io.StringIO()):\n    assert run(['--help']) == 0 and run(['find', '--help']) == 0"
    assert heavy_after(ask) == set()


def test_opening_a_shop_loads_no_engine(tmp_path):
    loaded = heavy_after(f"import shopsight; shopsight.open_shop({str(tmp_path)!r}).counts()")
    assert loaded & {"onnxruntime", "torch", "transformers", "fastapi"} == set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_no_file_has_a_name_that_says_nothing(path):
    assert not VAGUE & set(path.relative_to(SOURCE).with_suffix("").parts)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_every_module_says_in_a_docstring_what_it_is_for(path):
    tree = ast.parse(path.read_text("utf-8"))
    assert ast.get_docstring(tree) or not tree.body


def test_heavy_libraries_are_named_in_the_engines_room_only():
    allowed = SOURCE / "engines"
    for path in FILES:
        if allowed not in path.parents:
            tree = ast.parse(path.read_text("utf-8"))
            named = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
            named |= {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
            assert not {name.partition(".")[0] for name in named} & {"onnxruntime", "torch", "transformers"}, path
