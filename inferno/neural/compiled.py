"""Modules whose equations are compiled with their parameters as constants."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

from inferno.core import arguments
from inferno.neural.checked import Check, Checked


class Compiled(Checked):
    """A module that has compiled equations; assigning one of its parameters checks the value and compiles them again.  Abstract."""

    @abstractmethod
    def _compile(self) -> None:
        raise NotImplementedError(f"{type(self).__name__} must define `_compile`")

    def _changed(self, name: str, known: object) -> None:
        if "_equations" not in self.__dict__:
            return
        try:
            self._compile()
        except ValueError as error:
            given, self.__dict__[name] = self.__dict__[name], known
            raise ValueError(f"`{name}` can't be {given!r} here: {error}") from error


NEURON_CHECKS: Mapping[str, Check] = {
    "step_time": arguments.positive,
    "rest_v": arguments.real,
    "reset_v": arguments.real,
    "reset_v_add": arguments.real,
    "reset_v_mul": arguments.real,
    "thresh_v": arguments.real,
    "thresh_eq_v": arguments.real,
    "crit_v": arguments.real,
    "rheobase_v": arguments.real,
    "affinity": arguments.positive,
    "sharpness": arguments.positive,
    "refrac_t": arguments.non_negative,
    "time_constant": arguments.positive,
    "tc_membrane": arguments.positive,
    "resistance": arguments.non_zero,
}
SYNAPSE_CHECKS: Mapping[str, Check] = {
    "spike_charge": arguments.non_zero,
    "time_constant": arguments.positive,
    "tc_decay": arguments.positive,
    "tc_rise": arguments.positive,
}
