# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The AsyncIO for Swift authors
"""Draws the bars of RESULTS.md: reads {"title": ..., "unit": ..., "bars": [[name, value], ...]} in a list from standard
input, and writes FILE-light.svg and FILE-dark.svg. Needs matplotlib.

Usage: chart.py FILE
"""

import json
import sys

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402: the back end has to be chosen first

THEMES = {
    "light": {"text": "#1f2328", "ours": "#d1480f", "others": "#8c959f"},
    "dark": {"text": "#e6edf3", "ours": "#ff7b3d", "others": "#6e7681"},
}


def draw(panels, theme, path):
    colors = THEMES[theme]
    plt.rcParams.update({"svg.hashsalt": "asyncio", "svg.fonttype": "none", "font.size": 9, "text.color": colors["text"],
                         "xtick.color": colors["text"], "ytick.color": colors["text"], "axes.edgecolor": colors["others"]})
    columns = 3 if len(panels) > 4 else min(len(panels), 2)
    rows = -(-len(panels) // columns)
    most = max(len(panel["bars"]) for panel in panels)
    figure, grid = plt.subplots(rows, columns, figsize=(4 * columns, (0.22 * most + 0.8) * rows), squeeze=False)
    places = [axes for row in grid for axes in row]
    for axes, panel in zip(places, panels):
        bars = sorted(panel["bars"], key=lambda bar: bar[1], reverse=True)
        names = [name for name, _ in bars]
        values = [value for _, value in bars]
        axes.barh(names, values, color=[colors["ours" if name.startswith("ours") else "others"] for name in names])
        # What is far slower than the rest would leave it no room.
        limit = sorted(values)[len(values) // 2] * 4
        axes.set_xlim(0, min(max(values), limit) * 1.25)
        for index, value in enumerate(values):
            text = f"{value:,.0f}" if value >= 10 else f"{value:.2g}"
            axes.text(min(value, limit) * 1.01, index, f" {text}", va="center", fontsize=8)
        axes.set_title(f"{panel['title']} ({panel['unit']})", fontsize=10, color=colors["text"])
        axes.set_xticks([])
        for side in ("top", "right", "bottom"):
            axes.spines[side].set_visible(False)
    for axes in places[len(panels):]:
        axes.set_visible(False)
    figure.tight_layout()
    figure.savefig(f"{path}-{theme}.svg", transparent=True, metadata={"Date": None})
    plt.close(figure)


def main():
    panels = json.load(sys.stdin)
    for theme in THEMES:
        draw(panels, theme, sys.argv[1])


if __name__ == "__main__":
    main()
