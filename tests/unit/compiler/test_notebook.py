"""How notebooks show a network."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import networks
import pytest

from inferno.compiler.notebook import to_html
from inferno.compiler.picture import MOST, to_svg
from inferno.compiler.pipeline import compile_program
from inferno.grammar import check_text


def parsed(text: str) -> ElementTree.Element:
    """The fragment, which must be well-formed."""
    return ElementTree.fromstring(text.replace("&nbsp;", " "))  # noqa: S314


def test_a_network_is_shown_with_its_picture_tables_and_equations(tmp_path: Path) -> None:
    page = networks.load(tmp_path)._repr_html_()
    whole = parsed(page)
    words = " ".join(whole.itertext())
    assert "evaluation, eager, cpu" in words
    for part in (
        "enc",
        "exc",
        "inh",
        "ALIF",
        "dense - diagonal",
        "inh → exc.I",
        "STDP",
        "tau_m * v' = v_rest - v + R*I",
        "refractory t_ref",
    ):
        assert part in words, part
    svg = whole.find("{http://www.w3.org/2000/svg}svg")
    assert svg is not None
    namespace = "{http://www.w3.org/2000/svg}"
    assert len(svg.findall(f"{namespace}g")) == 6  # image, enc, exc, inh, label, rates
    assert len([p for p in svg.findall(f"{namespace}path") if "marker-end" in p.attrib]) == 6


EVENTS = """snn 1
neuron Cell:
    input I : mV
    state v : mV = 0 mV
    10 ms * v' = I - v
    on high when v > 5 mV
population cells[3] = Cell(I = 8 mV)
population others[3] = Cell()
projection wake: cells.high -> others:
    connect = one_to_one
    weight = 20 mV*ms
run:
    steps = 20
"""


def test_a_network_whose_events_are_sent_is_shown(tmp_path: Path) -> None:
    words = " ".join(parsed(networks.load(tmp_path, EVENTS)._repr_html_()).itertext())
    assert "cells.high" in words
    assert "wake" in words


def test_the_same_network_gives_the_same_text(tmp_path: Path) -> None:
    assert networks.load(tmp_path)._repr_html_() == networks.load(tmp_path)._repr_html_()


def test_words_of_the_author_are_escaped() -> None:
    text = 'snn 1\n"""<script>alert(1)</script> & "so on\'"""\nneuron Odd:\n    state v = 0\n    v\' = 0/(1 ms) if v < 1 and v > 0 else 0\n'
    program = check_text(text + "population p[2] = Odd()\n", "a<b>&.snn")
    page = to_html(program, compile_program(program).graph)
    assert "<script" not in page
    words = " ".join(parsed(page).itertext())
    assert "<script>alert(1)</script>" in words
    assert "v < 1 and v > 0" in words


@pytest.mark.parametrize("number", [MOST, MOST + 1])
def test_a_network_of_too_many_parts_has_no_picture(number: int) -> None:
    lines = [f"population p{i}[3] = Leaky()" for i in range(number)]
    graph = compile_program(check_text("snn 1\nfrom std.neurons import Leaky\n" + "\n".join(lines), "many.snn")).graph
    assert bool(to_svg(graph)) == (number == MOST)


def test_boxes_do_not_lie_on_each_other() -> None:
    lines = [f"population p{i}[3] = LIF()" for i in range(8)]
    lines += [
        f"projection q{i}: p{i} -> p{j}:\n    connect = dense\n    weight = 1 pC\n    delay = 1 dt"
        for i, j in enumerate([1, 2, 0, 4, 5, 5, 7])
    ]
    graph = compile_program(check_text("snn 1\nfrom std.neurons import LIF\n" + "\n".join(lines), "boxes.snn")).graph
    frames = [r.attrib for r in ElementTree.fromstring(to_svg(graph)).iter("{http://www.w3.org/2000/svg}rect")]  # noqa: S314
    places = [(float(f["x"]), float(f["y"])) for f in frames]
    assert len(set(places)) == 8
    assert all(abs(x - a) >= 148 or abs(y - b) >= 40 for i, (x, y) in enumerate(places) for a, b in places[:i])
