"""Links the package's folders into `build/typing/inferno` as they are installed: type checkers can't follow the mapping."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    target = ROOT / "build" / "typing" / "inferno"
    target.mkdir(parents=True, exist_ok=True)
    for old in target.iterdir():
        old.unlink()
    for source in (*(ROOT / "inferno").iterdir(), ROOT / "grammar", ROOT / "compiler"):
        if source.name != "__pycache__":
            (target / source.name).symlink_to(source)


if __name__ == "__main__":
    main()
