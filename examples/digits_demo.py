"""Learns scikit-learn's digits with `digits.snn`, says how well, and draws what was learned.

    python examples/digits_demo.py --out demo

writes `receptive_fields.png` and `raster.png` into the folder.
"""

import argparse
from pathlib import Path

import torch

import inferno
from inferno import plotting, reporting, training
from inferno.data.images import load_both

PROGRAM = Path(__file__).with_name("digits.snn")


def main() -> None:
    options = parse()
    net = inferno.load_network(PROGRAM, backend=options.backend, seed=options.seed)
    data = load_both("digits", Path("data"))
    reporter = reporting.choose(as_json=False, quiet=False)
    try:
        summary = training.train(net, data, epochs=options.epochs, limit=options.limit, test_limit=options.test_limit, reporter=reporter)
    finally:
        reporter.close()
    accuracy = f"test accuracy {summary.test_accuracy:.4f}"
    print(f"{accuracy} after {summary.samples:,} images ({summary.seconds:.0f} s, {summary.compile_seconds:.0f} s of it compiling)")

    options.out.mkdir(parents=True, exist_ok=True)
    draw_receptive_fields(net, options.out / "receptive_fields.png", accuracy)
    draw_raster(net, data.test.images[:20], data.test.labels[:20], options.out / "raster.png")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--out", type=Path, default=Path("demo"), help="folder for the pictures")
    parser.add_argument("--backend", default="auto", choices=["auto", "inductor", "eager"])
    parser.add_argument("--seed", type=int)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--limit", type=int, help="train on the first so many images only")
    parser.add_argument("--test-limit", type=int, help="test on the first so many images only")
    return parser.parse_args()


def draw_receptive_fields(net: inferno.Network, path: Path, accuracy: str) -> None:
    labels = net.readouts["label"].assignments
    picture = plotting.receptive_fields(
        net["ff"].weight,
        (8, 8),
        labels=labels,
        title=f"What {len(labels)} neurons learned to see",
        subtitle=f"Each tile is a neuron's 64 weights, learned by spike timing alone, under the digit it fires most for; {accuracy}.",
    )
    plotting.save(picture, path)
    print(f"drew {path}")


def draw_raster(net: inferno.Network, images: torch.Tensor, digits: torch.Tensor, path: Path) -> None:
    """Draw the liveliest of the samples that the network reads rightly."""
    net.eval()
    out = net(image=images)
    right = (out.label.cpu() == digits).long()
    liveliness = out.spike_counts["exc"].cpu().flatten(1).sum(1)
    sample = int((liveliness + 1).mul(right).argmax())
    picture = plotting.raster(
        {"enc": out["enc.spikes"].values[:, sample], "exc": out["exc.spikes"].values[:, sample]},
        classes={"exc": net.readouts["label"].assignments},
        image=images[sample],
        title=f"A {digits[sample]}, read as a {out.label[sample]}",
        subtitle="Above: the spikes that encode the pixels. Below: the neurons that learned, sorted by the digit they stand for.",
    )
    plotting.save(picture, path)
    print(f"drew {path}")


if __name__ == "__main__":
    main()
