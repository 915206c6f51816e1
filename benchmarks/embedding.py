"""How fast photos are looked at, in one thread: shop.lite0 beside the networks that others would run in torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.clock import take_turns
from benchmarks.sizes import Size
from benchmarks.tables import Table

OURS = ("shop.lite0", "shop.lite0-int8")
VIT = "ViT-B/32 in torch"
SAME = "the same network in torch"
TRUNK = "its trunk alone, Lite0, in torch"
BATCHES = (1, 8)


def measure(size: Size) -> list[Table]:
    from shopsight.engines import load
    from shopsight.engines.store import is_here
    from shopsight.testing.embedding import draw_photo

    engines = {name: load(name, threads=1) for name in OURS if is_here(name)} | {"histogram": load("histogram")}
    photos = [draw_photo(seed, 512, 400) for seed in range(max(BATCHES))]
    tables = []
    for batch in BATCHES:
        networks = {name: session_call(name, batch) for name in OURS if name in engines} | torch_calls(batch)
        tables.append(network_table(networks, batch, size))
    looks: dict[str, Callable[[], object]] = {n: (lambda e=e: e.see(photos[:1])) for n, e in engines.items()}
    return [*tables, look_table(looks, size)]


def network_table(networks: dict[str, Callable[[], object]], batch: int, size: Size) -> Table:
    ms = {name: took / batch for name, took in take_turns(networks, size.looks).items()}
    rows = tuple((name, t, 1000 / t, ms[VIT] / t, ms[SAME] / t) for name, t in ms.items())
    return Table(
        f"Networks alone, {batch} photo{'s' * (batch > 1)} at a time",
        "One thread, median. ViT-B/32 is FashionCLIP's photo tower (transformers, 224 px, random weights: the values "
        "do not change the speed). The same network in torch is what shop.lite0 was exported from. All photos are "
        "ready as tensors.",
        ("network", "ms per photo", "photos/s", "times as fast as ViT-B/32", "times as fast as the same in torch"),
        rows,
    )


def look_table(looks: dict[str, Callable[[], object]], size: Size) -> Table:
    ms = take_turns(looks, size.looks)
    return Table(
        "A whole look: decoded photo in, vector, category, colours, pattern and box out",
        "One thread, one photo of 400 x 512 px, median.",
        ("engine", "ms per photo", "photos/s"),
        tuple((name, t, 1000 / t) for name, t in ms.items()),
    )


def session_call(name: str, batch: int) -> Callable[[], object]:
    """Runs the network of shipped weights alone, on pixels of the size it takes."""
    import onnxruntime

    from shopsight.engines import KNOWN
    from shopsight.engines.store import weight_path

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    path = str(weight_path(KNOWN[name]))
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    given = session.get_inputs()[0]
    shape = [side if isinstance(side, int) else 192 for side in given.shape[1:]]
    kind = np.uint8 if "uint8" in given.type else np.float32
    photos = np.random.default_rng(0).integers(0, 255, (batch, *shape)).astype(kind)
    return lambda: session.run(None, {given.name: photos})


def torch_calls(batch: int) -> dict[str, Callable[[], object]]:
    import torch
    from training.lite0.network import Lite0, ShopNet
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    torch.set_num_threads(1)
    torch.manual_seed(0)
    vit = CLIPVisionModelWithProjection(CLIPVisionConfig(patch_size=32, image_size=224)).eval()
    same = ShopNet(Lite0(), labels=16, kinds=8).eval().to(memory_format=torch.channels_last)
    large, small = torch.rand(batch, 3, 224, 224), torch.rand(batch, 3, 192, 192)
    small = small.contiguous(memory_format=torch.channels_last)

    def run(network: Any, *given: Any) -> Callable[[], object]:
        def call() -> object:
            with torch.inference_mode():
                return network(*given)

        return call

    return {VIT: run(vit, large), SAME: run(same, small), TRUNK: run(same.trunk.pooled, small)}
