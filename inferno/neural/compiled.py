"""Modules whose equations are compiled with their parameters as constants."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

from inferno.core import arguments
from inferno.core.module import Module

Check = Callable[[str, object], float]


class Compiled(Module):
    """A module that has compiled equations; assigning one of its parameters checks the value and compiles them again.  Abstract."""

    checks: Mapping[str, Check] = {}
    """What makes a parameter's value of what is assigned, by the parameter's name."""

    @abstractmethod
    def _compile(self) -> None:
        raise NotImplementedError(f"{type(self).__name__} must define `_compile`")

    def __setattr__(self, name: str, value: Any) -> None:
        check = self.checks.get(name)
        if check is None:
            super().__setattr__(name, value)
            return
        known = self.__dict__.get(name)
        self.__dict__[name] = check(name, value)
        if "_equations" not in self.__dict__:
            return
        try:
            self._compile()
        except ValueError as error:
            self.__dict__[name] = known
            raise ValueError(f"`{name}` can't be {value!r} here: {error}") from error


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
