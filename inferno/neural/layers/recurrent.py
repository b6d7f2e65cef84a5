"""A layer whose neurons drive others that drive them in turn, a step later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from inferno.core import arguments
from inferno.neural.connections.connection import Connection
from inferno.neural.layers.cell import Cell
from inferno.neural.layers.layer import Layer
from inferno.neural.neurons.neuron import Neuron
from inferno.neural.synapses.synapse import Synapse
from inferno.neural.updater import Updater

Transform = Callable[..., Tensor]
InTransform = Callable[..., tuple[Tensor, ...]]
Keywords = Mapping[str, Any]


class RecurrentSerial(Layer):
    """Neurons driven by an input and by what other neurons, which they drive, fed back in the step before.

    A step: the feedforward connection takes the inputs, the feedback connection the last feedback spikes; their sum drives the feedforward
    neurons; the lateral connection takes their spikes of this step and drives the feedback neurons.  Each group is stepped once.

    Parameters
    ----------
    feedfwd_connection, lateral_connection, feedback_connection
        From the inputs, from the feedforward to the feedback neurons, and back.
    feedfwd_neuron, feedback_neuron
        The two groups.
    feedfwd_out_transform, lateral_out_transform, feedback_out_transform
        Applied to what a connection puts out; None for nothing.
    lateral_in_transform, feedback_in_transform
        Make the tuple that a connection is called with of spikes; None for the spikes alone.
    feedfwd_connection_name, lateral_connection_name, feedback_connection_name, feedfwd_neuron_name, feedback_neuron_name
        Names in the layer.
    trainable_feedback
        Whether the lateral and the feedback connection have cells as well.

    Raises
    ------
    RuntimeError
        Where the shapes of a connection and its neurons don't agree, or a name stands twice.
    ValueError, TypeError
        For a name that is no identifier, a part of another kind, or a transform that can't be called.
    """

    feedback_spikes: Tensor

    def __init__(
        self,
        feedfwd_connection: Connection,
        lateral_connection: Connection,
        feedback_connection: Connection,
        feedfwd_neuron: Neuron,
        feedback_neuron: Neuron,
        *,
        feedfwd_out_transform: Transform | None = None,
        lateral_out_transform: Transform | None = None,
        feedback_out_transform: Transform | None = None,
        lateral_in_transform: InTransform | None = None,
        feedback_in_transform: InTransform | None = None,
        feedfwd_connection_name: str = "feedfwd",
        lateral_connection_name: str = "lateral",
        feedback_connection_name: str = "feedback",
        feedfwd_neuron_name: str = "feedfwd",
        feedback_neuron_name: str = "feedback",
        trainable_feedback: bool = False,
    ) -> None:
        super().__init__()
        self._connections = (feedfwd_connection_name, lateral_connection_name, feedback_connection_name)
        self._neurons = (feedfwd_neuron_name, feedback_neuron_name)
        for name, connection in zip(self._connections, (feedfwd_connection, lateral_connection, feedback_connection), strict=True):
            self.add_connection(name, connection)
        for name, neuron in zip(self._neurons, (feedfwd_neuron, feedback_neuron), strict=True):
            self.add_neuron(name, neuron)
        pairs = [(feedfwd_connection, feedfwd_neuron), (lateral_connection, feedback_neuron), (feedback_connection, feedfwd_neuron)]
        for connection, neuron in pairs:
            if connection.outshape != neuron.shape:
                raise RuntimeError(f"a connection puts out the shape {connection.outshape}, but its neurons have {neuron.shape}")
        self.add_cell(self._connections[0], self._neurons[0])
        if trainable_feedback:
            self.add_cell(self._connections[1], self._neurons[1])
            self.add_cell(self._connections[2], self._neurons[0])
        self.trainable_feedback = arguments.flag("trainable_feedback", trainable_feedback)
        for name, transform in (
            ("feedfwd_out_transform", feedfwd_out_transform),
            ("lateral_out_transform", lateral_out_transform),
            ("feedback_out_transform", feedback_out_transform),
            ("lateral_in_transform", lateral_in_transform),
            ("feedback_in_transform", feedback_in_transform),
        ):
            arguments.function(name, transform)
        self.feedfwd_out_transform, self.lateral_out_transform = feedfwd_out_transform, lateral_out_transform
        self.feedback_out_transform = feedback_out_transform
        self.lateral_in_transform, self.feedback_in_transform = lateral_in_transform, feedback_in_transform
        spikes = torch.zeros(feedback_neuron.batchedshape, dtype=torch.bool, device=feedback_neuron.voltage.device)
        self.register_buffer("feedback_spikes", spikes)

    # ---- parts --------------------------------------------------------------------------------

    @property
    def feedfwd_connection(self) -> Connection:
        """The connection from the inputs."""
        return self.get_connection(self._connections[0])

    @property
    def lateral_connection(self) -> Connection:
        """The connection to the feedback neurons."""
        return self.get_connection(self._connections[1])

    @property
    def feedback_connection(self) -> Connection:
        """The connection from the feedback neurons."""
        return self.get_connection(self._connections[2])

    @property
    def feedfwd_neuron(self) -> Neuron:
        """The neurons that the inputs drive."""
        return self.get_neuron(self._neurons[0])

    @property
    def feedback_neuron(self) -> Neuron:
        """The neurons that feed back."""
        return self.get_neuron(self._neurons[1])

    @property
    def feedfwd_synapse(self) -> Synapse:
        """The synapse of the connection from the inputs."""
        return self.feedfwd_connection.synapse

    @property
    def lateral_synapse(self) -> Synapse:
        """The synapse of the connection to the feedback neurons."""
        return self.lateral_connection.synapse

    @property
    def feedback_synapse(self) -> Synapse:
        """The synapse of the connection from the feedback neurons."""
        return self.feedback_connection.synapse

    @property
    def feedfwd_updater(self) -> Updater | None:
        """The updater of the connection from the inputs, or None."""
        return self.feedfwd_connection.updater

    @property
    def lateral_updater(self) -> Updater | None:
        """The updater of the connection to the feedback neurons, or None."""
        return self.lateral_connection.updater

    @property
    def feedback_updater(self) -> Updater | None:
        """The updater of the connection from the feedback neurons, or None."""
        return self.feedback_connection.updater

    @property
    def feedfwd_cell(self) -> Cell:
        """The cell of the connection from the inputs."""
        return self.get_cell(self._connections[0], self._neurons[0])

    @property
    def lateral_cell(self) -> Cell | None:
        """The cell of the connection to the feedback neurons; None unless feedback is trainable."""
        return self.get_cell(self._connections[1], self._neurons[1]) if self.trainable_feedback else None

    @property
    def feedback_cell(self) -> Cell | None:
        """The cell of the connection from the feedback neurons; None unless feedback is trainable."""
        return self.get_cell(self._connections[2], self._neurons[0]) if self.trainable_feedback else None

    # ---- what it does -------------------------------------------------------------------------

    def clear(self, clear_feedback: bool = True, submodules: bool = True, **kwargs: Any) -> None:
        """Forget the last feedback spikes, and with `submodules` clear connections and neurons."""
        if clear_feedback:
            self.feedback_spikes = torch.zeros_like(self.feedback_spikes)
        if submodules:
            super().clear(**kwargs)

    def _fit_feedback(self) -> None:
        """After a change of the batch size, begin without feedback spikes."""
        if self.feedback_spikes.shape != self.feedback_neuron.batchedshape:
            self.feedback_spikes = self.feedback_spikes.new_zeros(self.feedback_neuron.batchedshape)

    def _load_from_state_dict(self, *args: Any, **kwargs: Any) -> None:
        self._fit_feedback()
        super()._load_from_state_dict(*args, **kwargs)

    def wiring(self, inputs: dict[str, Tensor], **kwargs: Any) -> dict[str, Tensor]:
        """What drives the feedforward neurons: the outputs of the first and of the feedback connection, summed."""
        first, _, back = self._connections
        total = _changed(self.feedfwd_out_transform, inputs[first]) + _changed(self.feedback_out_transform, inputs[back])
        return {self._neurons[0]: total}

    def forward(  # type: ignore[override]
        self,
        *inputs: Tensor,
        lateral_connection_args: tuple[Tensor, ...] = (),
        feedback_connection_args: tuple[Tensor, ...] = (),
        feedfwd_connection_kwargs: Keywords | None = None,
        lateral_connection_kwargs: Keywords | None = None,
        feedback_connection_kwargs: Keywords | None = None,
        feedfwd_neuron_kwargs: Keywords | None = None,
        feedback_neuron_kwargs: Keywords | None = None,
        capture_intermediate: bool = False,
        **kwargs: Any,
    ) -> Any:
        """One step.

        Parameters
        ----------
        inputs
            What the feedforward connection is called with: spikes [batch, *inshape].
        lateral_connection_args, feedback_connection_args
            What these are called with after their spikes.
        feedfwd_connection_kwargs, lateral_connection_kwargs, feedback_connection_kwargs, feedfwd_neuron_kwargs, feedback_neuron_kwargs
            Further arguments of each part.
        capture_intermediate
            Whether to return what the connections put out as well.

        Returns
        -------
        tuple
            Spikes of the feedforward and of the feedback neurons, bool [batch, *shape]; then a dict of currents by connection.
        """
        first, lateral, back = self._connections
        self._fit_feedback()
        currents = {first: self.feedfwd_connection(*inputs, **(feedfwd_connection_kwargs or {}))}
        fed_back = _given(self.feedback_in_transform, self.feedback_spikes)
        currents[back] = self.feedback_connection(*fed_back, *feedback_connection_args, **(feedback_connection_kwargs or {}))
        received = self.wiring(currents, **kwargs)[self._neurons[0]]
        spikes = self.feedfwd_neuron(received, **(feedfwd_neuron_kwargs or {}))
        onward = _given(self.lateral_in_transform, spikes)
        currents[lateral] = self.lateral_connection(*onward, *lateral_connection_args, **(lateral_connection_kwargs or {}))
        driven = _changed(self.lateral_out_transform, currents[lateral])
        self.feedback_spikes = self.feedback_neuron(driven, **(feedback_neuron_kwargs or {}))
        return (spikes, self.feedback_spikes, currents) if capture_intermediate else (spikes, self.feedback_spikes)


def _changed(transform: Transform | None, value: Tensor) -> Tensor:
    return value if transform is None else transform(value)


def _given(transform: InTransform | None, spikes: Tensor) -> tuple[Tensor, ...]:
    if transform is None:
        return (spikes,)
    made = transform(spikes)
    if not isinstance(made, tuple):
        raise TypeError(f"an in-transform must return a tuple, got {type(made).__name__}")
    return made
