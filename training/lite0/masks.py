"""Which pixels are the garment? Rough masks for the flat-lay photos, made once with GrabCut (Rother et al. 2004).

    python training/lite0/masks.py CLOTHING_DIR OUT.npz

The border of the photo seeds the ground and the middle seeds the garment. A mask that covers nearly nothing or
nearly everything is marked unusable (`good` False) rather than believed.
"""

from __future__ import annotations

import sys
from multiprocessing import Pool
from pathlib import Path

import cv2
import numpy as np

SIDE_PX = 128


def grabcut(path: Path) -> tuple[np.ndarray, bool]:
    """`(128, 128) bool`, True on the garment, and whether the mask deserves belief."""
    cv2.setRNGSeed(7)
    picture = cv2.resize(cv2.imread(str(path)), (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)
    mask = np.full((SIDE_PX, SIDE_PX), cv2.GC_PR_FGD, np.uint8)
    rim = SIDE_PX // 16
    mask[:rim], mask[-rim:], mask[:, :rim], mask[:, -rim:] = (cv2.GC_PR_BGD,) * 4
    edge = 2
    mask[:edge], mask[-edge:], mask[:, :edge], mask[:, -edge:] = (cv2.GC_BGD,) * 4
    third = SIDE_PX * 3 // 8
    mask[third:-third, third:-third] = cv2.GC_FGD
    empty = np.zeros((1, 65))
    cv2.grabCut(picture, mask, None, empty.copy(), empty.copy(), 4, cv2.GC_INIT_WITH_MASK)
    garment = ((mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD)).astype(np.uint8)
    garment = cv2.morphologyEx(garment, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    garment = cv2.morphologyEx(garment, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    share = float(garment.mean())
    touching = float(np.concatenate([garment[3], garment[-4], garment[:, 3], garment[:, -4]]).mean())
    return garment.astype(bool), 0.12 < share < 0.85 and touching < 0.35


def main(clothing: Path, out: Path) -> None:
    cv2.setNumThreads(1)
    paths = sorted((clothing / "images").glob("*.jpg"))
    with Pool(2) as pool:
        found = pool.map(grabcut, paths, chunksize=32)
    masks = np.packbits(np.stack([m for m, _ in found]), axis=-1)
    good = np.array([g for _, g in found])
    np.savez_compressed(out, names=[p.stem for p in paths], masks=masks, good=good)
    print(f"{len(paths)} masks, {int(good.sum())} usable -> {out}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
