"""Fixtures of the web door's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from web_shop import LOCAL, Stall, stock

from shopsight.web import create_app


@pytest.fixture(scope="module")
def stall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stall]:
    """A small drawn shop; what a test changes in it, the module's later tests meet."""
    stall = stock(tmp_path_factory.mktemp("stall") / "shop", requests_per_minute=0)
    yield stall
    stall.shop.close()


@pytest.fixture(scope="module")
def client(stall: Stall) -> Iterator[TestClient]:
    """A person at the machine itself."""
    with TestClient(create_app(stall.shop), **LOCAL, raise_server_exceptions=False) as client:
        yield client
