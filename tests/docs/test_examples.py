"""What the documents show is run: docstring examples, the README, the Python in docs/, the files in examples/."""

import doctest
import importlib
import os
import pkgutil
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import shopsight

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/*.md")])
BLOCK = re.compile(r"^```(console|python)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LOOSE = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
MODULES = sorted(
    m.name
    for m in pkgutil.walk_packages(shopsight.__path__, "shopsight.")
    if not m.name.endswith(("__main__", "migrations.env"))
)
OPTIONAL = ("torch", "transformers", "huggingface_hub", "pillow_heif", "psycopg", "pyspark")


@pytest.mark.parametrize("name", [name for name in MODULES if ".migrations." not in name])
def test_the_examples_in_docstrings_are_true(name):
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as missing:
        if missing.name in OPTIONAL:
            pytest.skip(f"{missing.name} is not installed")
        raise
    outcome = doctest.testmod(module, optionflags=LOOSE)
    assert outcome.failed == 0


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    """Somebody in an empty folder with the examples beside them and `shopsight` on the path."""
    folder = tmp_path_factory.mktemp("stranger")
    shutil.copytree(ROOT / "examples", folder / "examples")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    knobs = {name: value for name, value in os.environ.items() if not name.startswith("SHOPSIGHT_")}
    environment = {**knobs, "PATH": path, "COLUMNS": "140", "PYTHONWARNINGS": "default"}

    def run(command: list[str] | str) -> str:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            shell=isinstance(command, str),
            capture_output=True,
            text=True,
            timeout=800,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    run("shopsight import examples/feed/products.csv")
    return run


def steps(text: str) -> list[tuple[str, str]]:
    """The commands of a console block, each with the output it promises."""
    parts = re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]
    return [(part.partition("\n")[0], part.partition("\n")[2]) for part in parts]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_shows_happens(page, stranger):
    blocks = BLOCK.findall(page.read_text("utf-8"))
    if not blocks:
        return
    checker = doctest.OutputChecker()
    for kind, text in blocks:
        if kind == "python":
            stranger([sys.executable, "-c", text])
        else:
            for command, promised in steps(text):
                got = stranger(command)
                assert checker.check_output(promised, got, LOOSE), f"$ {command}\nshown:\n{promised}\ngot:\n{got}"


@pytest.mark.parametrize("example", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.name)
def test_an_example_runs(example, stranger):
    assert stranger([sys.executable, f"examples/{example.name}"]).strip()
