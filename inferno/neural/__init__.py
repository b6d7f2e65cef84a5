"""Components of networks: neurons, synapses, connections, layers, encoders, and what keeps parameters in order."""

from __future__ import annotations

from inferno.neural import functional
from inferno.neural.accumulator import Accumulator
from inferno.neural.connections.connection import Connection
from inferno.neural.connections.convolution import Conv2D
from inferno.neural.connections.linear import LinearDense, LinearDirect, LinearLateral
from inferno.neural.encoders import HomogeneousPoissonApproxEncoder, HomogeneousPoissonEncoder, PoissonIntervalEncoder
from inferno.neural.layers.biclique import Biclique
from inferno.neural.layers.cell import Cell
from inferno.neural.layers.layer import Layer
from inferno.neural.layers.recurrent import RecurrentSerial
from inferno.neural.layers.serial import Serial
from inferno.neural.neurons.current import AdEx, Izhikevich
from inferno.neural.neurons.linear import GLIF1, LIF
from inferno.neural.neurons.neuron import InfernoNeuron, Neuron
from inferno.neural.neurons.nonlinear import EIF, QIF
from inferno.neural.neurons.threshold import ALIF, GLIF2
from inferno.neural.neurons.written import SnnNeuron, from_snn
from inferno.neural.regulation import Clamping, Normalization
from inferno.neural.synapses.delta import DeltaCurrent, DeltaPlusCurrent
from inferno.neural.synapses.exponential import DoubleExponentialCurrent, SingleExponentialCurrent
from inferno.neural.synapses.synapse import InfernoSynapse, Synapse, SynapseConstructor
from inferno.neural.updatable import Updatable
from inferno.neural.updater import Updater

__all__ = [
    "ALIF", "EIF", "GLIF1", "GLIF2", "LIF", "QIF", "Accumulator", "AdEx", "Biclique", "Cell", "Clamping", "Connection", "Conv2D",
    "DeltaCurrent", "DeltaPlusCurrent", "DoubleExponentialCurrent", "HomogeneousPoissonApproxEncoder", "HomogeneousPoissonEncoder",
    "InfernoNeuron", "InfernoSynapse", "Izhikevich", "Layer", "LinearDense", "LinearDirect", "LinearLateral", "Neuron",
    "Normalization", "PoissonIntervalEncoder", "RecurrentSerial", "Serial", "SingleExponentialCurrent", "SnnNeuron", "Synapse",
    "SynapseConstructor", "Updatable", "Updater", "from_snn", "functional",
]  # fmt: skip
