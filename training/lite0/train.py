"""Fine-tune the trunk and its heads.

    python training/lite0/train.py --data DATA --out RUN [--split sender|random] [--epochs 12] [--device cpu]

`DATA` holds `clothing/` and `ccp/`. A step sees each photo twice, under two cameras, lights and grounds; the loss:
  category      cross-entropy, smoothed
  kind          cross-entropy on the finer names of worn garments (sandals, heels, boots, ...)
  same product  NT-Xent (Chen et al. 2020): the two views of a photo find each other among all views of the step
  mask          binary cross-entropy against the garment masks
Only the garment tail and the heads learn; the trunk, the general tail and all batch statistics stay as ImageNet left
them. Weights are averaged over steps. A checkpoint is written each epoch; `--resume` goes on from it. Two quiet cores
need about 2 minutes an epoch.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import data
import numpy as np
import torch
import torch.nn.functional as F
from masks import main as make_masks
from network import Lite0, ShopNet, imagenet_trunk
from torch import Tensor

SIDE_PX = 192
TEMPERATURE = 0.1


def to_tensor(batch: np.ndarray, device: str = "cpu") -> Tensor:
    """`(N, S, S, 3) uint8` to the trunk's `(N, 3, S, S) float32` about -1..1."""
    x = torch.from_numpy(batch).to(device).permute(0, 3, 1, 2)
    return ((x.float() - 127) / 128).contiguous(memory_format=torch.channels_last)


def squashed(items: list[data.Item], side_px: int) -> np.ndarray:
    return np.stack([cv2.resize(i.pixels, (side_px, side_px), interpolation=cv2.INTER_AREA) for i in items])


@torch.inference_mode()
def pooled_by(trunk: Lite0, items: list[data.Item], device: str) -> Tensor:
    """What the untouched trunk sees in each photo: `(N, 1280)` of length 1."""
    found = []
    for start in range(0, len(items), 64):
        found.append(trunk.pooled(to_tensor(squashed(items[start : start + 64], SIDE_PX), device)).float())
    return F.normalize(torch.cat(found), dim=1)


def start_general(net: ShopNet, trunk: Lite0, items: list[data.Item], device: str) -> None:
    """The general directions are the principal ones of the untouched trunk's features; they are never trained."""
    features = pooled_by(trunk, items, device)
    mean = features.mean(0)
    _, _, directions = torch.pca_lowrank(features - mean, q=net.general.out_features, center=False, niter=6)
    with torch.no_grad():
        net.general.weight.copy_(directions.T)
        net.general.bias.copy_(-(directions.T @ mean))


def freeze(net: ShopNet) -> None:
    """The trunk and the general directions stand still; so do all batch statistics."""
    net.train()
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eval()
    for part in (net.trunk, net.general):
        for p in part.parameters():
            p.requires_grad_(False)


def views(
    items: list[data.Item], grounds: list[data.Item], chosen: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    pictures, masks = [], []
    for turn in range(2):
        for i in chosen:
            rng = np.random.default_rng((seed, turn, int(i)))
            picture, mask = data.view(items[i], grounds, SIDE_PX, rng)
            pictures.append(picture)
            masks.append(mask)
    return np.stack(pictures), np.stack(masks)


def losses(
    net: ShopNet, x: Tensor, masks: Tensor, labels: Tensor, kinds: Tensor, weights: dict[str, float]
) -> dict[str, Tensor]:
    with torch.no_grad():
        maps = net.shared(x)
    garment, pooled, mask = net.garment_tail(maps)
    category, kind = net.category(net.dropout(pooled)), net.kind(net.dropout(pooled))
    n = len(labels)
    itself = torch.eye(2 * n, dtype=torch.bool, device=x.device)
    partner = torch.arange(2 * n, device=x.device).roll(n)
    cos = (garment @ garment.T / TEMPERATURE).masked_fill(itself, -1e4)
    known = kinds.repeat(2) >= 0
    parts = {
        "category": F.cross_entropy(category, labels.repeat(2), label_smoothing=0.1),
        "kind": F.cross_entropy(kind[known], kinds.repeat(2)[known]) if known.any() else category.sum() * 0,
        "same": F.cross_entropy(cos, partner),
        "mask": F.binary_cross_entropy_with_logits(mask, masks),
    }
    parts["total"] = sum(weights[k] * v for k, v in parts.items())  # type: ignore[assignment]
    parts["accuracy"] = (category.argmax(1) == labels.repeat(2)).float().mean()
    return parts


@torch.inference_mode()
def predict(net: ShopNet, items: list[data.Item], device: str, side_px: int = SIDE_PX) -> np.ndarray:
    net.eval()
    out = [
        net(to_tensor(squashed(items[s : s + 64], side_px), device))[1].float().cpu().numpy()
        for s in range(0, len(items), 64)
    ]
    return np.concatenate(out)


def main_accuracy(logits: np.ndarray, items: list[data.Item]) -> float:
    """Top-1 on the ten main classes, the answer being one of the ten."""
    labels = np.array([i.label for i in items])
    main = labels < len(data.MAIN)
    return float((logits[main][:, : len(data.MAIN)].argmax(1) == labels[main]).mean())


def train(args: argparse.Namespace) -> None:
    torch.manual_seed(args.seed)
    cv2.setNumThreads(1)
    out: Path = args.out
    out.mkdir(parents=True, exist_ok=True)
    masks_file = out.parent / "masks.npz"
    if not masks_file.exists():
        make_masks(args.data / "clothing", masks_file)
    photos = data.clothing(args.data / "clothing", masks_file)
    held = data.held_out(photos)
    if args.split == "random":
        held = np.random.default_rng(0).permutation(held)
    if args.split == "none":
        held = np.zeros(len(photos), bool)
    learn = [p for p, h in zip(photos, held, strict=True) if not h]
    test = [p for p, h in zip(photos, held, strict=True) if h]
    worn = data.worn(args.data / "ccp") if args.worn else []
    items = learn + worn
    trunk = imagenet_trunk().eval().to(args.device, memory_format=torch.channels_last)
    net = ShopNet(trunk, len(data.LABELS), len(data.KINDS)).to(args.device, memory_format=torch.channels_last)
    start_general(net, trunk, items, args.device)
    freeze(net)
    average = copy.deepcopy(net)
    body = [*net.blocks.parameters(), *net.head.parameters()]
    heads = [p for part in (net.garment, net.category, net.kind, net.mask) for p in part.parameters()]
    optimiser = torch.optim.AdamW(
        [{"params": body, "lr": args.lr}, {"params": heads, "lr": 4 * args.lr}], weight_decay=0.03
    )
    peak = [g["lr"] for g in optimiser.param_groups]
    per_epoch = len(learn) + min(len(worn), args.worn)
    steps = per_epoch // args.batch
    total = steps * args.epochs
    weights = {"category": 1.0, "kind": 0.3, "same": args.same, "mask": 0.5}
    first = 0
    if args.resume and (out / "last.pt").exists():
        state = torch.load(out / "last.pt", weights_only=True)
        net.load_state_dict(state["net"]), average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        first = state["epoch"]
    labels = torch.tensor([i.label for i in items], device=args.device)
    kinds = torch.tensor([i.kind for i in items], device=args.device)
    print(
        f"{len(learn)} photos + {len(worn)} worn crops to learn from, {len(test)} held out, {steps} steps an epoch",
        flush=True,
    )
    with ThreadPoolExecutor(args.workers) as pool:
        for epoch in range(first, args.epochs):
            freeze(net)
            rng = np.random.default_rng((args.seed, epoch))
            extra = rng.choice(len(worn), min(len(worn), args.worn), replace=False) + len(learn)
            order = rng.permutation(np.concatenate([np.arange(len(learn)), extra]))
            batches = [order[s * args.batch : (s + 1) * args.batch] for s in range(steps)]
            ahead = args.workers + 2
            queue = [pool.submit(views, items, photos, b, epoch * 100_000 + k) for k, b in enumerate(batches[:ahead])]
            began, seen = time.time(), {}
            for k, chosen in enumerate(batches):
                pictures, masks = queue.pop(0).result()
                if k + ahead < steps:
                    queue.append(pool.submit(views, items, photos, batches[k + ahead], epoch * 100_000 + k + ahead))
                step = epoch * steps + k
                rate = min(1.0, step / (0.5 * steps)) * 0.5 * (1 + math.cos(math.pi * step / total))
                for group, top in zip(optimiser.param_groups, peak, strict=True):
                    group["lr"] = top * max(rate, 0.01)
                at = torch.from_numpy(chosen).to(args.device)
                parts = losses(
                    net,
                    to_tensor(pictures, args.device),
                    torch.from_numpy(masks).to(args.device),
                    labels[at],
                    kinds[at],
                    weights,
                )
                optimiser.zero_grad()
                parts["total"].backward()
                torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
                optimiser.step()
                keep = min(0.998, (step + 1) / (step + 10))
                with torch.no_grad():
                    for a, b in zip(average.parameters(), net.parameters(), strict=True):
                        a.lerp_(b, 1 - keep)
                for name, value in parts.items():
                    seen[name] = seen.get(name, 0.0) + float(value.detach()) / steps
                if k % 20 == 19:
                    speed = (k + 1) * 2 * args.batch / (time.time() - began)
                    left = (total - step) * (time.time() - began) / (k + 1) / 60
                    print(f"  {k + 1}/{steps}  {speed:.0f} images/s  {left:.0f} min left", flush=True)
            line = {
                "epoch": epoch + 1,
                **{k: round(v, 4) for k, v in seen.items()},
                "minutes": round((time.time() - began) / 60, 2),
            }
            if test:
                line["held_main_top1"] = round(main_accuracy(predict(average, test, args.device), test), 4)
            print(json.dumps(line), flush=True)
            with (out / "history.jsonl").open("a") as f:
                f.write(json.dumps(line) + "\n")
            state = {
                "net": net.state_dict(),
                "average": average.state_dict(),
                "optimiser": optimiser.state_dict(),
                "epoch": epoch + 1,
            }
            torch.save(state, out / "new.pt")
            (out / "new.pt").rename(out / "last.pt")


def arguments() -> argparse.Namespace:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", type=Path, required=True)
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--split", choices=["sender", "random", "none"], default="sender")
    p.add_argument("--epochs", type=int, default=12)
    p.add_argument("--batch", type=int, default=32, help="photos a step; each gives two views")
    p.add_argument("--worn", type=int, default=1000, help="worn crops an epoch")
    p.add_argument("--lr", type=float, default=6e-4)
    p.add_argument("--same", type=float, default=0.3)
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--workers", type=int, default=2)
    p.add_argument("--device", default="cpu")
    p.add_argument("--resume", action="store_true")
    return p.parse_args()


if __name__ == "__main__":
    train(arguments())
