from collections.abc import Iterator

import pytest

from inferno.runtime.kernels import use_native, use_native_pairs, use_reference


@pytest.fixture(scope="module")
def native_kernels(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The native kernels, loaded into this process from a cache of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INFERNO_CACHE", str(tmp_path_factory.mktemp("cache") / "inferno"))
        use_native()
        use_native_pairs()


@pytest.fixture(params=["native", "twin"])
def kernels(request: pytest.FixtureRequest, native_kernels: None) -> Iterator[str]:
    """A test that uses this runs on the native kernels and on their twins."""
    if request.param == "native":
        yield "native"
    else:
        with use_reference():
            yield "twin"
