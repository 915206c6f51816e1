"""How fast the Fashion-MNIST network answers, in one thread: as shipped, beside the same network in torch."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from benchmarks.clock import take_turns
from benchmarks.sizes import Size
from benchmarks.tables import Table

OURS, PEER = "fashion-mnist", "the same network in torch"
BATCHES = (1, 256)


def measure(size: Size) -> list[Table]:
    from shopsight.engines import load
    from shopsight.testing.embedding import draw_photo

    engine, torch_call = load(OURS, threads=1), torch_network()
    rows = []
    for batch in BATCHES:
        pictures = np.random.default_rng(0).integers(0, 256, (batch, 28, 28)).astype(np.uint8)
        calls: dict[str, Callable[[], object]] = {
            OURS: partial(engine.scores, pictures),
            PEER: partial(torch_call, pictures),
        }
        ms = take_turns(calls, size.looks)
        rows.extend((f"{name}, {batch} at a time", t, 1000 * batch / t, ms[PEER] / t) for name, t in ms.items())
    photo = draw_photo(1, 512, 400)
    whole = take_turns({"a photo": partial(engine.recognise, [photo], "classify")}, size.looks)["a photo"]
    return [
        Table(
            "Fashion-MNIST: pictures of 28 x 28 named",
            "One thread, median. Both give the mean over a picture and its mirror image; torch runs the network as it "
            "was trained, in float32, without gradients.",
            ("network", "ms", "pictures/s", "times as fast as torch"),
            tuple(rows),
        ),
        Table(
            "Fashion-MNIST: a decoded photo of 400 x 512 px named, mask and shrinking included",
            "One thread, median.",
            ("what", "ms", "photos/s"),
            ((OURS, whole, 1000 / whole),),
        ),
    ]


def torch_network() -> Callable[[np.ndarray], object]:
    import torch

    from shopsight.engines.learn.fashion_mnist import Both, build

    torch.set_num_threads(1)
    # The values of the weights do not change the speed.
    network = Both(build("small-cnn"), mirror=True).eval()

    def call(pictures: np.ndarray) -> object:
        with torch.inference_mode():
            return network(torch.from_numpy(pictures))

    return call
