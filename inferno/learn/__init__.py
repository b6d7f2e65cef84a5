"""Learning: trainers that turn spikes into updates of parameters, and classifiers that read labels from spikes."""

from __future__ import annotations

from inferno.learn.classifiers import MaxRateClassifier
from inferno.learn.reward import MSTDP, MSTDPET
from inferno.learn.stdp import STDP
from inferno.learn.trainer import CellTrainer, IndependentCellTrainer, Unit
from inferno.learn.triplet import TripletSTDP

__all__ = ["MSTDP", "MSTDPET", "STDP", "CellTrainer", "IndependentCellTrainer", "MaxRateClassifier", "TripletSTDP", "Unit"]
