"""Shops on both databases: every test that asks for `shop` runs on SQLite and on a real PostgreSQL server."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from stock_room import Opener, new_database

from shopsight.catalogue.store import Catalogue


@pytest.fixture(scope="session")
def postgres() -> Iterator[Any]:
    """A PostgreSQL server of this test run's own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it wishes for a runtime folder that containers lack, and does without
        pgserver = pytest.importorskip("pgserver")
    # Not below pytest's own folder: every run closes that to other users, and the server is one when root tests.
    with TemporaryDirectory(prefix="shopsight-postgres-", ignore_cleanup_errors=True) as folder:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            server = pgserver.get_server(folder)
        for setting in ("fsync", "full_page_writes"):  # a test's server need not outlive a power cut
            server.psql(f"ALTER SYSTEM SET {setting} = off")
        server.psql("SELECT pg_reload_conf()")
        yield server
        server.cleanup()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database: "" for SQLite, or the URL of a new one on the server."""
    if request.param == "sqlite":
        return ""
    return new_database(request.getfixturevalue("postgres"))


@pytest.fixture
def open_shop(tmp_path: Path, database_url: str) -> Iterator[Opener]:
    """Opens the test's shop, as often as it likes: each is like another process."""
    opened: list[Catalogue] = []

    def open_it(**options: Any) -> Catalogue:
        opened.append(Catalogue.open(tmp_path / "shop", database_url, **options))
        return opened[-1]

    yield open_it
    for catalogue in opened:
        catalogue.close()


@pytest.fixture
def shop(open_shop: Opener) -> Catalogue:
    return open_shop()
