"""What every test may ask for."""

from __future__ import annotations

import os
from pathlib import Path

# Two busy cores and several test processes: a thread pool each would make everything crawl.
for knob in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(knob, "1")

import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402

# How long an example takes says how busy the machine is, nothing else.
settings.register_profile("shopsight", deadline=None, max_examples=50)
settings.load_profile("shopsight")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with real measuring data; tests that need it skip, and are counted, where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("measuring data is not beside this checkout")
    return SHARED_DATA
