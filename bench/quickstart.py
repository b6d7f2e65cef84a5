"""Milliseconds for a batch of the quickstart document's own code, 20 samples x 250 steps, training and evaluation, eagerly.

usage: quickstart.py DOCUMENT MNIST_ROOT [batches]
Prints one JSON object.
"""

import json
import re
import sys
import time
from pathlib import Path

import torch


def components(document: Path, root: str) -> dict[str, object]:
    """The names that the document's code defines, up to its main loop."""
    code = "\n".join(re.findall(r"```\{code\} python\n(.*?)```", document.read_text(), re.DOTALL))
    code = code.replace('root="data"', f"root={root!r}").replace("download=True", "download=False")
    names: dict[str, object] = {}
    exec(compile(code[: code.index("epochs = 1")], "quickstart", "exec"), names)  # noqa: S102
    return names


def milliseconds(names: dict, training: bool, batches: int) -> float:
    model, trainer, encoder = names["model"], names["trainer"], names["encoder"]
    model.train(training), trainer.train(training)
    times = []
    with torch.no_grad():
        for (images, _), _ in zip(names["train_data"], range(batches + 1), strict=False):
            start = time.perf_counter()
            model(encoder(images.to(names["device"])), trainer if training else None)
            times.append(time.perf_counter() - start)
    return 1e3 * sorted(times[1:])[len(times[1:]) // 2]


def main() -> None:
    names = components(Path(sys.argv[1]), sys.argv[2])
    batches = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    print(json.dumps({f"{part}_ms": milliseconds(names, part == "train", batches) for part in ("train", "eval")}))


if __name__ == "__main__":
    main()
