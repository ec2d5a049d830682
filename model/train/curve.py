"""Draws a run's training curve as an SVG.

    python model/train/curve.py RUN/log.csv model/training-curve.svg
"""

import argparse
import csv
from pathlib import Path

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 720, 300, 48, 36, 12, 12
SMOOTHING = 12  # points, of 10 steps each


def smoothed(values: list[float]) -> list[float]:
    half = SMOOTHING // 2
    windows = (values[max(0, i - half) : i + half + 1] for i in range(len(values)))
    return [sum(w) / len(w) for w in windows]


def draw(tokens: list[float], nats: list[float]) -> str:
    """tokens in millions, nats per learnt token."""
    means = smoothed(nats)
    low, high = min(means) - 0.05, max(means) + 0.05

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
    tick = 0.2
    value = (int(low / tick) + 1) * tick
    while value < high:
        parts.append(f'<path d="M{LEFT} {y(value):.1f}H{WIDTH - RIGHT}" stroke="#dde"/>')
        parts.append(label(LEFT - 6, y(value) + 4, f"{value:.1f}", "end"))
        value += tick
    for million in range(0, int(tokens[-1]) + 1, 2):
        parts.append(label(x(million), HEIGHT - BOTTOM + 16, str(million), "middle"))
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
    args = parser.parse_args()
    with args.log.open(encoding="utf-8", newline="") as file:
        rows = [r for r in csv.DictReader(file)]
    tokens = [int(r["tokens"]) / 1e6 for r in rows]
    args.picture.write_text(draw(tokens, [float(r["nats_per_learnt_token"]) for r in rows]), encoding="utf-8")


if __name__ == "__main__":
    main()
