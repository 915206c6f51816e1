"""A flag beats the environment, which beats `shopsight.toml`, which beats the default."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from shopsight.settings import Settings


@pytest.fixture(autouse=True)
def _alone(tmp_path, monkeypatch):
    """No knob of the machine that runs the tests reaches them."""
    import os

    for name in [name for name in os.environ if name.startswith("SHOPSIGHT_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_the_order_of_who_says_what(tmp_path, monkeypatch):
    assert Settings().shop == Path("shop")
    Path("shopsight.toml").write_text('shop = "from-file"\nport = 8100\n')
    assert Settings().shop == Path("from-file")
    monkeypatch.setenv("SHOPSIGHT_SHOP", "from-environment")
    assert Settings().shop == Path("from-environment")
    assert Settings(shop=Path("from-flag")).shop == Path("from-flag")
    assert Settings().port == 8100


@pytest.mark.parametrize(
    ("name", "value"),
    [("port", "70000"), ("max_photo_bytes", "0"), ("max_photo_pixels", "-1"), ("threads", "many"), ("shop_port", "")],
)
def test_a_senseless_value_is_refused(name, value, monkeypatch):
    monkeypatch.setenv(f"SHOPSIGHT_{name.upper()}", value)
    if name not in Settings.model_fields:
        Settings()  # what is not ours is none of our business
    else:
        with pytest.raises(ValidationError, match=name):
            Settings()


def test_the_key_is_not_shown_when_settings_are_printed(monkeypatch):
    monkeypatch.setenv("SHOPSIGHT_API_KEY", "open sesame")
    assert "open sesame" not in repr(Settings()) + str(Settings())
    assert Settings().api_key.get_secret_value() == "open sesame"


def test_every_knob_says_what_it_is_for():
    assert [name for name, knob in Settings.model_fields.items() if not knob.description] == []
