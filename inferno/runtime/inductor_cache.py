"""Inductor's cache inside our own folder: by default it lies in a shared temporary folder, and its entries are unpickled."""

from __future__ import annotations

import os
import pathlib

from inferno.cache import cache_folder

VARIABLE = "TORCHINDUCTOR_CACHE_DIR"


def use_own_inductor_cache() -> pathlib.Path:
    """Points inductor (and Triton below it) to `cache_folder()/inductor`; returns the folder that will be used.

    To be called before the first `torch.compile`. A folder that the user chose through `TORCHINDUCTOR_CACHE_DIR` is left alone;
    inductor's own default, which it writes into the same variable, is not. `TRITON_CACHE_DIR` follows: inductor puts `triton/` there.

    Raises `CacheError` where our folder is refused.
    """
    from torch._inductor.runtime.cache_dir_utils import default_cache_dir

    chosen = os.environ.get(VARIABLE)
    if chosen and pathlib.Path(chosen) != pathlib.Path(default_cache_dir()).absolute():
        return pathlib.Path(chosen)
    folder = cache_folder() / "inductor"
    folder.mkdir(mode=0o700, exist_ok=True)
    os.environ[VARIABLE] = str(folder)
    return folder
