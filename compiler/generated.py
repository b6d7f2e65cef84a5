"""A generated text as a Python module."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import itertools
import linecache
from types import ModuleType

_numbers = itertools.count(1)


class _TextLoader(importlib.abc.InspectLoader):
    """Loads a module from a text that this program has written itself."""

    def __init__(self, text: str, path: str) -> None:
        self.text, self.path = text, path

    def get_source(self, fullname: str) -> str:
        """The text."""
        return self.text


def load_module(text: str) -> ModuleType:
    """The module of a generated text, known to `linecache` so that tracebacks and debuggers show its lines."""
    name = f"inferno_generated_{next(_numbers)}"
    path = f"<generated {name}>"
    loader = _TextLoader(text, path)
    spec = importlib.machinery.ModuleSpec(name, loader, origin=path)
    module = importlib.util.module_from_spec(spec)
    linecache.cache[path] = (len(text), None, text.splitlines(keepends=True), path)
    module.__file__ = path
    loader.exec_module(module)
    return module
