"""Hooks that run in the modes that are asked for."""

import copy

import pytest
from torch import nn

import inferno


class Noting(inferno.StateHook):
    def hook(self, module: nn.Module) -> None:
        module.seen = getattr(module, "seen", 0) + 1


def test_a_hook_needs_a_function() -> None:
    with pytest.raises(RuntimeError, match="at least one"):
        inferno.Hook()


def test_a_hook_runs_in_the_modes_that_are_asked_for() -> None:
    module, seen = nn.Identity(), []
    hook = inferno.Hook(posthook=lambda m, i, o: seen.append(m.training), eval_update=False)
    hook.register(module)
    module(1), module.eval()(1)
    hook.evalexec = True
    module(1)
    assert seen == [True, False]


def test_a_hook_is_on_one_module_at_a_time() -> None:
    hook, module = inferno.Hook(lambda m, i: None), nn.Identity()
    hook.deregister()
    hook.register(module)
    with pytest.raises(RuntimeError, match="registered already"):
        hook.register(nn.Identity())
    hook.deregister()
    assert not hook.registered and not module._forward_pre_hooks
    hook.register(nn.Identity())


def test_registering_a_state_hook_again_does_nothing() -> None:
    target = nn.Identity()
    hook = Noting(target)
    hook.register(), hook.register()
    target(1)
    assert target.seen == 1


def test_a_state_hook_inside_a_copied_model_belongs_to_the_copy() -> None:
    model = inferno.Module()
    model.part = nn.Identity()
    model.noting = Noting(model.part)
    model.noting.register()
    twin = copy.deepcopy(model)
    assert twin.noting.module is twin.part and not twin.noting.registered and model.noting.registered
    twin.part(1)
    assert not hasattr(twin.part, "seen")
    twin.noting.register()
    twin.part(1)
    assert twin.part.seen == 1 and not hasattr(model.part, "seen")
