# SPDX-License-Identifier: GPL-3.0-or-later
"""What the judge has found, as tables, contact sheets and close-ups."""

import html
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from .judge import Figure, Picture

if TYPE_CHECKING:
    from .quality import Shown

THUMBNAIL_PX = 160
CLOSE_PX = 512
EQUAL_SSIM = 0.5
"""How much of the content all painters are to keep where they are compared at equal content."""


def text(shown: Sequence["Shown"], strengths: Sequence[float]) -> str:
    """All tables, as markdown."""
    parts = [
        "Mean and, in brackets, the worst tenth.",
        _table(_rows(shown, strengths)),
        _order(shown),
        f"Left over where all keep equally much of the content (luma SSIM {EQUAL_SSIM:.2f} on average):",
        _table(_equal_rows(shown)),
    ]
    if closed := closures(shown):
        parts += ["Closure (0 = the photo, 1 = the optimised picture), on the pairs that were optimised:", closed]
    return "\n\n".join(parts)


def _rows(shown: Sequence["Shown"], strengths: Sequence[float]) -> list[list[str]]:
    kinds = list(shown[0].figures[0].left_over)
    rows = [["painter", "strength", "pairs", *(f"left over: {k}" for k in kinds), "SSIM", "content error", "seconds"]]
    for one in shown:
        for strength in strengths:
            group = [figure for figure in one.figures if figure.strength == strength]
            cells = [_spread([figure.left_over[kind] for figure in group]) for kind in kinds]
            cells += [_spread([f.ssim for f in group], worst=0.1), _spread([f.content_error for f in group])]
            rows.append([one.name, f"{strength:g}", str(len(group)), *cells, f"{one.seconds:.2f}"])
    return rows


def _order(shown: Sequence["Shown"]) -> str:
    """Whether more strength always leaves less over, on average."""
    wrong = []
    for one in shown:
        groups = _swept(one.figures)
        for kind in groups[0][0].left_over:
            left = [statistics.mean(_known(figure.left_over[kind] for figure in group)) for group in groups]
            wrong += [f"{one.name} by {kind}"] if left != sorted(left) else []
    if not wrong:
        return "More strength leaves less over, whoever paints and whatever measures."
    return f"More strength does not always leave less over: {', '.join(wrong)}."


def _equal_rows(shown: Sequence["Shown"]) -> list[list[str]]:
    kinds = list(shown[0].figures[0].left_over)
    rows = [["painter", *(f"left over: {k}" for k in kinds), "SSIM at full strength"]]
    for one in shown:
        groups = _swept(one.figures)
        kept = [statistics.mean(f.ssim for f in group) for group in groups]
        cells = ["-"] * len(kinds)
        if min(kept) <= EQUAL_SSIM:
            cells = [f"{_at_equal_content(kept, groups, kind):.3f}" for kind in kinds]
        rows.append([one.name, *cells, f"{min(kept):.2f}"])
    return rows


def _swept(figures: Sequence[Figure]) -> list[list[Figure]]:
    """By falling strength the figures of those pairs that were painted at every strength."""
    strengths = sorted({figure.strength for figure in figures}, reverse=True)
    weakest = {(f.content, f.reference) for f in figures if f.strength == strengths[-1]}
    swept = [figure for figure in figures if (figure.content, figure.reference) in weakest]
    return [[figure for figure in swept if figure.strength == strength] for strength in strengths]


def _at_equal_content(kept: list[float], groups: list[list[Figure]], kind: str) -> float:
    """The mean left over at a mean SSIM of EQUAL_SSIM, between the strengths that lie next to it (0 = the photo)."""
    left = [statistics.mean(_known(figure.left_over[kind] for figure in group)) for group in groups]
    order = np.argsort([*kept, 1.0])
    return float(np.interp(EQUAL_SSIM, np.array([*kept, 1.0])[order], np.array([*left, 1.0])[order]))


def closures(shown: Sequence["Shown"]) -> str:
    """How far each way of painting goes toward the optimised pictures among those shown; "" where there are none."""
    marks = {_pair(f): f for one in shown if one.name == "optimized" for f in one.figures if f.strength == 1}
    rows = [["painter", "pairs", "closure"]]
    for one in shown:
        group = [f for f in one.figures if f.strength == 1 and _pair(f) in marks and "teacher" in f.distance]
        found = [(1 - f.distance["teacher"]) / (1 - marks[_pair(f)].distance["teacher"]) for f in group]
        if found:
            rows.append([one.name, str(len(found)), _spread(found, worst=0.1)])
    return _table(rows) if len(rows) > 1 else ""


def _pair(figure: Figure) -> tuple[str, str]:
    return figure.content, figure.reference


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _spread(values: Iterable[float | None], worst: float = 0.9) -> str:
    known = _known(values)
    return f"{statistics.mean(known):.2f} ({np.quantile(known, worst):.2f})" if known else "-"


def _table(rows: list[list[str]]) -> str:
    rows = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |" for row in rows)


def write(shown: Sequence["Shown"], both: tuple[list[Picture], list[Picture]], tables: str, folder: Path) -> None:
    """Write report.html: the tables, a contact sheet for each painter, and every optimised pair at full size."""
    body = [f"<pre>{html.escape(tables)}</pre>"]
    for one in shown:
        path = folder / f"sheet_{one.name.replace(' ', '_')}.png"
        sheet(*both, one).save(path)
        body.append(f'<h2>{html.escape(one.name)}</h2><img src="{path.name}">')
    contents, references = ({picture.name: picture for picture in part} for part in both)
    marks = next((one.pictures for one in shown if one.name == "optimized"), {})
    for number, (content, reference) in enumerate(marks, 1):
        path = folder / f"pair_{number:03d}.jpg"
        painted = [one.pictures[content, reference] for one in shown if (content, reference) in one.pictures]
        close([contents[content].pixels, references[reference].pixels, *painted]).save(path, quality=92)
        names = " | ".join(["content", "reference", *(s.name for s in shown if (content, reference) in s.pictures)])
        body.append(f'<h3>{html.escape(names)}</h3><img src="{path.name}">')
    page = "<!doctype html><meta charset=utf-8><title>Quality</title>" + "\n".join(body)
    (folder / "report.html").write_text(page, encoding="utf-8")


def close(pictures: Sequence[np.ndarray]) -> Image.Image:
    """Pictures beside each other at full size, brought to one height."""
    images = [Image.fromarray((pixels[..., :3] * 255 + 0.5).astype(np.uint8)) for pixels in pictures]
    height = min(CLOSE_PX, images[0].height)
    images = [i.resize((round(i.width * height / i.height), height), Image.Resampling.LANCZOS) for i in images]
    row = Image.new("RGB", (sum(image.width for image in images), height))
    left = 0
    for image in images:
        row.paste(image, (left, 0))
        left += image.width
    return row


def sheet(contents: Sequence[Picture], references: Sequence[Picture], shown: "Shown") -> Image.Image:
    """Contents down, references across and on top, between them what was painted."""
    side = THUMBNAIL_PX
    image = Image.new("RGB", (side * (len(references) + 1), side * (len(contents) + 1)), "white")
    ImageDraw.Draw(image).text((8, side // 2), shown.name, fill="black", font_size=20)
    for column, reference in enumerate(references, 1):
        image.paste(_square(reference.pixels), (column * side, 0))
        for row, content in enumerate(contents, 1):
            image.paste(_square(content.pixels), (0, row * side))
            if (content.name, reference.name) in shown.pictures:
                image.paste(_square(shown.pictures[content.name, reference.name]), (column * side, row * side))
    return image


def _square(pixels: np.ndarray) -> Image.Image:
    image = Image.fromarray((pixels[..., :3] * 255 + 0.5).astype(np.uint8))
    side = min(image.size)
    left, top = ((extent - side) // 2 for extent in image.size)
    square = image.crop((left, top, left + side, top + side))
    return square.resize((THUMBNAIL_PX - 2,) * 2, Image.Resampling.LANCZOS)
