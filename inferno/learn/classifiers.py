"""Classifiers: what a group of neurons says about the class of a sample."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from inferno.core import arguments
from inferno.core.module import Module


class MaxRateClassifier(Module):
    """Assigns each neuron the class for which its rate is highest, and each sample the class whose neurons are the most active.

    Rates are accumulated per class from labelled samples.  The neuron's proportions are its rates divided by their sum over the classes.
    As in Diehl and Cook, Unsupervised learning of digit recognition using spike-timing-dependent plasticity (2015), section 2.6, with
    their weighting by proportion made optional.

    Parameters
    ----------
    shape
        The shape of the group of neurons, without the batch.
    num_classes
        The number of classes.
    decay
        How fast rates of earlier samples are forgotten: a batch with n samples of a class multiplies its rates by exp(-decay * n).

    Raises
    ------
    ValueError, TypeError
        For an argument out of range, or of another kind.
    """

    rates_: nn.Parameter
    assignments_: Tensor
    occurrences_: Tensor
    proportions_: Tensor

    def __init__(self, shape: tuple[int, ...] | int, num_classes: int, *, decay: float = 0.0) -> None:
        super().__init__()
        self._shape = arguments.shape("shape", shape)
        self._nclass = arguments.count("num_classes", num_classes)
        self.decay = decay
        self.rates_ = nn.Parameter(torch.zeros(*self._shape, self._nclass), requires_grad=False)
        for name in ("assignments_", "occurrences_", "proportions_"):
            self.register_buffer(name, torch.empty(0), persistent=False)
        self._derive()
        self.register_load_state_dict_post_hook(_derive_loaded)  # type: ignore[no-untyped-call]

    @property
    def rates(self) -> Tensor:
        """The accumulated rates of each neuron in each class, [*shape, classes]; setting them derives the assignments anew."""
        return self.rates_

    @rates.setter
    def rates(self, value: Tensor) -> None:
        arguments.instance("rates", value, Tensor, "a tensor")
        if value.shape != self.rates_.shape:
            raise ValueError(f"`rates` must have the shape {tuple(self.rates_.shape)}, got {tuple(value.shape)}")
        with torch.no_grad():
            self.rates_.copy_(value)
        self._derive()

    @property
    def assignments(self) -> Tensor:
        """The class of each neuron, int64 [*shape]."""
        return self.assignments_

    @property
    def occurrences(self) -> Tensor:
        """How many neurons each class has, int64 [classes]."""
        return self.occurrences_

    @property
    def proportions(self) -> Tensor:
        """The rates divided by their sum over the classes, [*shape, classes]; 0 for a neuron without any."""
        return self.proportions_

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the group of neurons, without the batch."""
        return self._shape

    @property
    def ndim(self) -> int:
        """The number of dimensions of the group of neurons."""
        return len(self._shape)

    @property
    def nclass(self) -> int:
        """The number of classes."""
        return self._nclass

    @property
    def decay(self) -> float:
        """How fast rates of earlier samples are forgotten, per sample."""
        return self._decay

    @decay.setter
    def decay(self, value: float) -> None:
        self._decay = arguments.non_negative("decay", value)

    def forward(
        self, inputs: Tensor, labels: Tensor | None, logits: bool | None = False, proportional: bool = True
    ) -> Tensor | tuple[Tensor, Tensor] | None:
        """Predicted classes, from the assignments before the samples are learned from.

        Parameters
        ----------
        inputs
            Spikes [steps, batch, *shape], or rates [batch, *shape].
        labels
            Classes, whole numbers [batch], to learn from; None to predict only.
        logits
            Whether to give the logits beside the prediction; None for no prediction at all.
        proportional
            Whether a neuron's say is weighted by the proportion of its class.

        Returns
        -------
        Tensor or tuple or None
            Labels, int64 [batch]; with `logits`, labels and logits [batch, classes]; without a prediction, None.

        Raises
        ------
        TypeError
            For inputs that are no tensor, or labels that are not whole numbers.
        ValueError
            For inputs or labels of another shape, or a label that is no class.  Nothing is learned then.
        """
        rates = self._rates(inputs)
        classes = None if labels is None else self._labels(labels, rates)
        scores = None if logits is None else self._scores(rates, proportional)
        if classes is not None:
            self._learn(rates, classes)
        if scores is None:
            return None
        return (scores.argmax(1), scores) if logits else scores.argmax(1)

    def classify(self, inputs: Tensor, proportional: bool = True) -> Tensor:
        """Predicted classes, int64 [batch], the lowest among equals; parameters and errors as `forward`."""
        return self.regress(inputs, proportional).argmax(1)

    def regress(self, inputs: Tensor, proportional: bool = True) -> Tensor:
        """Logits [batch, classes]: the mean over a class's neurons of their rates, 0 for a class without; as `forward`."""
        return self._scores(self._rates(inputs), proportional)

    def update(self, inputs: Tensor, labels: Tensor) -> None:
        """Learn from labelled samples: adds each class's mean rates to what is left of the earlier ones; as `forward`."""
        rates = self._rates(inputs)
        self._learn(rates, self._labels(labels, rates))

    def extra_repr(self) -> str:
        """The settings, for `repr`."""
        return f"shape={self._shape}, num_classes={self._nclass}, decay={self._decay:g}"

    def _scores(self, rates: Tensor, proportional: bool) -> Tensor:
        assigned = self.assignments_.view(-1, 1)
        weights = self.proportions_.view(-1, self._nclass).gather(1, assigned) if proportional else 1.0
        votes = torch.zeros_like(self.rates_).view(-1, self._nclass).scatter(1, assigned, weights)
        return (rates @ votes / self.occurrences_).nan_to_num(nan=0.0, posinf=0.0, neginf=-math.inf)

    def _learn(self, rates: Tensor, classes: Tensor) -> None:
        with torch.no_grad():
            members = F.one_hot(classes, self._nclass).to(rates.dtype)
            counts = members.sum(0)
            means = rates.T @ members / counts.clamp(min=1)
            self.rates_.mul_(torch.exp(-self._decay * counts)).add_(means.view_as(self.rates_))
        self._derive()

    def _derive(self) -> None:
        rates = self.rates_.detach()
        sums = rates.abs().sum(-1, keepdim=True)
        self.proportions_ = torch.where(sums > 0, rates / sums, 0.0)
        self.assignments_ = self.proportions_.argmax(-1)
        self.occurrences_ = torch.bincount(self.assignments_.view(-1), minlength=self._nclass)

    def _rates(self, inputs: Tensor) -> Tensor:
        """Rates as a matrix [batch, neurons] of the classifier's type."""
        arguments.instance("inputs", inputs, Tensor, "a tensor of spikes or rates")
        leading = inputs.ndim - len(self._shape)
        if leading not in (1, 2) or tuple(inputs.shape[leading:]) != self._shape or (leading == 2 and not inputs.shape[0]):
            sizes = ", ".join(map(str, self._shape))
            raise ValueError(f"`inputs` must have the shape [batch, {sizes}] or [steps, batch, {sizes}], got {list(inputs.shape)}")
        kind = self.rates_.dtype
        rates = torch.mean(inputs, 0, dtype=kind) if leading == 2 else inputs.to(kind)
        return rates.reshape(rates.shape[0], math.prod(self._shape))

    def _labels(self, labels: Tensor, rates: Tensor) -> Tensor:
        arguments.instance("labels", labels, Tensor, "a tensor of whole numbers")
        if labels.is_floating_point() or labels.is_complex() or labels.dtype == torch.bool:
            raise TypeError(f"`labels` must be whole numbers, got {labels.dtype}")
        if labels.shape != rates.shape[:1]:
            raise ValueError(f"`labels` must have the shape [{rates.shape[0]}], one for each sample, got {list(labels.shape)}")
        classes = labels.to(device=rates.device, dtype=torch.int64)
        if classes.numel():
            low, high = torch.aminmax(classes)
            if low.item() < 0 or high.item() >= self._nclass:
                raise ValueError(f"`labels` must be from 0 to {self._nclass - 1}, got values from {low.item()} to {high.item()}")
        return classes


def _derive_loaded(classifier: nn.Module, _keys: object) -> None:
    assert isinstance(classifier, MaxRateClassifier)
    classifier._derive()
