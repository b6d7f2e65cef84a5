"""The quickstart: a network after Diehl & Cook (2015) from components, trained on MNIST by spike-timing dependent plasticity.

usage: python examples/quickstart.py [--data-dir data] [--data mnist|fashion-mnist] [--train-cutoff N] [--test-cutoff N] …
"""

import argparse
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.utils.data import DataLoader
from torchvision.datasets import MNIST, FashionMNIST
from torchvision.transforms.v2 import Compose, Lambda, ToDtype, ToImage

import inferno
from inferno import functional, learn, neural

SETS = {"mnist": MNIST, "fashion-mnist": FashionMNIST}
STEPS = 250
CLASSIFY_INTERVAL = 10


class Model(inferno.Module):
    """Excitatory neurons that learn the input, and inhibitory ones through which they compete."""

    def __init__(
        self,
        exc: neural.Neuron,
        inh: neural.Neuron,
        enc2exc: neural.Connection,
        inh2exc: neural.Connection,
        exc2inh: neural.Connection,
    ) -> None:
        inferno.Module.__init__(self)
        self.feedfwd = neural.Serial(enc2exc, exc)
        self.inhibit = neural.Serial(inh2exc, exc)
        self.trigger = neural.Serial(exc2inh, inh)

    def forward(self, inputs: Tensor, trainer: learn.STDP | None = None) -> Tensor:
        def clear(m: torch.nn.Module) -> None:
            if isinstance(m, neural.Neuron | neural.Connection):
                m.clear()

        def step(x: Tensor) -> Tensor:
            res = self.feedfwd(x)
            self.inhibit(self.trigger(res))
            if self.training and trainer:
                trainer()
                self.feedfwd.connection.update()
            return res

        res = torch.stack([step(x) for x in inputs], dim=0)
        self.apply(clear)
        return res


@dataclass
class Parts:
    """Everything that the loops need."""

    model: Model
    trainer: learn.STDP
    classifier: learn.MaxRateClassifier
    encoder: neural.HomogeneousPoissonEncoder
    hooks: tuple[inferno.StateHook, ...]


def build(side: int, batch_size: int, device: str, step_time: float = 1.0) -> Parts:
    """The quickstart's components: side x side neurons of each kind."""
    shape = (side, side)
    exc = neural.ALIF(
        shape,
        step_time,
        rest_v=-65.0,
        reset_v=-60.0,
        thresh_eq_v=-52.0,
        refrac_t=5.0,
        tc_membrane=100.0,
        tc_adaptation=1e7,
        spike_increment=0.05,
        resistance=1.0,
        batch_size=batch_size,
    )
    inh = neural.LIF(
        shape,
        step_time,
        rest_v=-60.0,
        reset_v=-45.0,
        thresh_v=-40.0,
        refrac_t=2.0,
        time_constant=75.0,
        resistance=1.0,
        batch_size=batch_size,
    )
    enc2exc = neural.LinearDense(
        (28, 28),
        shape,
        step_time,
        synapse=neural.DeltaCurrent.partialconstructor(100.0),
        weight_init=lambda x: inferno.rescale(inferno.uniform(x), 0.0, 0.3),
        batch_size=batch_size,
    )
    inh2exc = neural.LinearLateral(
        shape,
        step_time,
        synapse=neural.DeltaCurrent.partialconstructor(100.0),
        weight_init=lambda x: inferno.full(x, -180.0),
        batch_size=batch_size,
    )
    exc2inh = neural.LinearDirect(
        shape,
        step_time,
        synapse=neural.DeltaCurrent.partialconstructor(75.0),
        weight_init=lambda x: inferno.full(x, 22.5),
        batch_size=batch_size,
    )
    model = Model(exc, inh, enc2exc, inh2exc, exc2inh).to(device=device)
    norm_hook = neural.Normalization(model, "feedfwd.connection.weight", order=1, scale=78.4, dim=-1, eval_update=False)
    norm_hook.register()
    norm_hook()
    updater = model.feedfwd.connection.defaultupdater()
    model.feedfwd.connection.updater = updater
    clamp_hook = neural.Clamping(updater, "parent.weight", min=0.0)
    clamp_hook.register()
    updater.weight.upperbound(functional.bound_upper_multiplicative, 1.0)
    trainer = learn.STDP(step_time=step_time, lr_post=5e-4, lr_pre=-5e-6, tc_post=30.0, tc_pre=30.0)
    trainer.register_cell("feedfwd", model.feedfwd.cell)
    trainer.to(device=device)
    classifier = learn.MaxRateClassifier(shape, num_classes=10, decay=1e-6).to(device=device)
    encoder = neural.HomogeneousPoissonEncoder(STEPS, step_time, frequency=128.0)
    return Parts(model, trainer, classifier, encoder, (norm_hook, clamp_hook))


def train(parts: Parts, data: Iterable[tuple[Tensor, Tensor]], size: int, device: str, cutoff: int | None) -> float:
    """Train on batches until the cutoff; the accuracy of what the classifier said before it learned each label."""
    parts.model.train(), parts.trainer.train()
    rates: list[Tensor] = []
    labels: list[Tensor] = []
    correct = current = 0
    for batch, (images, found) in enumerate(data, start=1):
        rates.append(parts.model(parts.encoder(images.to(device)), parts.trainer).float().mean(dim=0))
        labels.append(found.to(device))
        if batch % CLASSIFY_INTERVAL == 0:
            seen, truth = torch.cat(rates), torch.cat(labels)
            hits = int((parts.classifier(seen, truth) == truth).sum())
            correct, current = correct + hits, current + len(truth)
            print(f"acc: {hits / len(truth):.4f} [{current:>5d}/{size:>5d}]", flush=True)
            rates, labels = [], []
        if cutoff is not None and current >= cutoff:
            break
    return correct / max(current, 1)


def test(parts: Parts, data: Iterable[tuple[Tensor, Tensor]], device: str, cutoff: int | None) -> tuple[float, float]:
    """The accuracy on batches until the cutoff, and the excitatory spikes of a sample."""
    parts.model.eval(), parts.trainer.eval()
    correct = current = 0
    spikes = 0.0
    for images, labels in data:
        rates = parts.model(parts.encoder(images.to(device)), None).float().mean(dim=0)
        correct += int((parts.classifier(rates, None) == labels.to(device)).sum())
        current += len(labels)
        spikes += float(rates.sum()) * STEPS
        if cutoff is not None and current >= cutoff:
            break
    return correct / max(current, 1), spikes / max(current, 1)


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", default="data", help="folder in torchvision's layout")
    parser.add_argument("--data", choices=SETS, default="mnist", help="which images")
    parser.add_argument("--download", action="store_true", help="fetch the images if they are not there")
    parser.add_argument("--side", type=int, default=10, help="side of the square of neurons")
    parser.add_argument("--batch-size", type=int, default=20, help="samples in a batch; what is left over is dropped")
    parser.add_argument("--epochs", type=int, default=1, help="passes over the images")
    parser.add_argument("--train-cutoff", type=int, help="stop training after as many images")
    parser.add_argument("--test-cutoff", type=int, help="stop testing after as many images")
    parser.add_argument("--seed", type=int, help="of all random numbers")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    return parser.parse_args()


def main() -> None:
    """Train and test as the command line says."""
    options = arguments()
    if options.seed is not None:
        torch.manual_seed(options.seed)
    transform = Compose([ToImage(), ToDtype(torch.float32, scale=True), Lambda(lambda x: x.squeeze(0))])
    sets = [SETS[options.data](root=options.data_dir, train=t, transform=transform, download=options.download) for t in (True, False)]
    train_data, test_data = (DataLoader(s, batch_size=options.batch_size, drop_last=True) for s in sets)
    parts = build(options.side, options.batch_size, options.device)
    with torch.no_grad():
        for epoch in range(options.epochs):
            print(f"Epoch {epoch + 1}\n-------------------------")
            accuracy = train(parts, train_data, len(sets[0]), options.device, options.train_cutoff)
            print(f"Training Accuracy:\n    {accuracy:.4f}")
            accuracy, spikes = test(parts, test_data, options.device, options.test_cutoff)
            print(f"Testing Accuracy:\n    {accuracy:.4f}\n\nSpikes of a test sample:\n    {spikes:.2f}\n")


if __name__ == "__main__":
    main()
