#!/usr/bin/env python3
"""How likely a tessera can be brought back at one moment, by how likely each of its holders is there.

Whether the table and the plot of docs/src/durability.md are as they follow from that; --write makes them so. Holders come and go independently here, which those of one house or one network do not: the
simulator plays that.

Exit status: 0 when all holds, 1 with one line for each file that is not as it should be.
"""

import math
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "src" / "durability.md"
PLOT = ROOT / "docs" / "src" / "durability.svg"
BEGIN, END = "<!-- by tools/check_durability.py -->\n", "<!-- end -->\n"

# name, enough, of, colour
CODES = [
    ("3 copies", 1, 3, "#7a7a7a"),
    ("7 copies", 1, 7, "#0b6e4f"),
    ("16 + 8", 16, 24, "#b5502f"),
    ("48 + 24", 48, 72, "#23527c"),
]
AVAILABILITIES = [0.50, 0.60, 0.70, 0.80, 0.90, 0.95, 0.99]
NINES_MAX = 12

LEFT, TOP, WIDTH, HEIGHT = 70, 20, 560, 320


def missing(enough, total, availability):
    """The chance that fewer than `enough` of `total` are there; exact to the last digits of a double."""
    return math.fsum(math.comb(total, there) * availability ** there * (1 - availability) ** (total - there)
                     for there in range(enough))


def shown(chance):
    if chance >= 0.001:
        return "over 99 %" if chance > 0.99 else f"{chance:.0%}".replace("%", " %") if chance >= 0.1 else f"{chance:.1%}".replace("%", " %")
    if chance < 1e-12:
        return "less than 1 in 10¹²"
    one_in = float(f"{1 / chance:.0e}")
    return f"1 in {one_in / 1e6:,.0f} million" if one_in >= 1e6 else f"1 in {one_in:,.0f}"


def table():
    rows = ["| each holder is there | " + " | ".join(name for name, *_ in CODES) + " |",
            "|---|" + "---|" * len(CODES)]
    rows += [f"| {100 * availability:.0f} % of the time | " + " | ".join(
        shown(missing(enough, total, availability)) for _, enough, total, _ in CODES) + " |"
        for availability in AVAILABILITIES]
    return "\n".join(rows) + "\n"


def x_of(availability):
    return LEFT + (availability - AVAILABILITIES[0]) / (1 - AVAILABILITIES[0]) * WIDTH


def y_of(chance):
    nines = min(-math.log10(chance), NINES_MAX) if chance > 0 else NINES_MAX
    return TOP + (1 - nines / NINES_MAX) * HEIGHT


def curve(enough, total):
    points = []
    for step in range(198):
        availability = 0.5 + step / 400
        chance = missing(enough, total, availability)
        if chance < 10 ** -NINES_MAX:
            break
        points.append(f"{x_of(availability):.1f},{y_of(chance):.1f}")
    return " ".join(points)


def plot():
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 30} {TOP + HEIGHT + 60}" '
             'font-family="sans-serif" font-size="13" role="img">',
             "<title>The chance that a tessera cannot be brought back now</title>",
             '<rect width="100%" height="100%" fill="#fff"/>']
    for nines in range(0, NINES_MAX + 1, 2):
        y = y_of(10 ** -nines)
        label = "1" if nines == 0 else f"10<tspan dy='-5' font-size='10'>-{nines}</tspan>"
        lines += [f'<path d="M{LEFT} {y:.1f}h{WIDTH}" stroke="#ddd"/>',
                  f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{label}</text>']
    for availability in (0.5, 0.6, 0.7, 0.8, 0.9, 1.0):
        x = x_of(availability)
        lines += [f'<path d="M{x:.1f} {TOP}v{HEIGHT}" stroke="#eee"/>',
                  f'<text x="{x:.1f}" y="{TOP + HEIGHT + 20}" text-anchor="middle">{100 * availability:.0f} %</text>']
    lines.append(f'<text x="{LEFT + 14}" y="{TOP + 26}">the chance that it cannot be brought back now:</text>')
    for row, (name, enough, total, colour) in enumerate(CODES):
        y = TOP + 48 + 20 * row
        lines += [f'<polyline points="{curve(enough, total)}" fill="none" stroke="{colour}" stroke-width="2.5"/>',
                  f'<path d="M{LEFT + 14} {y - 4}h26" stroke="{colour}" stroke-width="2.5"/>',
                  f'<text x="{LEFT + 48}" y="{y}">{name}</text>']
    lines += [f'<text x="{LEFT + WIDTH / 2}" y="{TOP + HEIGHT + 46}" text-anchor="middle">each holder is there</text>',
              "</svg>"]
    return "\n".join(lines) + "\n"


def page():
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    return before + BEGIN + table() + END + rest.split(END)[1]


def main(arguments):
    wanted = {PAGE: page(), PLOT: plot()}
    if arguments == ["--write"]:
        for path, text in wanted.items():
            path.write_text(text, encoding="utf-8")
        return 0
    wrong = [path for path, text in wanted.items()
             if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in wrong:
        print(f"{path.relative_to(ROOT)}: not as it follows; run tools/check_durability.py --write")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
