"""Links the three source folders into `build/typing/inferno/` as the one package they are installed as, for mypy and pyright to follow."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "build" / "typing" / "inferno"
BESIDE = ("grammar", "compiler")


def link() -> None:
    """Make the links anew: each file and folder of `inferno/`, and the folders beside it."""
    PACKAGE.mkdir(parents=True, exist_ok=True)
    wanted = {path.name: path for path in (ROOT / "inferno").iterdir() if path.name != "__pycache__"}
    wanted |= {name: ROOT / name for name in BESIDE}
    for old in PACKAGE.iterdir():
        if old.is_symlink():
            old.unlink()
    for name, path in sorted(wanted.items()):
        (PACKAGE / name).symlink_to(path, target_is_directory=path.is_dir())


if __name__ == "__main__":
    link()
