"""Pictures of networks: what neurons have learned to see, and who spiked when.

Needs matplotlib (`pip install inferno-snn[plot]`), which is loaded when a picture is drawn and not before.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inferno.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from torch import Tensor

INK, FAINT, PAPER = "#1b1b24", "#8b8b99", "#ffffff"
FIELDS = "inferno"
HUES = ("#4269d0", "#c99a1c", "#e5484d", "#3aa6a0", "#3c9a5b", "#e0729b", "#9263c9", "#5c9bd5", "#8d6748", "#6b7280")
DOTS_PER_INCH = 160


def class_colour(number: int) -> str:
    """The colour that stands for a class in every picture."""
    return HUES[number % len(HUES)]


def receptive_fields(
    weights: Tensor, shape: tuple[int, int], *, labels: Tensor | None = None, title: str = "", subtitle: str = ""
) -> Figure:
    """A picture with one tile per neuron: the weights [rows * columns, neurons] of its afferents, laid out as the image they come from.

    With `labels` [neurons] each tile carries its neuron's class, and tiles of one class stand together.
    """
    neurons = weights.shape[1]
    if weights.shape[0] != math.prod(shape):
        raise UsageError(f"{weights.shape[0]} sources are no image of {shape[0]} x {shape[1]}")
    classes = labels.flatten().tolist() if labels is not None else [None] * neurons
    order = sorted(range(neurons), key=lambda n: (classes[n] or 0, n))
    columns = math.ceil(math.sqrt(1.6 * neurons))
    rows = math.ceil(neurons / columns)
    figure, top = _sheet(0.72 * columns + 0.6, 0.86 * rows + 0.4, title, subtitle)
    width, height = (float(v) for v in figure.get_size_inches())
    edges = {"left": 0.3 / width, "right": 1 - 0.3 / width, "bottom": 0.3 / height, "top": top}
    grid = figure.add_gridspec(rows, columns, wspace=0.12, hspace=0.3, **edges)
    tiles = weights.detach().to("cpu").T.reshape(neurons, *shape).numpy()
    for place, neuron in enumerate(order):
        axes = figure.add_subplot(grid[place // columns, place % columns])
        axes.imshow(tiles[neuron], cmap=FIELDS, vmin=0.0, vmax=max(float(tiles[neuron].max()), 1e-12), interpolation="nearest")
        _bare(axes)
        kind = classes[neuron]
        if kind is not None:
            axes.set_title(str(kind), fontsize=9, fontweight="bold", color=class_colour(kind), pad=2.5)
    return figure


def raster(
    spikes: Mapping[str, Tensor],
    *,
    dt: float = 1.0,
    classes: Mapping[str, Tensor] | None = None,
    image: Tensor | None = None,
    title: str = "",
    subtitle: str = "",
) -> Figure:
    """A picture of spikes: a panel for each population, whose spikes are [time, neurons], time upwards in steps of `dt` ms.

    A population with `classes` [neurons] is sorted and coloured by them.  An `image` [rows, columns] stands beside the panels.
    """
    heights = [min(max(value.flatten(1).shape[1] / 45, 1.2), 3.4) for value in spikes.values()]
    figure, top = _sheet(9.0, sum(heights) + 0.45 * len(heights) + 0.4, title, subtitle)
    total = float(figure.get_size_inches()[1])
    left = 0.24 if image is not None else 0.09
    grid = figure.add_gridspec(len(heights), 1, left=left, right=0.955, bottom=0.55 / total, top=top, height_ratios=heights, hspace=0.16)
    if image is not None:
        shown = figure.add_axes((0.025, top - 1.35 / total, 0.15, 1.35 / total))
        shown.imshow(image.detach().to("cpu").numpy(), cmap=FIELDS, vmin=0.0, vmax=1.0, interpolation="nearest")
        shown.set_anchor("NW")
        _bare(shown)
        shown.set_xlabel("the image", fontsize=9, color=FAINT)
    for row, (name, value) in enumerate(spikes.items()):
        axes = figure.add_subplot(grid[row, 0])
        known = (classes or {}).get(name)
        _panel(axes, name, value, dt, known.flatten().tolist() if known is not None else None)
        if row < len(heights) - 1:
            axes.tick_params(labelbottom=False)
        else:
            axes.set_xlabel("time in ms", fontsize=9, color=INK)
    return figure


def save(figure: Figure, path: Path) -> None:
    """Write a picture as the format that the file's name says."""
    figure.savefig(path, dpi=DOTS_PER_INCH, facecolor=PAPER)


def _sheet(width: float, height: float, title: str, subtitle: str) -> tuple[Figure, float]:
    """An empty picture with its titles, and where the part below them begins."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise UsageError("pictures need matplotlib, which is not installed", "pip install inferno-snn[plot]") from None
    head = (0.42 if title else 0.0) + (0.28 if subtitle else 0.0) + 0.34
    figure = Figure(figsize=(width, height + head), facecolor=PAPER)
    tall = height + head
    figure.text(0.3 / width, 1 - 0.22 / tall, title, fontsize=13, fontweight="bold", color=INK, va="top")
    figure.text(0.3 / width, 1 - 0.52 / tall, subtitle, fontsize=9.5, color=FAINT, va="top")
    return figure, 1 - head / tall


def _panel(axes: Axes, name: str, spikes: Tensor, dt: float, classes: Sequence[int] | None) -> None:
    """One population's spikes, sorted by class where there are any."""
    flat = spikes.flatten(1).detach().to("cpu")
    steps, neurons = flat.shape
    order = sorted(range(neurons), key=lambda n: (classes[n], n)) if classes is not None else list(range(neurons))
    step, place = flat[:, order].nonzero().T.numpy()
    colours: Any = [class_colour(classes[order[p]]) for p in place.tolist()] if classes is not None else INK
    tall = max(2.0, min(7.0, 260 / neurons))
    axes.scatter(
        (step + 1) * dt,
        place,
        s=tall * (7 if classes is not None else 2),
        marker="|",
        linewidths=1.5 if classes is not None else 1,
        c=colours,
    )
    axes.set_xlim(0, (steps + 1) * dt)
    axes.set_ylim(neurons - 0.2, -0.8)
    axes.set_title(f"{name}: {len(step):,} spikes of {neurons} neurons", loc="left", fontsize=9.5, color=INK, pad=4)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color("#d5d5de")
    axes.tick_params(colors=FAINT, labelsize=8.5, length=3)
    axes.set_yticks([])
    if classes is not None:
        _mark_classes(axes, [classes[n] for n in order])


def _mark_classes(axes: Axes, ordered: Sequence[int]) -> None:
    """A faint band behind the neurons of each class, with its number beside it."""
    for kind in sorted(set(ordered)):
        first, count = ordered.index(kind), ordered.count(kind)
        axes.axhspan(first - 0.5, first + count - 0.5, color=class_colour(kind), alpha=0.07, linewidth=0)
        axes.text(-0.012, first + (count - 1) / 2, str(kind), transform=axes.get_yaxis_transform(), ha="right", va="center",
                  fontsize=8.5, fontweight="bold", color=class_colour(kind))  # fmt: skip


def _bare(axes: Axes) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
