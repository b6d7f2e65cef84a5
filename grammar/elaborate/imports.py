"""The files of a program: each import is read and parsed once, and what its names mean is written down."""

from __future__ import annotations

from inferno.grammar import ast, library
from inferno.grammar.check.wording import closest, listed, name_span, near_or_all, suggestion
from inferno.grammar.decode import decode
from inferno.grammar.diagnostics import Findings, Label
from inferno.grammar.elaborate.names import File, Library, Lost, Meaning, Member, definitions
from inferno.grammar.modules import MAIN, Modules
from inferno.grammar.regular_files import Missing
from inferno.grammar.source import Span
from inferno.grammar.syntax import parse

MOST_FILES = 500
DEEPEST = 50
STANDARD = "std"


class Loader:
    """Reads the files that a program imports."""

    def __init__(self, modules: Modules, findings: Findings) -> None:
        self.modules, self.findings = modules, findings
        self.files: dict[str, File | None] = {}
        self.failed: set[str] = set()
        self._under_way: list[tuple[str, str, Span]] = []

    def main(self, module: ast.Module) -> File:
        """The program's own file, with all that it imports."""
        file = File(MAIN, "", module)
        self._define(file)
        return file

    # ---- one file -----------------------------------------------------------------------------

    def _define(self, file: File) -> None:
        for name, span, definition in definitions(file.module):
            if name in file.places:
                # Of its own names the main file's check reports the second; nobody else checks another file's.
                if file.key != MAIN:
                    labels = (Label(file.places[name], "first here"),)
                    self.findings.error("E0302", f"`{name}` is defined twice", name_span(span, name), "again here", labels=labels)
                continue
            file.places[name] = name_span(span, name)
            file.names[name] = Member(file, name, definition)
        for item in file.module.items:
            if isinstance(item, ast.Import):
                self._import(file, item)

    def _import(self, file: File, item: ast.Import) -> None:
        place = name_span(item.span, item.module)
        if item.names is None:
            bound = item.alias or item.module.partition(".")[0]
            found = self._file(file, item.module, place, item)
            self._bind(file, bound, _nested(item, found), place if item.alias is None else name_span(_after(place, item.span), bound))
            return
        found = self._file(file, item.module, place, item)
        for name in item.names:
            meaning: Meaning = Lost(name.id)
            if found is not None:
                meaning = self._member(found, item.module, name)
            if isinstance(meaning, Lost) and file.key == MAIN:
                self.failed.add(name.id)
            self._bind(file, name.id, meaning, name.span)

    def _bind(self, file: File, name: str, meaning: Meaning, span: Span) -> None:
        known = file.names.get(name)
        if isinstance(known, Library) and isinstance(meaning, Library) and (known.file is None or meaning.file is None):
            file.names[name] = _merged(known, meaning)
            return
        if name in file.places:
            first, second = sorted((file.places[name], span), key=lambda s: s.start)
            labels = (Label(first, "first here"),)
            self.findings.error("E0302", f"`{name}` is defined twice", second, "again here", labels=labels)
            return
        file.places[name] = span
        file.names[name] = meaning

    def _member(self, found: File, title: str, name: ast.Name) -> Meaning:
        """What a file has under a name that is imported from it."""
        meaning = found.names.get(name.id)
        if isinstance(meaning, Member) and meaning.file is found:
            return meaning
        if isinstance(meaning, Lost) or not found.is_whole:
            return Lost(name.id)
        known = sorted(n for n, m in found.names.items() if isinstance(m, Member) and m.file is found)
        homes = [m for m in library.MODULES if name.id in library.components(m)]
        if isinstance(meaning, Member):
            hint = f"it is in `{meaning.file.title}`"
        elif homes:
            hint = f"it is in `std.{homes[0]}`"
        else:
            hint = near_or_all(self.findings, name.id, known, "it has")
        self.findings.error("E0306", f"`{title}` has no `{name.id}`", name.span, "", hint)
        self.failed.add(closest(self.findings, name.id, known))
        return Lost(name.id)

    # ---- files of a name ----------------------------------------------------------------------

    def _file(self, importer: File, title: str, place: Span, item: ast.Import) -> File | None:
        """The file that a module's name means; None where a mistake is reported."""
        root, _, rest = title.partition(".")
        if root == STANDARD:
            return self._standard(title, rest, place)
        if importer.key.startswith(f"{STANDARD}."):
            raise AssertionError("the standard library imports only itself")
        found = self.modules.find(importer.key, title)
        if isinstance(found, Missing):
            self._refuse(title, found, place)
            return None
        around = [i for i, (key, _, _) in enumerate(self._under_way) if key == found.key]
        if around or found.key == MAIN:
            self._report_cycle(title, place, self._under_way[around[0] + 1 :] if around else self._under_way)
            return None
        if found.key in self.files:
            return self.files[found.key]
        if len(self.files) >= MOST_FILES or len(self._under_way) >= DEEPEST:
            limit = f"{MOST_FILES} files" if len(self.files) >= MOST_FILES else f"a chain of {DEEPEST} files"
            self.findings.error("E0309", f"can't import `{title}`", place, f"the limit is {limit}", "join some of them")
            return None
        self._under_way.append((found.key, title, place))
        source = decode(found.data, found.name, self.findings)
        before = self.findings.errors
        module = parse(source, self.findings) if source is not None else None
        file = File(found.key, title, module) if module is not None else None
        if file is not None:
            file.is_whole = self.findings.errors == before
            self._define(file)
        self._under_way.pop()
        self.files[found.key] = file
        return file

    def _standard(self, title: str, rest: str, place: Span) -> File | None:
        if rest not in library.MODULES:
            known = [f"{STANDARD}.{m}" for m in library.MODULES]
            hint = near_or_all(self.findings, title, known, "there are")
            self.findings.error("E0306", f"the standard library has no module `{title}`", place, "", hint)
            return None
        if title not in self.files:
            file = File(title, title, library.module(rest))
            self.files[title] = file
            self._define(file)
        return self.files[title]

    def _refuse(self, title: str, missing: Missing, place: Span) -> None:
        if missing.is_absent:
            near = suggestion(self.findings, title, (f"{STANDARD}.{m}" for m in library.MODULES))
            self.findings.error("E0306", f"there is no module `{title}`", place, "", near or missing.help)
            return
        self.findings.error("E0309", f"can't import `{title}`: {missing.reason}", place, "", missing.help)

    def _report_cycle(self, title: str, place: Span, between: list[tuple[str, str, Span]]) -> None:
        """Report that a file imports itself, through the files between."""
        ring = " → ".join(f"`{t}`" for t in [title, *(t for _, t, _ in between), title])
        labels = tuple(Label(span, f"imports `{t}`") for _, t, span in between)
        help_text = "move what both need into a file of its own"
        self.findings.error("E0308", f"files import each other: {ring}", place, f"imports `{title}` again", help_text, labels=labels)


def _after(place: Span, whole: Span) -> Span:
    return Span(whole.source, place.end, whole.end)


def _nested(item: ast.Import, file: File | None) -> Meaning:
    """`import a.b` makes `b` known behind `a.`; with `as c` it is `c` itself."""
    if file is None:
        return Lost(item.alias or item.module)
    if item.alias is not None:
        return Library(item.alias, file)
    parts = item.module.split(".")
    made = Library(item.module, file)
    for index in range(len(parts) - 1, 0, -1):
        made = Library(".".join(parts[:index]), None, {parts[index]: made})
    return made


def _merged(first: Library, second: Library) -> Library:
    """What two imports below the same folder make known."""
    below = dict(first.below)
    for name, library_ in second.below.items():
        below[name] = _merged(below[name], library_) if name in below else library_
    return Library(first.title, first.file or second.file, below)


def known_in(library_: Library) -> list[str]:
    """What may stand behind the dot."""
    names = library_.file.names.items() if library_.file is not None else ()
    return sorted({*(n for n, m in names if isinstance(m, Member) and m.file is library_.file), *library_.below})


def words_for(library_: Library) -> str:
    """A hint at what may stand behind the dot."""
    names = known_in(library_)
    return f"it has {listed(names)}" if names else "it defines nothing"
