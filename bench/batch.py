"""Times training and evaluation batches of a program on MNIST; prints one JSON line.

    python bench/batch.py PROGRAM MNIST_ROOT [BATCHES]

`first_ms` is from the call that loads the program to the end of the first training batch: compiling, or loading what is compiled already.
"""

import json
import sys
import time
from pathlib import Path

import torch

import inferno
from inferno.data.images import image_input, load


def main() -> None:
    program, root = Path(sys.argv[1]), Path(sys.argv[2])
    batches = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    images = load("mnist", root, train=True)
    begun = time.perf_counter()
    net = inferno.load_network(program)
    name = image_input(net.program, images, "mnist")
    size = net.program.run.batch

    def milliseconds(training: bool) -> list[float]:
        net.train(training)
        found = []
        for start in range(0, (batches + 1) * size, size):
            stopwatch = time.perf_counter()
            net(**{name: images.images[start : start + size]})
            if training and not start:
                first.append(1e3 * (time.perf_counter() - begun))
            found.append(1e3 * (time.perf_counter() - stopwatch))
        return sorted(found[1:])

    first: list[float] = []
    with torch.no_grad():
        times = {part: milliseconds(part == "train") for part in ("train", "eval")}
    middle = {f"{part}_ms": values[len(values) // 2] for part, values in times.items()}
    print(json.dumps({**middle, "first_ms": first[0], "threads": torch.get_num_threads()}))


if __name__ == "__main__":
    main()
