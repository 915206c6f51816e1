"""A trained run becomes the engine's files.

    python training/lite0/export.py --run RUN --out src/shopsight/weights/shop-lite0.onnx

The graph takes `(N, S, S, 3) uint8` RGB and does its own preprocessing, so that weights and preprocessing cannot part.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import data
import torch
from network import Lite0, ShopNet
from torch import Tensor, nn


class Deployed(nn.Module):
    """`(N, S, S, 3) uint8` in; shape of length 1, category logits and mask 0-1 out."""

    def __init__(self, net: ShopNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, photos: Tensor) -> tuple[Tensor, ...]:
        x = (photos.permute(0, 3, 1, 2).float() - 127) / 128
        shape, category, mask = self.net(x)
        return shape, category, torch.sigmoid(mask)


def load_net(run: Path, average: bool = True) -> ShopNet:
    net = ShopNet(Lite0(), len(data.LABELS), len(data.KINDS))
    state = torch.load(run / "last.pt", weights_only=True)["average" if average else "net"]
    for name in ("general.weight", "general.bias"):  # principal directions, the largest first: a run may hold more
        state[name] = state[name][: net.GENERAL]
    net.load_state_dict(state)
    return net.eval()


def export(net: ShopNet, out: Path, side_px: int) -> None:
    torch.onnx.export(
        Deployed(net).eval(),
        (torch.zeros(2, side_px, side_px, 3, dtype=torch.uint8),),
        str(out),
        dynamo=True,
        dynamic_shapes=({0: torch.export.Dim.DYNAMIC},),
        external_data=False,
        input_names=["photos"],
        output_names=["shape", "category", "mask"],
        verbose=False,
    )


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--run", type=Path, required=True)
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--side-px", type=int, default=192)
    a = p.parse_args()
    export(load_net(a.run), a.out, a.side_px)
