"""How fast a photo is recognised, in one thread: shop.scene0 through every task beside SegFormer-B0 in torch."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from benchmarks.clock import take_turns
from benchmarks.sizes import Size
from benchmarks.tables import Table

OURS = "shop.scene0"
PEER = "SegFormer-B0 in torch, 512 px"
CASES = (("a street photo's shape", 600, 400), ("square", 512, 512))


def measure(size: Size) -> list[Table]:
    from shopsight.engines import load
    from shopsight.testing.recognising import draw_scene

    engine = load(OURS, threads=1)
    tables = []
    for words, height_px, width_px in CASES:
        photo = draw_scene(3, height_px, width_px)
        calls: dict[str, Callable[[], object]] = {PEER: segformer()}
        calls |= {f"{OURS}, the network alone": partial(engine.look, photo)}
        calls |= {f"{OURS}, {task}": partial(engine.recognise, [photo], task) for task in sorted(engine.tasks)}
        ms = take_turns(calls, size.looks)
        tables.append(
            Table(
                f"One photo recognised, {words} ({width_px} x {height_px} px)",
                "One thread, median; decoded photo in, findings with masks in the photo's own pixels out. SegFormer-B0 "
                "(transformers, 150 classes, random weights: the values do not change the speed) is its forward pass "
                "alone, on a tensor that is ready.",
                ("what", "ms", "times SegFormer-B0's time"),
                tuple((name, took, took / ms[PEER]) for name, took in ms.items()),
            )
        )
    return tables


def segformer() -> Callable[[], object]:
    import torch
    from transformers import SegformerConfig, SegformerForSemanticSegmentation

    torch.set_num_threads(1)
    torch.manual_seed(0)
    network = SegformerForSemanticSegmentation(SegformerConfig(num_labels=150)).eval()
    photo = torch.rand(1, 3, 512, 512)

    def call() -> object:
        with torch.inference_mode():
            return network(photo)

    return call
