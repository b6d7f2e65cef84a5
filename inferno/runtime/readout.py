"""Readouts: from spike rates to labels."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class MaxRate(nn.Module):
    """Each neuron stands for the class that it fires most for; a sample's class is the one whose neurons fire most.

    Parameters
    ----------
    neurons
        Number of neurons.
    classes
        Number of classes.
    decay
        Forgetting: class k's rates shrink by `exp(-decay * c_k)` in an update with c_k samples of it.
    update_each
        Batches gathered before an update.

    Source: Diehl & Cook, Frontiers in Computational Neuroscience 9:99 (2015); accumulation as in `std/readout.snn`.
    """

    rates: Tensor
    proportions: Tensor
    assignments: Tensor
    occurrences: Tensor

    def __init__(self, neurons: int, classes: int, decay: float = 0.0, update_each: int = 1) -> None:
        super().__init__()
        self.classes, self.decay, self.update_each = int(classes), float(decay), int(update_each)
        self.register_buffer("rates", torch.zeros(neurons, self.classes))
        self.register_buffer("proportions", torch.zeros(neurons, self.classes))
        self.register_buffer("assignments", torch.zeros(neurons, dtype=torch.int64))
        self.register_buffer("occurrences", torch.bincount(torch.zeros(neurons, dtype=torch.int64), minlength=self.classes))
        self._waiting: list[tuple[Tensor, Tensor]] = []

    def forward(self, rates: Tensor) -> Tensor:
        """The class [batch] of each sample, from rates [batch, *shape] in spikes per step; ties go to the lowest class."""
        return self.scores(rates).argmax(1)

    def scores(self, rates: Tensor) -> Tensor:
        """How strongly each class's neurons fire [batch, classes]: rates times proportions, over the number of its neurons."""
        own = self.assignments[:, None]
        association = torch.zeros_like(self.proportions).scatter_(1, own, self.proportions.gather(1, own))
        sums = rates.flatten(1).to(association.dtype) @ association
        return torch.where(self.occurrences > 0, sums / self.occurrences.clamp(min=1), 0.0)

    def observe(self, rates: Tensor, labels: Tensor) -> None:
        """Gather a batch of rates [batch, *shape] with labels [batch]; every `update_each` batches, learn from them.

        Raises
        ------
        ValueError
            For a label outside [0, classes).
        """
        if labels.numel() and not (int(labels.min()) >= 0 and int(labels.max()) < self.classes):
            raise ValueError(f"labels lie in [0, {self.classes - 1}], found {int(labels.min())} to {int(labels.max())}")
        self._waiting.append((rates.flatten(1).detach().clone(), labels.detach().clone()))
        if len(self._waiting) >= self.update_each:
            self.flush()

    def flush(self) -> None:
        """Learn from what has been gathered."""
        if not self._waiting:
            return
        rates = torch.cat([r for r, _ in self._waiting]).to(self.rates.dtype)
        labels = torch.cat([label for _, label in self._waiting]).to(self.rates.device)
        self._waiting.clear()
        counts = torch.bincount(labels, minlength=self.classes).to(self.rates.dtype)
        sums = nn.functional.one_hot(labels, self.classes).to(rates.dtype).T @ rates
        means = torch.where(counts[:, None] > 0, sums / counts.clamp(min=1)[:, None], 0.0)
        self.rates.copy_(torch.exp(-self.decay * counts) * self.rates + means.T)
        self._assign()

    def _assign(self) -> None:
        """Proportions, assignments and occurrences from the rates."""
        sums = self.rates.sum(1, keepdim=True)
        self.proportions.copy_(torch.where(sums > 0, self.rates / torch.where(sums > 0, sums, 1.0), 0.0))
        self.assignments.copy_(self.proportions.argmax(1))
        self.occurrences.copy_(torch.bincount(self.assignments, minlength=self.classes))

    def snapshot(self) -> dict[str, Tensor]:
        """Everything that a bit-exact continuation needs, the gathered batches included."""
        found = {"rates": self.rates.clone(), "proportions": self.proportions.clone(), "assignments": self.assignments.clone()}
        found["occurrences"] = self.occurrences.clone()
        sizes = [len(label) for _, label in self._waiting]
        found["waiting.sizes"] = torch.tensor(sizes, dtype=torch.int64)
        if sizes:
            found["waiting.rates"] = torch.cat([r for r, _ in self._waiting])
            found["waiting.labels"] = torch.cat([label for _, label in self._waiting])
        return found

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Put a snapshot back.

        Raises
        ------
        ValueError
            Where names or shapes differ.
        """
        for name in ("rates", "proportions", "assignments", "occurrences"):
            target: Tensor = getattr(self, name)
            if name not in tensors or tensors[name].shape != target.shape or tensors[name].dtype != target.dtype:
                raise ValueError(f"`{name}` of the readout is missing or has another shape")
            target.copy_(tensors[name])
        sizes = tensors.get("waiting.sizes", torch.zeros(0, dtype=torch.int64)).tolist()
        self._waiting = []
        if sizes:
            rates, labels = tensors.get("waiting.rates"), tensors.get("waiting.labels")
            if rates is None or labels is None or len(rates) != sum(sizes) or len(labels) != sum(sizes) or min(sizes) < 0:
                raise ValueError("the batches that the readout had gathered are damaged")
            device = self.rates.device
            self._waiting = list(zip(torch.split(rates.to(device), sizes), torch.split(labels.to(device), sizes), strict=True))


READOUTS = {"MaxRate": MaxRate}
