# SPDX-License-Identifier: GPL-3.0-or-later
"""All styles that ship, on one render: `python -m benchmarks.library_sheet` writes docs/images/library.jpg."""

import argparse
from pathlib import Path

import numpy as np
from matplotlib.font_manager import findfont
from PIL import Image, ImageDraw, ImageFont

from core import styles
from core.engine import device, style
from core.engine.models import Models
from core.engine.stylize import stylize
from core.progress import Report
from core.settings import Machine, Stylize

IMAGES = Path(__file__).parents[1] / "docs" / "images"
COLUMNS = 6
SHOWN_PX = 260
GAP_PX = 6
LABEL_PX = 22


def square(image: Image.Image, left: float) -> np.ndarray:
    """A square as high as the picture, pixels (H, H, 4), that begins at a share `left` of what is beside it."""
    start = round(left * (image.width - image.height))
    return np.asarray(image.convert("RGBA").crop((start, 0, start + image.height, image.height)), np.float32) / 255


def sheet(pictures: dict[str, np.ndarray]) -> Image.Image:
    """Pictures (H, W, 4) with their names below them."""
    across, down = SHOWN_PX + GAP_PX, SHOWN_PX + LABEL_PX + GAP_PX
    whole = Image.new("RGB", (COLUMNS * across - GAP_PX, -(-len(pictures) // COLUMNS) * down - GAP_PX), "white")
    draw, font = ImageDraw.Draw(whole), ImageFont.truetype(findfont("DejaVu Sans"), 14)  # the default has no accents
    for number, (name, pixels) in enumerate(pictures.items()):
        x, y = number % COLUMNS * across, number // COLUMNS * down
        shown = Image.fromarray((pixels[..., :3] * 255 + 0.5).astype(np.uint8))
        whole.paste(shown.resize((SHOWN_PX, SHOWN_PX), Image.Resampling.LANCZOS), (x, y))
        draw.text((x + 3, y + SHOWN_PX + 2), name, "black", font)
    return whole


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--picture", type=Path, default=IMAGES / "valley.jpg", help="what is painted")
    parser.add_argument(
        "--left", type=float, default=0.0, help="which square of it, from 0 to 1 (default: %(default)s)"
    )
    parser.add_argument("--quality", default="fine", choices=("fast", "fine"))
    parser.add_argument("--out", type=Path, default=IMAGES / "library.jpg")
    chosen = parser.parse_args()
    models = Models(device.choose(Machine(device="cpu")))
    settings = Stylize(quality=chosen.quality)
    with Image.open(chosen.picture) as image:
        pixels = square(image, chosen.left)
    painted = {}
    for path in sorted(styles.SHIPPED.glob(f"*{styles.SUFFIX}")):
        read = style.read(path, models.network)
        mixture = style.mix([(read, 1.0)], settings.painter)
        painted[read.card.name] = stylize(models, pixels, mixture, settings, Report()).pixels
    sheet(painted).save(chosen.out, quality=85)


if __name__ == "__main__":
    main()
