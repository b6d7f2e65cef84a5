# One verb for each thing that is done with this project; `make` alone lists them.
# Every verb that needs Python makes `.venv` first; a second call finds it there and installs nothing.

PYTHON  ?= python3
WORKERS ?= 2
SEEDS   ?= 20
BACKEND ?= inductor
N       ?= 1000
FIRST   ?= 0
PEERS   ?= ../shared/bench/peers
MNIST   ?= ../shared/data
VENV    ?= .venv

bin   := $(VENV)/bin
# The stamp carries a sum of what was installed: it is remade when a dependency changes, and not when a file is merely touched.
stamp := $(VENV)/.installed-$(shell cat pyproject.toml constraints.txt | cksum | cut -d' ' -f1)

.DEFAULT_GOAL := help
.PHONY: help setup demo test check golden bench bench-scale science differential fuzz docs clean

help:  ## list the verbs
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1 \2/p' $(MAKEFILE_LIST) | awk '{ verb = $$1 " " $$2; $$1 = $$2 = ""; printf "  %-20s%s\n", verb, $$0 }'

setup: $(stamp)  ## make .venv and install into it

$(stamp): pyproject.toml constraints.txt
	@test -x $(bin)/python || $(PYTHON) -m venv $(VENV)
	$(bin)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@rm -f $(VENV)/.installed-*
	@touch $@

demo: setup  ## learn scikit-learn's digits and draw what was learned into demo/
	$(bin)/python examples/digits_demo.py --out demo

test: setup  ## run all tests but the slow ones
	$(bin)/python -m pytest -q -n $(WORKERS) --dist worksteal

check: setup  ## ruff and strict types
	$(bin)/ruff check .
	$(bin)/python tools/link.py
	$(bin)/mypy

golden: setup  ## write what the tests see into the golden files, to be read in the diff
	$(bin)/python -m pytest -q tests/golden --update-golden

bench: setup  ## measure against the peers; PEERS= and MNIST= name their folders
	$(bin)/python bench/peers.py --peers $(PEERS) --mnist $(MNIST)

bench-scale: setup  ## show how cost grows with neurons, synapses, batch, steps and rate
	$(bin)/python bench/scale.py

science: setup  ## run the slow tests: large networks against published rates, all of MNIST= (../shared/data)
	$(bin)/python -m pytest -q -m slow --durations=0 --mnist $(MNIST) tests

differential: setup  ## compare networks, compiled by BACKEND=inductor, with the oracle on SEEDS=20 generated ones
	$(bin)/python tests/oracle/differential.py --seeds $(SEEDS) --backend $(BACKEND)

fuzz: setup  ## look for crashes of the checker and the compiler with N=1000 programs, from number FIRST=0 on
	$(bin)/python tools/fuzz.py --count $(N) --first $(FIRST)

docs: setup  ## redraw the picture of the README, and run every code block of the documentation
	$(bin)/python examples/digits_demo.py --out demo
	cp demo/receptive_fields.png demo/raster.png docs/images/
	$(bin)/python -m pytest -q tests/docs

clean:  ## remove what was made here, .venv apart
	rm -rf build dist demo *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +
