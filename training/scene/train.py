"""Teach the scene network.

    python -m training.scene.train --data DATA --out RUN [--steps 2300] [--minutes 40] [--resume]

`DATA` holds `clothing/` and `ccp/`. A step sees street photos, flat-lay photos and composed scenes side by side. Loss:
  groups   cross-entropy against each cell's shares of groups, rare groups weighted up a little
  centres  the penalty-reduced focal loss of CenterNet (Zhou et al. 2019)
  ways     absolute error of the way from each cell to its thing's centre, small things as heavy as large ones
The stem, the first blocks and the trunk's batch statistics stay as ImageNet left them. Weights are averaged over steps.
A checkpoint is written every 50 steps, and `--resume` goes on from it. `--minutes` ends the run in time on a busy
machine: the learning rate then falls with the clock where the clock is ahead of the steps, and no two runs are alike.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from training.lite0.masks import main as make_masks
from training.lite0.network import imagenet_trunk
from training.scene.compose import compose
from training.scene.network import FROZEN, SceneNet
from training.scene.photos import GROUPS, CutOut, Scene, cut_outs, lying, read_masks, street, worn_cut_outs
from training.scene.targets import aims, look

SHAPES = ((320, 224), (320, 224), (256, 288), (224, 320))
"""Height and width of a step's pictures, by turns."""
STREET, LYING, COMPOSED = 8, 2, 6
"""Pictures of each sort in a step."""
RARE = ("shorts", "legwear", "bag", "hat", "scarf", "skirt")
CHECK = 50


@dataclass
class Material:
    street: list[Scene]
    chance: np.ndarray
    lying: list[Scene]
    cuts: list[CutOut]
    cut_chance: np.ndarray


def gather(folder: Path, masks: Path) -> Material:
    """All that may be learnt from; the held-out photos are left out."""
    walked = street(folder / "ccp", held=False)
    flat = cut_outs(folder / "clothing", read_masks(masks), held=False)
    cuts = [*flat, *worn_cut_outs(walked)]
    chance = np.array([1.0 + 0.5 * len({GROUPS[g] for g in s.of} & set(RARE)) for s in walked])
    counts = np.bincount([c.group for c in cuts], minlength=len(GROUPS))
    cut_chance = np.array([counts[c.group] ** -0.5 for c in cuts])
    return Material(walked, chance / chance.sum(), lying(flat), cuts, cut_chance / cut_chance.sum())


def batch(material: Material, seed: int, step: int) -> tuple[np.ndarray, ...]:
    """Pictures `(N, H, W, 3) uint8` and their aims."""
    rng = np.random.default_rng((seed, step))
    high, wide = SHAPES[step % len(SHAPES)]
    scenes = [
        look(material.street[i], high, wide, rng) for i in rng.choice(len(material.street), STREET, p=material.chance)
    ]
    scenes += [look(material.lying[i], high, wide, rng) for i in rng.choice(len(material.lying), LYING)]
    for _ in range(COMPOSED):
        some = [material.cuts[i] for i in rng.choice(len(material.cuts), 12, p=material.cut_chance)]
        scenes.append(compose(some, high, wide, rng, count=int(rng.choice(7, p=[0.04, *[0.16] * 6]))))
    parts = [(scene.pixels, *aims(scene)) for scene in scenes]
    return tuple(np.stack(part) for part in zip(*parts, strict=True))


def to_tensor(pictures: np.ndarray) -> Tensor:
    x = torch.from_numpy(pictures).permute(0, 3, 1, 2)
    return ((x.float() - 127) / 128).contiguous(memory_format=torch.channels_last)


def losses(net: SceneNet, given: tuple[np.ndarray, ...], weights: Tensor) -> dict[str, Tensor]:
    shares, heat, ways, weight = (torch.from_numpy(part) for part in given[1:])
    groups, centres, found = net(to_tensor(given[0]))
    log = F.log_softmax(groups, 1)
    heavy = shares * weights[None, :, None, None]
    parts = {"groups": -(heavy * log).sum() / heavy.sum()}
    chance = torch.sigmoid(centres).clamp(1e-4, 1 - 1e-4)
    at = heat > 0.99
    gain = torch.where(at, (1 - chance) ** 2 * torch.log(chance), (1 - heat) ** 4 * chance**2 * torch.log(1 - chance))
    parts["centres"] = -gain.sum() / at.sum().clamp(min=1)
    parts["ways"] = ((found - ways).abs() * weight[:, None]).sum() / weight.sum().clamp(min=1)
    parts["total"] = parts["groups"] + 0.3 * parts["centres"] + 0.3 * parts["ways"]
    return parts


def still(net: SceneNet) -> None:
    """The stem and the first blocks stand still; so do the trunk's batch statistics."""
    net.train()
    for part in (net.stem, net.blocks):
        for module in part.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.eval()
    for part in (net.stem, *net.blocks[:FROZEN]):
        for p in part.parameters():
            p.requires_grad_(False)


def group_weights(material: Material) -> Tensor:
    """Rare groups weigh more, by the fourth root of how rare they are among the street photos."""
    counts = sum(np.bincount(s.groups.ravel(), minlength=256)[: len(GROUPS)] for s in material.street)
    share = np.asarray(counts, float) / np.sum(counts)
    weight = np.clip(share, 1e-3, 1) ** -0.25
    return torch.tensor(weight / (weight * share).sum(), dtype=torch.float32)


def train(args: argparse.Namespace) -> None:
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    cv2.setNumThreads(1)
    out: Path = args.out
    out.mkdir(parents=True, exist_ok=True)
    masks = args.masks or out.parent / "masks.npz"
    if not masks.exists():
        make_masks(args.data / "clothing", masks)
    material = gather(args.data, masks)
    net = SceneNet(imagenet_trunk(), len(GROUPS)).to(memory_format=torch.channels_last)
    still(net)
    average = copy.deepcopy(net)
    body = [p for p in net.blocks.parameters() if p.requires_grad]
    heads = [p for n, p in net.named_parameters() if not n.startswith(("stem", "blocks"))]
    optimiser = torch.optim.AdamW(
        [{"params": body, "lr": args.lr}, {"params": heads, "lr": 3 * args.lr}], weight_decay=0.02
    )
    peak = [g["lr"] for g in optimiser.param_groups]
    first, before = 0, 0.0
    if args.resume and (out / "last.pt").exists():
        state = torch.load(out / "last.pt", weights_only=True)
        net.load_state_dict(state["net"]), average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        first, before = state["step"], state["minutes"]
    print(
        f"{len(material.street)} street photos, {len(material.lying)} flat-lay photos, {len(material.cuts)} cut-outs; "
        f"{args.steps} steps of {STREET + LYING + COMPOSED}",
        flush=True,
    )
    weights = group_weights(material)
    began, seen = time.time(), {}
    with ThreadPoolExecutor(args.workers) as pool:
        ahead = args.workers + 2
        queue = [pool.submit(batch, material, args.seed, first + k) for k in range(ahead)]
        for step in range(first, args.steps):
            spent = before + (time.time() - began) / 60
            done = max(step / args.steps, spent / args.minutes if args.minutes else 0.0)
            if done >= 1:
                keep(out, net, average, optimiser, step, spent)
                break
            given = queue.pop(0).result()
            queue.append(pool.submit(batch, material, args.seed, step + ahead))
            rate = min(1.0, (step + 1) / 60) * 0.5 * (1 + math.cos(math.pi * done))
            for group, top in zip(optimiser.param_groups, peak, strict=True):
                group["lr"] = top * max(rate, 0.005)
            parts = losses(net, given, weights)
            optimiser.zero_grad()
            parts["total"].backward()
            torch.nn.utils.clip_grad_norm_([*body, *heads], 5.0)
            optimiser.step()
            follow(average, net, min(0.995, (step + 1) / (step + 10)))
            for name, value in parts.items():
                seen[name] = seen.get(name, 0.0) + float(value.detach()) / 20
            if step % 20 == 19:
                took = time.time() - began
                speed = (step + 1 - first) * (STREET + LYING + COMPOSED) / took
                left = (args.steps - step - 1) * took / (step + 1 - first) / 60
                left = min(left, args.minutes - spent) if args.minutes else left
                line = {"step": step + 1, **{k: round(v, 4) for k, v in seen.items()}, "images_per_s": round(speed, 1)}
                print(json.dumps(line | {"minutes_left": round(left, 1)}), flush=True)
                with (out / "history.jsonl").open("a") as file:
                    file.write(json.dumps(line) + "\n")
                seen = {}
            if (step + 1) % CHECK == 0 or step + 1 == args.steps:
                keep(out, net, average, optimiser, step + 1, spent)


@torch.no_grad()
def follow(average: SceneNet, net: SceneNet, share: float) -> None:
    """The average takes a small step towards the network; batch statistics too."""
    ours, theirs = average.state_dict(), net.state_dict()
    for name, value in theirs.items():
        if value.dtype.is_floating_point and not (name.startswith("stem") or value.data_ptr() == ours[name].data_ptr()):
            ours[name].lerp_(value, 1 - share)


def keep(
    out: Path, net: SceneNet, average: SceneNet, optimiser: torch.optim.Optimizer, step: int, spent: float
) -> None:
    state = {
        "net": net.state_dict(),
        "average": average.state_dict(),
        "optimiser": optimiser.state_dict(),
        "step": step,
        "minutes": spent,
    }
    torch.save(state, out / "new.pt")
    (out / "new.pt").rename(out / "last.pt")


def arguments() -> argparse.Namespace:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", type=Path, required=True)
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--masks", type=Path, help="masks of clothing/ made before; else they are made")
    p.add_argument("--steps", type=int, default=2300)
    p.add_argument("--minutes", type=float, default=0, help="end the run after this long")
    p.add_argument("--lr", type=float, default=6e-4)
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--workers", type=int, default=2)
    p.add_argument("--resume", action="store_true")
    return p.parse_args()


if __name__ == "__main__":
    train(arguments())
