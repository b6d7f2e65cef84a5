"""How the synapses of a projection lie: a matrix, one for each target, or rows of a list; each has a number `s`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from inferno.compiler.codegen.loop.writer import Loop
from inferno.compiler.nodes import ProjectionEdge, Rule
from inferno.compiler.plan import is_list


@dataclass(frozen=True, slots=True)
class Layout:
    """The synapses of a learning projection; `count` is the text of their number."""

    edge: ProjectionEdge
    rule: Rule
    sources: int
    targets: int
    count: str

    @property
    def late(self) -> bool:
        """Whether each synapse has a delay of its own, so that what arrives, and traces of it, are there for each."""
        return self.edge.delays is not None

    def places(self, source: str, target: str) -> Mapping[str, str]:
        """Where values of the sides of a synapse, and of itself, lie in sample `b`; what belongs to no sample is at `synapse`."""
        pre = f"b * {self.count} + s" if self.late else f"b * {self.sources} + {source}"
        return {"pre": pre, "post": f"b * {self.targets} + {target}", "synapse": "s"}

    def source_of(self, loop: Loop, synapse: str) -> str:
        """The text of a synapse's source."""
        if is_list(self.edge):
            return f"{loop.array(f'{self.edge.name}.pre', 'int32_t')}[{synapse}]"
        return synapse if self.edge.kernel == "vector" else f"{synapse} / {self.targets}"

    def target_of(self, loop: Loop, synapse: str) -> str:
        """The text of a synapse's target."""
        if is_list(self.edge):
            return f"{loop.array(f'{self.edge.name}.targets', 'int32_t')}[{synapse}]"
        return synapse if self.edge.kernel == "vector" else f"{synapse} % {self.targets}"

    @contextmanager
    def row(self, loop: Loop) -> Iterator[None]:
        """A loop over the synapses `s` of `source`, with the target of each."""
        if is_list(self.edge):
            starts = loop.array(f"{self.edge.name}.indptr", "int64_t")
            with loop.block(f"for (int64_t s = {starts}[source]; s < {starts}[source + 1]; ++s)"):
                loop.write(f"[[maybe_unused]] const int64_t target = {self.target_of(loop, 's')};")
                yield
            return
        head = "" if self.edge.kernel == "vector" else f"for (int64_t target = 0; target < {self.targets}; ++target)"
        with loop.block(head):
            if not head:
                loop.write("[[maybe_unused]] const int64_t target = source;")
            loop.write(f"const int64_t s = {'source' if not head else f'source * {self.targets} + target'};")
            yield

    @contextmanager
    def column(self, loop: Loop) -> Iterator[None]:
        """A loop over the synapses `s` of `target`, with the source of each; `continue` leaves one out."""
        if is_list(self.edge):
            starts = loop.array(f"{self.edge.name}.column starts", "int64_t")
            with loop.block(f"for (int64_t k = {starts}[target]; k < {starts}[target + 1]; ++k)"):
                loop.write(f"const int64_t s = {loop.array(f'{self.edge.name}.columns', 'int32_t')}[k];")
                loop.write(f"[[maybe_unused]] const int64_t source = {self.source_of(loop, 's')};")
                yield
            return
        one = self.edge.kernel == "vector"
        with loop.block(
            f"for (int64_t source = {'target' if one else '0'}; source {'== target' if one else f'< {self.sources}'}; ++source)"
        ):
            loop.write(f"const int64_t s = {'source' if one else f'source * {self.targets} + target'};")
            yield


def layout_of(loop: Loop, edge: ProjectionEdge, rule: Rule, sources: int, targets: int) -> Layout:
    """How a projection's synapses lie."""
    if not is_list(edge):
        return Layout(edge, rule, sources, targets, str(targets if edge.kernel == "vector" else sources * targets))
    count = loop.names.of(f"{edge.name} synapses")
    loop.prepare(f"const int64_t {count} = {loop.array(edge.name + '.indptr', 'int64_t')}[{sources}];")
    return Layout(edge, rule, sources, targets, count)
