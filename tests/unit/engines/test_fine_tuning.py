"""Fine-tuning: the tail that torch runs is the tail of the shipped graph; what is written is what was learnt."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra 'train' is not installed")
pytest.importorskip("onnx", reason="the extra 'train' is not installed")

import onnxruntime as ort
import torch

from shopsight.engines.embed.lite0 import square
from shopsight.engines.learn.fine_tuning import Trunk, fine_tune, predict
from shopsight.engines.record import SHIPPED
from shopsight.testing.embedding import draw_photo

PHOTOS = [draw_photo(seed, 80, 60) for seed in range(12)]


@pytest.fixture(scope="module")
def trunk() -> Trunk:
    return Trunk(1)


def test_the_tail_gives_what_the_shipped_net_gives(trunk: Trunk) -> None:
    """With the shipped category head on it, the tail's logits are the shipped ones."""
    import onnx
    from onnx import numpy_helper

    known = {i.name: numpy_helper.to_array(i) for i in onnx.load(SHIPPED / "shop-lite0.onnx").graph.initializer}
    tail = trunk.tail(19)
    with torch.no_grad():
        tail.head.weight.copy_(torch.from_numpy(known["net.category.weight"].copy()))
        tail.head.bias.copy_(torch.from_numpy(known["net.category.bias"].copy()))
    whole = ort.InferenceSession(SHIPPED / "shop-lite0.onnx", providers=["CPUExecutionProvider"])
    squares = np.stack([square(photo, trunk.side_px) for photo in PHOTOS[:3]])
    (expected,) = whole.run(["category"], {"photos": squares})
    np.testing.assert_allclose(predict(tail, trunk.look(PHOTOS[:3])), expected, atol=0.1)


def test_what_is_written_back_is_what_was_learnt(trunk: Trunk) -> None:
    """Two kinds of garment, told apart by brightness, are learnt; the file gives what the tail gave."""
    photos = [photo // 3 if n % 2 else photo for n, photo in enumerate(PHOTOS)]
    maps = np.stack([trunk.look(photos), trunk.look([photo[:, ::-1] for photo in photos])])
    classes = np.arange(len(photos)) % 2
    fold = np.array([0, 0, 1, 1, *[2] * 8])
    told: list[int] = []
    tuned = fine_tune(trunk, maps, classes, fold, 2, lambda done, epochs: told.append(done), epochs=6)
    assert told == [1, 2, 3, 4, 5, 6]
    assert tuned.logits.shape == (4, 2)
    net = ort.InferenceSession(tuned.model, providers=["CPUExecutionProvider"])
    squares = np.stack([square(photo, trunk.side_px) for photo in photos[:4]])
    (written,) = net.run(["labels"], {"photos": squares})
    np.testing.assert_allclose(written, tuned.logits, atol=0.05)
    assert tuned.history[-1]["loss"] < tuned.history[0]["loss"]
    assert len(tuned.model) < (SHIPPED / "shop-lite0.onnx").stat().st_size
