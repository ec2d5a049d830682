"""Draws a run's training curve as an SVG.

    python model/train/curve.py RUN/log.csv model/training-curve.svg [--then OTHER/log.csv]
"""

import argparse
import csv
import math
from pathlib import Path

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 720, 300, 48, 36, 12, 12
SMOOTHING = 12  # points
POINTS = 700  # about one a pixel


def smoothed(values: list[float]) -> list[float]:
    half = SMOOTHING // 2
    windows = (values[max(0, i - half) : i + half + 1] for i in range(len(values)))
    return [sum(w) / len(w) for w in windows]


def thinned(values: list[float]) -> list[float]:
    """Means of as many neighbours as leave at most POINTS."""
    size = -(-len(values) // POINTS)
    return [sum(some) / len(some) for some in (values[i : i + size] for i in range(0, len(values), size))]


def step_of(span: float, most: int) -> float:
    """1, 2 or 5 times a power of ten, so that at most so many fit."""
    step = 10.0 ** math.floor(math.log10(span / most))
    return next(step * k for k in (1, 2, 5, 10) if span / (step * k) <= most)


def draw(tokens: list[float], nats: list[float]) -> str:
    """tokens in millions, nats per learnt token; the first few points, where a new model falls fast, are cut off."""
    means = smoothed(nats)
    low, high = min(means) - 0.05, max(means[len(means) // 50 :]) + 0.05

    def x(value: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * value / tokens[-1]

    def y(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - min(max(value, low), high)) / (high - low)

    def line(values: list[float], style: str) -> str:
        points = " ".join(f"{x(t):.1f},{y(v):.1f}" for t, v in zip(tokens, values, strict=True))
        return f'<polyline points="{points}" fill="none" {style}/>'

    def label(px: float, py: float, text: str, anchor: str) -> str:
        return f'<text x="{px:.1f}" y="{py:.1f}" text-anchor="{anchor}">{text}</text>'

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12" fill="#667">',
        "<title>Nats for each learnt token, by million tokens</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
    ]
    tick = step_of(high - low, 8)
    value = (int(low / tick) + 1) * tick
    while value < high:
        parts.append(f'<path d="M{LEFT} {y(value):.1f}H{WIDTH - RIGHT}" stroke="#dde"/>')
        parts.append(label(LEFT - 6, y(value) + 4, f"{value:.2g}", "end"))
        value += tick
    million = step_of(tokens[-1], 12)
    for at in range(int(tokens[-1] / million) + 1):
        parts.append(label(x(at * million), HEIGHT - BOTTOM + 16, f"{at * million:.0f}", "middle"))
    parts += [
        line(nats, 'stroke="#b9c7ff"'),
        line(means, 'stroke="#1f5eff" stroke-width="2"'),
        label(WIDTH / 2, HEIGHT - 4, "million tokens; nats for each token that is learnt", "middle"),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("log", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--then", type=Path, help="log of a run that went on from the end of this one")
    args = parser.parse_args()
    tokens: list[float] = []
    nats: list[float] = []
    for log in [args.log, *([args.then] if args.then else [])]:
        before = tokens[-1] if tokens else 0.0
        with log.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                tokens.append(before + int(row["tokens"]) / 1e6)
                nats.append(float(row["nats_per_learnt_token"]))
    args.picture.write_text(draw(thinned(tokens), thinned(nats)), encoding="utf-8")


if __name__ == "__main__":
    main()
