"""Milliseconds for a batch of the quickstart's network, 20 samples x 250 steps, training and evaluation, eagerly.

usage: components.py MNIST_ROOT [batches]
Prints one JSON object.
"""

import json
import sys
import time
from pathlib import Path

import torch
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "examples"))

import quickstart
from torchvision.datasets import MNIST

BATCH = 20


def milliseconds(parts: quickstart.Parts, images: Tensor, training: bool) -> float:
    parts.model.train(training), parts.trainer.train(training)
    times = []
    with torch.no_grad():
        for batch in images.split(BATCH):
            start = time.perf_counter()
            parts.model(parts.encoder(batch), parts.trainer if training else None)
            times.append(time.perf_counter() - start)
    return 1e3 * sorted(times[1:])[len(times[1:]) // 2]


def main() -> None:
    batches = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    images = MNIST(root=sys.argv[1], train=True).data[: BATCH * (batches + 1)].float() / 255
    parts = quickstart.build(10, BATCH, "cpu")
    print(json.dumps({"train_ms": milliseconds(parts, images, True), "eval_ms": milliseconds(parts, images, False)}))


if __name__ == "__main__":
    main()
