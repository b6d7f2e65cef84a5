"""One step of a group of neurons outside a network as one loop: refractory time, membrane, spikes, reset, adaptation.

The rule is that of the component library, and `inferno/neural/neurons` says the same on tensors: this is its fast twin on the CPU.
"""

from __future__ import annotations

from inferno.compiler.codegen.cpp.expressions import Leaf, cpp
from inferno.compiler.codegen.naming import Names
from inferno.compiler.codegen.single import Formula, needed
from inferno.compiler.nodes import Dynamics
from inferno.grammar.expression import Draw, Reference

LOOP = """\
template <typename T, int PARTS>
void step(int64_t samples, int64_t neurons, int64_t any_parts, const T* __restrict v, const T* __restrict refrac,
          const T* __restrict input, const T* __restrict adaptation, const T* __restrict c, const T* __restrict of_parts, double dt,
          double residue, double period, int64_t lock, int64_t adapts,
          T* __restrict v_out, T* __restrict refrac_out, bool* __restrict spikes, T* __restrict adaptation_out) {{
  // Few parts are known to the compiler, which can then do several neurons at once.
  const int64_t parts = PARTS < 0 ? any_parts : PARTS;
  for (int64_t b = 0; b < samples; ++b) {{
    for (int64_t n = 0; n < neurons; ++n) {{
      const int64_t i = b * neurons + n;
      T total = 0;
      for (int64_t k = 0; k < parts; ++k) total += adaptation[n * parts + k];
      T left = refrac[i] - T(dt);
      left = left > T(residue) ? left : T(0);
      const bool active = left == T(0);
      const T arriving = {arriving};
      const T moved = integrate<T>(total, v[i], lock || active ? arriving : T(0), c);
      const T now = lock && !active ? v[i] : moved;
      const bool fires = active && condition<T>(total, now, c);
      const T after = fires ? reset<T>(total, now, c) : now;
      left = fires ? T(period) : left;
      v_out[i] = after;
      refrac_out[i] = left;
      spikes[i] = fires;
      if (adapts) {{
        for (int64_t k = 0; k < parts; ++k) {{
          const T known = adaptation[n * parts + k];
          const T* ck = of_parts + k * {constants};
          const T drifted = lock && left > T(0) ? known : adapt<T>(known, after, ck);
          adaptation_out[i * parts + k] = fires ? raise<T>(drifted, after, ck) : drifted;
        }}
      }}
    }}
  }}
}}
"""

ENTRY = """\
extern "C" void step_{suffix}(int64_t samples, int64_t neurons, int64_t parts, const {type}* v, const {type}* refrac, const {type}* input,
    const {type}* adaptation, const {type}* c, const {type}* of_parts, double dt, double residue, double period, int64_t lock,
    int64_t adapts, {type}* v_out, {type}* refrac_out, bool* spikes, {type}* adaptation_out) {{
  const auto chosen = parts == 0 ? step<{type}, 0> : parts == 1 ? step<{type}, 1> : step<{type}, -1>;
  chosen(samples, neurons, parts, v, refrac, input, adaptation, c, of_parts, dt, residue, period, lock, adapts, v_out, refrac_out, spikes,
         adaptation_out);
}}
"""


def neuron_step(
    title: str, dynamics: Dynamics, adaptation: str | None, condition: Formula, formulas: dict[str, Formula], constants: tuple[str, ...]
) -> str:
    """The text of a library with `step_float` and `step_double`; `adaptation` is the state that is no membrane, if there is one.

    `constants` is the order in which the library is given them: once for the membrane, and once for each part of the adaptation.
    """
    membrane = _integration("integrate", "v", adaptation, constants, dynamics)
    fires = _formula("condition", "bool", condition, constants)
    reset = _formula("reset", "T", formulas["v"], constants)
    parts = [membrane, fires, reset]
    if adaptation is not None:
        parts.append(_integration("adapt", adaptation, adaptation, constants, dynamics))
        parts.append(_formula("raise", "T", formulas[adaptation], constants))
    else:
        parts += [f"template <typename T> T {name}(T known, T, const T*) {{ return known; }}\n" for name in ("adapt", "raise")]
    loop = LOOP.format(arriving="input[i] - total" if adaptation == "w" else "input[i]", constants=len(constants))
    entries = [ENTRY.format(suffix=kind, type=kind) for kind in ("float", "double")]
    head = f'// {title}, compiled by Inferno.\n\n#include "functions.h"\n'
    return "\n".join([head, "namespace {", *parts, loop, "}  // namespace", *entries])


def _leaf(names: Names, constants: tuple[str, ...]) -> Leaf:
    def text(leaf: Reference | Draw) -> str:
        assert isinstance(leaf, Reference)
        if leaf.kind == "local":
            return names.of(f"local {leaf.name}")
        if leaf.kind == "port":
            return "input"
        if leaf.kind == "state":
            return "v" if leaf.name == "v" else "adaptation"
        return f"c[{constants.index(leaf.name)}]"

    return text


def _integration(name: str, state: str, adaptation: str | None, constants: tuple[str, ...], dynamics: Dynamics) -> str:
    names = Names()
    leaf = _leaf(names, constants)
    update = next(u for u in dynamics.updates if u.state == state)
    lines = [f"  const T {names.of(f'local {n}')} = {cpp(e, leaf)};" for n, e in needed(dynamics, [update.free])]
    signature = "T adaptation, T v, T input, const T* c" if state == "v" else "T adaptation, T v, const T* c"
    # Adaptation currents are taken from the input before.
    result = cpp(update.free, leaf)
    zero = ["  adaptation = 0;"] if state == "v" and adaptation == "w" else []
    return "\n".join([f"template <typename T> T {name}({signature}) {{", *zero, *lines, f"  return {result};", "}\n"])


def _formula(name: str, kind: str, formula: Formula, constants: tuple[str, ...]) -> str:
    leaf = _leaf(Names(), constants)
    text = cpp(formula.expression, leaf)
    return f"template <typename T> {kind} {name}(T adaptation, T v, const T* c) {{ return {text}; }}\n"
