"""A shop made step by step has the tables that the code expects, and an old or foreign one is told apart."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from stock_room import Opener, stock

from shopsight.catalogue import migrations, schema
from shopsight.catalogue.store import Catalogue
from shopsight.errors import BadInput, Damaged


def test_the_steps_lead_to_the_tables_of_the_code(shop: Catalogue) -> None:
    with shop._database.reading() as connection:
        options = {"include_name": lambda name, kind, _: kind != "table" or not name.startswith("words")}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, schema.metadata) == []


def test_the_newest_step_is_the_one_that_the_code_names() -> None:
    steps = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert steps.get_current_head() == schema.HEAD


def test_opening_again_runs_no_step(open_shop: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    stock(open_shop(), "A")
    monkeypatch.setattr(migrations, "upgrade", lambda connection: pytest.fail("a step was run again"))
    assert open_shop().counts()["products"] == 1


def test_a_shop_from_a_newer_program_is_refused(open_shop: Opener) -> None:
    with open_shop()._database.writing() as writing:
        writing.connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Damaged, match="newer"):
        open_shop()


@pytest.mark.parametrize("url", ["mysql://localhost/shop", "sqlite:///elsewhere.db", "nonsense"])
def test_other_databases_are_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(BadInput, match="PostgreSQL"):
        Catalogue.open(tmp_path, url)
