"""Houses that were sold: what the advertisement says in numbers, and their fronts as factors and as an embedding.

python tests/quality/house_prices.py FOLDER      # prints the table of docs/influence.md
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from shopsight.engines import load
from shopsight.images.decode import decode
from shopsight.insight.factors import FACTORS, measure_factors
from shopsight.insight.gain import Learner, gain
from shopsight.insight.table import principal_scores

LOOKS = 32
"""Main directions of the embeddings; 535 houses cannot tell hundreds of columns."""
Tables = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def house_tables(folder: Path) -> Tables:
    """Prices `(N,)`; text columns: beds, baths, log area, and a column for each zip code of ten or more houses; the
    fronts' factors; the main directions of their embeddings."""
    rows = np.array([line.split() for line in (folder / "HousesInfo.txt").read_text().splitlines()], np.float64)
    beds, baths, area, codes, prices = rows.T
    kept = [code for code, count in zip(*np.unique(codes, return_counts=True), strict=True) if count >= 10]
    text = np.stack([beds, baths, np.log(area), *(codes == code for code in kept)], 1).astype(np.float64)
    names = [name for name, factor in FACTORS.items() if not factor.circular]
    engine = load("shop.lite0")
    factors, vectors = [], []
    for number in range(1, len(rows) + 1):
        pixels = decode((folder / "frontal" / f"{number}.jpg").read_bytes(), name=str(number))
        measured = measure_factors(pixels)
        factors.append([measured[name] for name in names])
        vectors.append(engine.see([pixels])[0].values)
    return prices, text, np.array(factors, np.float64), principal_scores(np.stack(vectors), LOOKS).astype(np.float64)


def main(folder: Path) -> None:
    """Prints R2 of log price without and with pictures."""
    prices, text, factors, looks = house_tables(folder)
    both = np.concatenate([factors, looks], 1)
    print("| learner | added | without | with | gain (95 %) | control (95 %) |\n|---|---|---|---|---|---|")
    learners: tuple[Learner, ...] = ("ridge", "trees")
    for learner in learners:
        for name, added in (("factors", factors), ("embedding", looks), ("both", both)):
            told = gain(np.log(prices), text, added, learner=learner)
            ends = [f"{e.value:+.3f} ({e.low:+.3f} to {e.high:+.3f})" for e in (told.gain, told.control)]
            print(
                f"| {learner} | {name} | {told.without.value:.3f} | {told.with_more.value:.3f} | {' | '.join(ends)} |"
            )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
