"""One synapse under three rules: STDP, reward-modulated STDP, and that with an eligibility trace.

The spikes of both neurons are given; the reward is +1 for the first 100 ms and -1 after them.  Draws what each rule makes of it.
Source: Florian, Neural Computation 19:1468 (2007), figure 1.

usage: python examples/florian_stdp.py [--out florian_stdp.png]
"""

import argparse
from dataclasses import dataclass, field
from pathlib import Path

import torch

from inferno import learn, neural
from inferno.extra import ExactNeuron

STEPS, STEP_TIME = 200, 1.0
PRE, POST = (10, 85, 115, 135), (15, 75, 110, 140)
REWARD_UNTIL = 100
RATE, TRACE, ELIGIBILITY, WEIGHT = 0.2, 20.0, 25.0, 0.2


@dataclass
class Course:
    """What is seen at each step."""

    pre: list[float] = field(default_factory=list)
    post: list[float] = field(default_factory=list)
    reward: list[float] = field(default_factory=list)
    trace_pre: list[float] = field(default_factory=list)
    trace_post: list[float] = field(default_factory=list)
    eligibility: list[float] = field(default_factory=list)
    weights: dict[str, list[float]] = field(default_factory=lambda: {"STDP": [], "MSTDP": [], "MSTDPET": []})


def synapse() -> neural.Serial:
    """A layer of one synapse, its weight with an updater."""
    connection = neural.LinearDirect(
        1, STEP_TIME, synapse=neural.DeltaCurrent.partialconstructor(1.0), weight_init=lambda x: torch.full_like(x, WEIGHT)
    )
    connection.updater = connection.defaultupdater()
    return neural.Serial(connection, ExactNeuron(1, STEP_TIME, rest_v=-60.0, thresh_v=-45.0))


def simulate() -> Course:
    """The course of all quantities."""
    layers = {name: synapse() for name in ("STDP", "MSTDP", "MSTDPET")}
    stdp = learn.STDP(RATE, -RATE, TRACE, TRACE)
    mstdp = learn.MSTDP(RATE, -RATE, TRACE, TRACE)
    mstdpet = learn.MSTDPET(RATE, -RATE, TRACE, TRACE, ELIGIBILITY)
    for trainer, name in ((stdp, "STDP"), (mstdp, "MSTDP"), (mstdpet, "MSTDPET")):
        trainer.register_cell("only", layers[name].cell)
    course = Course()
    for step in range(1, STEPS + 1):
        pre, post = (torch.tensor([[step in times]]) for times in (PRE, POST))
        reward = 1.0 if step <= REWARD_UNTIL else -1.0
        for layer in layers.values():
            layer(pre, neuron_kwargs={"override": post})
        stdp()
        mstdp(reward)
        mstdpet(reward)
        for name, layer in layers.items():
            layer.connection.update()
            course.weights[name].append(layer.connection.weight.item())
        course.pre.append(float(pre))
        course.post.append(float(post))
        course.reward.append(reward)
        course.trace_pre.append(mstdpet.get_monitor("only", "trace_pre").peek().item())
        course.trace_post.append(mstdpet.get_monitor("only", "trace_post").peek().item())
        of_post, of_pre = (mstdpet.get_monitor("only", name).peek().item() for name in ("elig_post", "elig_pre"))
        course.eligibility.append(of_post - of_pre)
    return course


def draw(course: Course, out: Path) -> None:
    """Eight rows over one axis of time."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    heights = [0.5, 0.5, 1, 0.6, 1, 1, 1, 1]
    figure, axes = pyplot.subplots(8, 1, sharex=True, figsize=(7, 9), height_ratios=heights, layout="constrained")
    for axis, spikes, name in ((axes[0], PRE, "pre"), (axes[1], POST, "post")):
        axis.vlines(spikes, 0, 1, color="black", linewidth=1.5)
        axis.set(ylim=(0, 1.1), yticks=[])
        axis.set_ylabel(f"{name}\nspikes", rotation=0, ha="right", va="center")
    time = range(1, STEPS + 1)
    axes[2].plot(time, course.trace_pre, color="tab:blue", label="pre")
    axes[2].plot(time, [-t for t in course.trace_post], color="tab:red", label="post, negative")
    axes[2].legend(loc="upper left", bbox_to_anchor=(0.15, 1.1), ncols=2, frameon=False, fontsize=8)
    axes[3].step(time, course.reward, where="mid", color="tab:green")
    axes[3].set(ylim=(-1.4, 1.4), yticks=[-1, 1])
    axes[4].plot(time, course.eligibility, color="tab:purple")
    rows = [(axes[2], "traces"), (axes[3], "reward"), (axes[4], "eligibility\n(1/ms)")]
    for axis, name in zip(axes[5:], course.weights, strict=True):
        axis.plot(time, course.weights[name], color="black")
        axis.axhline(WEIGHT, color="lightgray", linewidth=0.8, zorder=0)
        rows.append((axis, f"weight\n{name}"))
    for axis, name in rows:
        axis.set_ylabel(name, rotation=0, ha="right", va="center")
    for axis in axes:
        axis.axvline(REWARD_UNTIL, color="lightgray", linewidth=0.8, linestyle="--", zorder=0)
        axis.spines[["top", "right"]].set_visible(False)
    figure.align_ylabels()
    axes[-1].set(xlabel="time (ms)", xlim=(0, STEPS))
    figure.savefig(out, dpi=150)
    pyplot.close(figure)


def main() -> None:
    """Draw the figure where the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("florian_stdp.png"), help="the picture to write")
    options = parser.parse_args()
    course = simulate()
    draw(course, options.out)
    print(f"{options.out}: weights at the end: " + ", ".join(f"{name} {values[-1]:.4f}" for name, values in course.weights.items()))


if __name__ == "__main__":
    main()
