# SPDX-License-Identifier: GPL-3.0-or-later
"""How new manners look and how new they are: `python -m benchmarks.surprises [PICTURE]`.

Paints a picture in manners by chance (three rows) and in places of the map (three rows, from its top), writes the sheet
out/surprises.jpg, and prints a table in Markdown: how far the nearest style of the library is, and how many pictures
are valid ones, which are finite, in [0, 1] and not flat.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from core import styles
from core.engine import pictures
from core.engine.requests import REQUESTS
from core.progress import Report

ROOT = Path(__file__).parents[1]
COLUMNS = 4
SEEDS = [{"seed": seed} for seed in range(1, 3 * COLUMNS + 1)]
PLACES = [{"place": [x, y]} for y in (0.9, 0.5, 0.1) for x in (0.1, 0.37, 0.63, 0.9)]
FLAT = 0.03


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("picture", type=Path, nargs="?", default=ROOT / "docs" / "images" / "valley.jpg")
    content = pictures.read(parser.parse_args().picture).pixels
    library = [{"path": str(card.path)} for card in styles.library([styles.SHIPPED])]
    print("| manners | nearest style: least, median, most | valid pictures |\n|---|---|---|")
    painted = []
    for what, origins in {"by chance": SEEDS, "places of the map": PLACES}.items():
        answers = [REQUESTS["surprise"]({"styles": library} | origin, [content], Report()) for origin in origins]
        far = [told["nearest"][0]["distance"] for told, _ in answers]
        shown = [pixels for _, (pixels,) in answers]
        valid = sum(map(_is_valid, shown))
        print(f"| {what} | {min(far):.2f}, {np.median(far):.2f}, {max(far):.2f} | {valid} of {len(shown)} |")
        painted += shown
    _sheet(painted).save(ROOT / "out" / "surprises.jpg", quality=90)


def _is_valid(pixels: np.ndarray) -> bool:
    return bool(np.isfinite(pixels).all() and pixels.min() >= 0 and pixels.max() <= 1 and pixels[..., :3].std() > FLAT)


def _sheet(painted: list[np.ndarray]) -> Image.Image:
    rows = [np.concatenate(painted[i : i + COLUMNS], 1) for i in range(0, len(painted), COLUMNS)]
    return Image.fromarray((np.concatenate(rows)[..., :3] * 255 + 0.5).astype(np.uint8))


if __name__ == "__main__":
    main()
