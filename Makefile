# Two commands for a fresh clone: `make demo` and `make test`. They need Python 3.11+ and nothing else.
# Each step leaves a stamp in .venv, so a second run starts at once.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet -c constraints.txt
# The tests of the stronger engines and of the training recipes need these; leave some out and their tests skip.
TEST_EXTRAS ?= dev,train,online,heic
WORKERS ?= 2
# Where the training data lies: clothing/ and ccp/ (see NOTICE).
DATA ?= ../shared/data
DEMO ?=
TESTS ?=

# Two busy cores and several processes: a thread pool in each would make everything crawl.
one_thread := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1

.PHONY: setup demo test check lint bench models docs help
.DEFAULT_GOAL := help

help:            ## say what there is
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 10

setup: $(VENV)/plain.stamp  ## make .venv with the plain package

demo: $(VENV)/plain.stamp  ## draw a sample shop and open its page; DEMO="--photos FOLDER" for your own
	$(BIN)/shopsight demo $(DEMO)

test: check  ## check everything and run every test; TESTS="tests/unit -k words" for some
	$(one_thread) $(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup $(TESTS)

check: lint
	$(BIN)/mypy
	$(BIN)/lint-imports

lint: $(VENV)/test.stamp  ## style only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

bench: $(VENV)/test.stamp  ## measure speed and memory beside named peers; writes benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks

models: $(VENV)/test.stamp  ## train the shipped weights again, in order (an hour or two on two cores)
	$(BIN)/python training/lite0/train.py --data $(DATA) --out training/runs/lite0
	$(BIN)/python training/lite0/finish.py --data $(DATA) --run training/runs/lite0
	$(BIN)/python training/verdict/fit.py --clothing $(DATA)/clothing
	$(BIN)/python training/verdict/fit.py --clothing $(DATA)/clothing --engine shop.lite0-int8
	$(BIN)/python training/pattern/fit.py --data $(DATA)  # prints the table of images/pattern.py
	$(BIN)/python training/known/fit.py --data $(DATA)
	$(BIN)/python training/known/fit.py --data $(DATA) --engine shop.lite0-int8
	$(BIN)/python -m training.scene.train --data $(DATA) --out training/runs/scene
	$(BIN)/python -m training.scene.finish --data $(DATA) --run training/runs/scene --masks training/runs/masks.npz
	$(BIN)/shopsight train fashion-mnist --model small-cnn --data $(DATA)/fashion-mnist --out training/runs/fashion-mnist --resume
	$(BIN)/python training/fashion_mnist/ship.py --run training/runs/fashion-mnist --clothing $(DATA)/clothing

docs: $(VENV)/test.stamp  ## check the documents: their links, their examples, the tour in the README
	$(one_thread) $(BIN)/python -m pytest tests/docs

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Shopsight needs Python 3.11 or newer; say which with: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/plain.stamp: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "installing the plain package (once)"
	$(PIP) -e .
	@touch $@

$(VENV)/test.stamp: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "installing what the tests need (once; takes some minutes)"
	$(PIP) -e '.[$(TEST_EXTRAS)]'
	@touch $@ $(VENV)/plain.stamp
