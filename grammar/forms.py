"""`neuron NormalLIF as LIF:`: another form of a component, which is meant where the values of a use fit it and not the first."""

from __future__ import annotations

from dataclasses import replace

from inferno.grammar import ast
from inferno.grammar.diagnostics import Findings


def attach_forms(module: ast.Module, findings: Findings) -> ast.Module:
    """The module with each form put to the component that it is a form of, where a use of that finds it."""
    written = [i for i in module.items if isinstance(i, ast.Component) and i.form_of is not None]
    if not written:
        return module
    bases = {i.name: i for i in module.items if isinstance(i, ast.Component) and i.form_of is None}
    forms: dict[str, list[ast.Component]] = {}
    for form in written:
        assert form.form_of is not None
        base = bases.get(form.form_of.id)
        if base is None:
            findings.error(
                "E0301", f"there is no {form.kind} `{form.form_of.id}` in this file", form.form_of.span, "a form stands beside it"
            )
        elif form.kind != "neuron" or base.kind != "neuron":
            findings.error("E0307", f"`{base.name}` is a {base.kind}; only neurons have forms", form.form_of.span)
        else:
            forms.setdefault(base.name, []).append(replace(form, form_of=None))
    items = tuple(
        replace(i, forms=tuple(forms.get(i.name, ()))) if isinstance(i, ast.Component) and i.name in forms else i
        for i in module.items
        if not (isinstance(i, ast.Component) and i.form_of is not None)
    )
    return replace(module, items=items)
