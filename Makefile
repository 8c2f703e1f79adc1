# `make` lists the targets. Everything is set up in .venv/, nothing else on the machine changes.

PYTHON ?= python3
# tflite-runtime ends with Python 3.11; from 3.12 on, LiteRT is the only interpreter.
HAS_TFLITE := $(shell $(PYTHON) -c 'import sys; print("yes" if sys.version_info < (3, 12) else "")')
RUNTIMES := $(if $(HAS_TFLITE),tflite) litert
PIP := -m pip install --quiet --disable-pip-version-check

.PHONY: help demo test test-edge test-all test-mediapipe emulator check format schema versions clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 16

demo: .venv/edge/ready  ## classify the demo photos with the shipped model, and save demo.png
	.venv/edge/bin/python -m edge.camera --model models/cifar10_int8.tflite \
	    --source demo/frames --sheet demo.png
	@echo "look at demo.png"

test: check test-edge test-all  ## everything: format, lint, types, all tests

test-edge: $(RUNTIMES:%=test-%)  ## the device's tests, once with each runtime alone

test-tflite test-litert: test-%: .venv/%/ready
	.venv/$*/bin/python -m pytest tests/edge

test-all: .venv/train/ready  ## all tests, with the desktop's packages
	.venv/train/bin/python -m pytest

test-mediapipe: .venv/train/ready .venv/mediapipe/ready  ## our file in MediaPipe's ImageClassifier
	.venv/train/bin/python -m pytest -s tests/convert/test_mediapipe.py

emulator:  ## the device's tests and demo on emulated Raspberry Pis (root, Debian)
	$(PYTHON) -m deploy.emulator build
	$(PYTHON) -m deploy.emulator check

check: .venv/train/ready  ## formatter, linter, types
	.venv/train/bin/ruff format --check .
	.venv/train/bin/ruff check .
	.venv/train/bin/mypy

format: .venv/train/ready  ## put the code into the one format
	.venv/train/bin/ruff format .
	.venv/train/bin/ruff check --fix .

schema:  ## generate the metadata writer anew (needs Debian's flatbuffers-compiler)
	rm -rf build/schema && mkdir -p build/schema
	flatc --python --gen-object-api --gen-onefile -o build/schema convert/metadata_schema.fbs
	mv build/schema/metadata_schema_generated.py convert/metadata_schema_py_generated.py

versions: .venv/train/ready .venv/mediapipe/ready  ## try anew which operators each runtime has
	.venv/train/bin/python -m convert.compatibility.probe

clean:  ## remove environments and caches
	rm -rf .venv build demo.png .mypy_cache .pytest_cache .ruff_cache

# The device's environment, as a device has it: requirements-edge.txt and nothing else.
.venv/edge/ready: requirements-edge.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv .venv/edge
	.venv/edge/bin/python $(PIP) -r requirements-edge.txt
	@touch $@

# The same with one of the two runtimes only, to prove that either suffices.
.venv/tflite/ready: OTHER := ai-edge-litert
.venv/litert/ready: OTHER := tflite-runtime
.venv/tflite/ready .venv/litert/ready: requirements-edge.txt requirements-dev.txt
	$(PYTHON) -m venv $(@D)
	grep -v '^$(OTHER)' requirements-edge.txt > $(@D)/requirements.txt
	$(@D)/bin/python $(PIP) -r $(@D)/requirements.txt "$$(grep ^pytest requirements-dev.txt)"
	@touch $@

# MediaPipe brings another OpenCV: it never shares an environment with ours.
.venv/mediapipe/ready: tests/convert/mediapipe/requirements.txt
	$(PYTHON) -m venv .venv/mediapipe
	.venv/mediapipe/bin/python $(PIP) -r tests/convert/mediapipe/requirements.txt
	@touch $@

.venv/train/ready: requirements-edge.txt requirements-train.txt requirements-dev.txt
	$(PYTHON) -m venv .venv/train
	.venv/train/bin/python $(PIP) -r requirements-train.txt -r requirements-dev.txt
	@touch $@
