"""The API asked at random from its own description: never a fault of the server, always the described answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance
from web_shop import stock

from shopsight.web import create_app

CHECKS = [not_a_server_error, status_code_conformance, response_schema_conformance]
QUICK = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BaseSchema]:
    folder = tmp_path_factory.mktemp("fuzz") / "shop"
    stall = stock(folder, every=1, most=3, requests_per_minute=0, max_photo_bytes=2_000_000, api_key="fuzz")
    app = create_app(stall.shop)
    yield schemathesis.openapi.from_asgi("/api/v1/openapi.json", app)
    app.state.door.close()
    stall.shop.close()


def ask_at_random(operation: schemathesis.schemas.APIOperation) -> None:
    @QUICK
    @given(case=operation.as_strategy())
    def ask(case: schemathesis.Case) -> None:
        # Folders of this machine and addresses of the web are no playground: imports are asked without either.
        if case.operation.path == "/api/v1/imports" and isinstance(case.body, dict):
            case.body.pop("folder", None)
            case.body.pop("url", None)
        case.call_and_validate(headers={"X-API-Key": "fuzz"}, checks=CHECKS)

    ask()


def test_never_fails_and_answers_as_described(described: BaseSchema) -> None:
    wrong, asked = [], 0
    for found in described.get_all_operations():
        operation = found.ok()
        asked += 1
        try:
            ask_at_random(operation)
        except Exception as error:
            wrong.append(f"{operation.label}: {error}"[:600])
    assert not wrong, "\n\n".join(wrong)
    assert asked >= 50
