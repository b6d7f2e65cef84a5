"""The codes of imports, blocks and loops: what is put in before a program is checked."""

from __future__ import annotations

from inferno.grammar.code import Code, explained

BLOCK = "network Pair(n : int = 4):\n    population a[n] = LIF()\n    population b[n] = LIF()\n    export a\n"

UNIT = "neuron Unit:\n    input I : 1\n    state v = 0\n    (10 ms) * v' = I - v\n    spike when v >= 1:\n        v -= 1\n\n"

STRUCTURE_CODES: dict[str, Code] = dict(
    [
        explained(
            "E0308",
            "files that import each other",
            "Two files can't each need the other first. The message shows the way round, with a line for each import.",
            "# in a.snn\nfrom b import Second\n\n# in b.snn\nfrom a import First",
            "# in a.snn\nfrom common import Shared\n\n# in b.snn\nfrom common import Shared",
        ),
        explained(
            "E0309",
            "a file that can't be imported",
            (
                "`import a.b` reads `a/b.snn` in the folder of the importing file, or in a folder named by `--path`: a regular file of "
                "at most 4 MiB that no link leads out of its folder to. A text that is no file can import the standard library alone."
            ),
            "from blocks import ConvBlock      # blocks.snn is a link to /home/else/blocks.snn",
            "from blocks import ConvBlock      # a copy of it, or: inferno run f.snn --path /home/else",
        ),
        explained(
            "E0310",
            "a network that holds itself",
            "A block may use other blocks, but in the end they are laid out one inside the other, so none can be inside of itself.",
            "network Ring():\n    population a[4] = LIF()\n    use next = Ring()\n\nuse ring = Ring()",
            "network Ring():\n    population a[4] = LIF()\n\nuse first = Ring()\nuse second = Ring()",
        ),
        explained(
            "E0311",
            "a statement in the wrong place",
            (
                "`port` and `export` belong into a `network`. Components, networks and imports stand at the top level of a file; inputs, "
                "outputs and the `run:` and `train:` blocks do not belong into a network, and `param` not into a `for`."
            ),
            "population a[4] = LIF()\nexport a",
            BLOCK + "\nuse pair = Pair()",
        ),
        explained(
            "E0312",
            "a block that does not show this",
            (
                "From outside only what a network exports and its ports can be named, as `pair.a`; of blocks with numbers one is named "
                "first, as `pair[0].a`."
            ),
            BLOCK + "\nuse pair = Pair()\nrecord pair.b.spikes",
            BLOCK + "\nuse pair = Pair()\nrecord pair.a.spikes",
        ),
        explained(
            "E0313",
            "no such number",
            "Values of a list and blocks are numbered from 0; negative numbers count from the end, so `[-1]` is the last.",
            "param sizes = [12, 32]\npopulation a[sizes[2]] = LIF()",
            "param sizes = [12, 32]\npopulation a[sizes[1]] = LIF()\npopulation b[sizes[-1]] = LIF()",
        ),
        explained(
            "E0514",
            "a port that can't be joined",
            (
                "A port stands for what is connected to it from outside, so something must lead to it and something on from it. Weights "
                "can't be needed twice, so of several edges at one side of a port none may have weights on the other."
            ),
            (
                "network Readout():\n    port inp\n    population a[4] = LIF()\n    projection ff: inp -> a:\n        connect = dense\n"
                "        weight  = (1 nA) * (1 ms)\n    export a\n\nuse out = Readout()"
            ),
            (
                "network Readout():\n    port inp\n    population a[4] = LIF()\n    projection ff: inp -> a:\n        connect = dense\n"
                "        weight  = (1 nA) * (1 ms)\n    export a\n\npopulation source[4] = LIF()\nuse out = Readout()\nsource -> out.inp"
            ),
        ),
        explained(
            "E0515",
            "a layer that does not fit",
            (
                "Convolution and pooling take [channels, height, width], a window no larger than that, and `dense` must know how many "
                "values it gives: by its argument, or by the shape of the population at its end. A population without a written "
                "shape takes that of the layers that end on it."
            ),
            UNIT + "input x : spikes[2, 8, 8]\npopulation a = Unit()\nx -[flatten | conv(4, kernel = 3)]-> a",
            UNIT + "input x : spikes[2, 8, 8]\npopulation a = Unit()\nx -[conv(4, kernel = 3) | maxpool(2)]-> a",
        ),
        explained(
            "E0516",
            "an unknown layer",
            "Between `-[` and `]->` stand layers: `conv`, `dense`, `maxpool`, `avgpool`, `batchnorm` and `flatten`, joined by `|`.",
            UNIT + "input x : spikes[2, 8, 8]\npopulation a = Unit()\nx -[convolution(4, kernel = 3)]-> a",
            UNIT + "input x : spikes[2, 8, 8]\npopulation a = Unit()\nx -[conv(4, kernel = 3)]-> a",
        ),
    ]
)
