"""The cost model: what it takes from a program, how costs grow, and what `--explain` prints; no test asserts a time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inferno.compiler.costs.candidates import PRODUCT, ROWS, candidates
from inferno.compiler.costs.projections import Sums, one_sum, row_gather, synapse_rows
from inferno.compiler.costs.regions import native_loop, network_step
from inferno.compiler.costs.report import counting_of, explain_costs, step_work
from inferno.compiler.graph import experiment, projections
from inferno.compiler.pipeline import Compiled, compile_program
from inferno.grammar import check_text
from inferno.machine import BUILT_IN, Work, nanoseconds, threads_worth, worth_a_thread

PROGRAM = """snn 1
from std.neurons import LIF
from std.sources import Poisson
from std.synapses import Delta
from std.plasticity import STDP

param rate : Hz = 50 Hz, drive : nA = 20 nA, p = 0.1

input image : real[40] in [0, 1]
population said[30] = Poisson(rate = rate)
population pixels[40] = Poisson(rate = rate * image)
population cells[20] = LIF(v_rest = -60 mV, v_reset = -65 mV, v_th = -50 mV, t_ref = 3 ms, tau_m = 20 ms, R = 1 MOhm)
population others[20] = LIF(v_rest = -60 mV, v_reset = -65 mV, v_th = -50 mV, t_ref = 3 ms, tau_m = 20 ms, R = 1 MOhm)

projection learns: pixels -> cells:
    connect    = dense
    synapse    = Delta(q = 1 pC)
    weight     = uniform(0, 1)
    plasticity = STDP(lr_post = 1e-2, lr_pre = -1e-4, tau_post = 30 ms, tau_pre = 30 ms)
projection few: said -> cells:
    connect = random(p)
    synapse = Delta(q = 1 pC)
    weight  = uniform(0, 1)
projection back: cells -> cells:
    connect = dense - diagonal
    synapse = Delta(q = 1 pC)
    weight  = -1
    delay   = 1 ms
projection onwards: cells -> others:
    connect = one_to_one
    synapse = Delta(q = 1 pC)
    weight  = 1

expect mean_rate(others) in [4 Hz, 6 Hz]
run:
    steps = 100
    batch = 4
"""


@pytest.fixture(scope="module")
def compiled() -> Compiled:
    return compile_program(check_text(PROGRAM, "costs.snn"))


def time_of(work: Work) -> float:
    return nanoseconds(work, BUILT_IN)


def test_rates_are_what_the_program_says(compiled: Compiled) -> None:
    rates = counting_of(compiled).rates
    assert rates["said"] == pytest.approx(0.05)
    assert rates["others"] == pytest.approx(0.005)
    assert "pixels" not in rates
    assert "cells" not in rates


def test_a_source_counts_at_the_rate_that_it_is_given() -> None:
    changed = compile_program(check_text(PROGRAM, "costs.snn", {"rate": "5 Hz"}))
    assert counting_of(changed).rates["said"] == pytest.approx(0.005)


def test_rows_cost_by_events_and_a_product_does_not() -> None:
    silent, busy = (Sums(784, 1000, 784_000, events) for events in (0.0, 0.01))
    assert time_of(row_gather(silent)) < time_of(row_gather(busy)) / 5
    assert time_of(synapse_rows(silent)) < time_of(synapse_rows(busy)) / 5
    assert one_sum(silent) == one_sum(busy)


@pytest.mark.parametrize(("events", "cheapest"), [(0.01, ROWS), (0.9, PRODUCT)])
def test_rows_are_cheaper_until_most_sources_spike(compiled: Compiled, events: float, cheapest: str) -> None:
    edge = next(e for e in projections(compiled.graph) if e.name == "learns")
    found = [c for c in candidates(edge, Sums(784, 1000, 784_000, events)) if c.work is not None]
    assert min(found, key=lambda c: time_of(c.work or Work())).name == cheapest
    # What is cheaper on a machine but has other bits is not taken for it.
    assert found[0].name == ROWS


def test_learning_costs_in_training_alone(compiled: Compiled) -> None:
    counting = counting_of(compiled)
    (region,) = (r for r in experiment(compiled.graph).regions if "cells" in r.populations)
    evaluation, training = (native_loop(counting, region, mode) for mode in (False, True))
    assert evaluation.of_step == Work()
    assert time_of(training.of_step) > 0
    assert time_of(training.of_sample) > time_of(evaluation.of_sample)


def test_a_larger_batch_costs_less_for_each_sample(compiled: Compiled) -> None:
    counting = counting_of(compiled)
    few, many = (time_of(network_step(replace(counting, batch=n), training=True)) / n for n in (1, 100))
    assert many < few


def test_more_neurons_cost_more() -> None:
    one, two = (compile_program(check_text(PROGRAM.replace("[20]", f"[{n}]"), "costs.snn")) for n in (20, 40))
    assert time_of(network_step(counting_of(two), training=False)) > time_of(network_step(counting_of(one), training=False))


def test_every_loop_has_its_work(compiled: Compiled) -> None:
    work = step_work(compiled)
    assert all(f"void {name}(" in compiled.loops for name in work)
    assert all(time_of(one) > 0 for one in work.values())


# ---- threads


def test_little_work_gets_no_second_thread() -> None:
    assert threads_worth(0, 8, BUILT_IN) == 1
    assert threads_worth(worth_a_thread(BUILT_IN), 8, BUILT_IN) == 1


def test_more_work_gets_more_threads_but_no_more_than_there_are() -> None:
    counts = [threads_worth(worth_a_thread(BUILT_IN) * times, 4, BUILT_IN) for times in (1, 2, 5, 10, 1000)]
    assert counts == sorted(counts)
    assert counts[0] == 1
    assert counts[-1] == 4


def test_a_thread_that_is_dear_is_worth_more_work() -> None:
    dear = replace(BUILT_IN, thread=100 * BUILT_IN.thread)
    assert threads_worth(10 * worth_a_thread(BUILT_IN), 8, dear) == 1


# ---- what is printed


def test_explaining_shows_each_choice_and_the_others(compiled: Compiled) -> None:
    text = explain_costs(compiled, BUILT_IN)
    assert text.startswith("costs on the CPU, estimated: a step of 4 samples on one thread\n  by the numbers built in: ")
    for line in (
        "  learns: 40 at 10 Hz (the program does not say it) -> 20",
        "      not one sum (its weights learn)",
        "  few: 30 at 50 Hz -> 20",
        "      not one sum (not all pairs are joined)",
        "      not rows of a matrix for all time steps at once: ",
        "      not matrix product: ",
        "      not eager: ",
        "      not compiled chunk: ",
        "      one thread: its samples meet in every step",
        "      samples on threads of their own: a second one pays in calls of ",
    ):
        assert f"\n{line}" in text, line


def test_a_region_that_is_no_loop_says_why() -> None:
    text = """snn 1
neuron Gambler:
    state v : mV = 0 mV
    tau * v' = -v
    param tau = 10 ms
    spike when v >= 1 mV:
        v = gamma(2, 1 mV)
population cells[3] = Gambler()
run:
    steps = 10
"""
    found = compile_program(check_text(text, "gambler.snn"))
    lines = explain_costs(found, BUILT_IN)
    assert "\n    compiled chunk: " in lines
    assert "not native loop (cells draws of a gamma or beta distribution in every step)" in lines


def test_the_numbers_of_a_machine_change_what_is_printed_and_nothing_else(compiled: Compiled) -> None:
    slower = replace(BUILT_IN, value=50 * BUILT_IN.value, row=50 * BUILT_IN.row)
    assert explain_costs(compiled, slower) != explain_costs(compiled, BUILT_IN)
    again = compile_program(check_text(PROGRAM, "costs.snn"))
    assert (again.source, again.loops, again.constants) == (compiled.source, compiled.loops, compiled.constants)


def test_another_connection_probability_changes_costs_and_no_text(compiled: Compiled) -> None:
    other = compile_program(check_text(PROGRAM, "costs.snn", {"p": 0.9}))
    assert other.source == compiled.source
    assert other.loops == compiled.loops
    assert explain_costs(other, BUILT_IN) != explain_costs(compiled, BUILT_IN)


def test_values_arrive_in_every_step() -> None:
    text = """snn 1
neuron Unit:
    input I
    state x = 0.5
    x' = (I - x) / (10 ms)
population a[30] = Unit()
projection rec: a.x -> a:
    connect = dense
    weight  = uniform(0, 1)
    delay   = 1 dt
run:
    steps = 10
"""
    assert "\n  rec: 30 analog -> 30\n" in explain_costs(compile_program(check_text(text, "values.snn")), BUILT_IN)
