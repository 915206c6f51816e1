"""The error tree: what its drawing says is what its classes do."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopsight import errors
from shopsight.errors import ShopsightError

LINE = re.compile(r"^[ │├└─]*([A-Z]\w+) .*?(\d{3})\s+(\d+)$", re.MULTILINE)


def kinds(root=ShopsightError):
    return [root, *(kind for child in root.__subclasses__() for kind in kinds(child))]


def test_the_drawing_in_the_docstring_names_every_error_with_its_numbers():
    drawn = {name: (int(web), int(leave)) for name, web, leave in LINE.findall(errors.__doc__)}
    real = {kind.__name__: (kind.web_status, kind.exit_code) for kind in kinds() if kind.__module__ == errors.__name__}
    assert drawn == real


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_an_error_says_item_reason_and_cure_on_one_line(kind):
    error = kind("dress.jpg", "it is empty", "Send it again.")
    assert str(error) == "dress.jpg: it is empty. Send it again."
    assert error.code == re.sub(r"(?<!^)([A-Z])", r"_\1", kind.__name__).lower()


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_exit_codes_leave_the_shell_its_own(kind):
    assert 0 < kind.exit_code < 64
    assert 400 <= kind.web_status < 600


@given(st.text(), st.text(), st.text())
def test_any_text_survives_in_an_error(item, reason, cure):
    error = ShopsightError(item, reason, cure)
    assert item in str(error)
    assert reason in error.message
    assert (error.item, error.reason, error.cure) == (item, reason, cure)
