#!/bin/sh
# Resolve requirements/cpu.txt and gpu.txt from pyproject.toml, and peers.txt from peers.in: hashed, for all platforms and Pythons, without index addresses.
# Versions already locked are kept where they still fit; UPGRADE=1 takes the newest. The GPU lock starts from the CPU lock's
# versions, so that the two differ only in TensorFlow's flavour and CUDA.
set -eu
flavour() { # FLAVOUR: the lock of one extra; versions already in it are kept
  .venv/bin/uv pip compile pyproject.toml --extra "$1" --extra study --group dev --universal --python-version 3.11 \
    --generate-hashes --no-annotate --no-header --quiet ${UPGRADE:+--upgrade} --output-file "requirements/$1.txt"
}
flavour cpu
cp requirements/cpu.txt requirements/gpu.txt
UPGRADE= flavour gpu
.venv/bin/uv pip compile requirements/peers.in --constraint requirements/cpu.txt --universal --python-version 3.11 \
  --generate-hashes --no-annotate --no-header --quiet ${UPGRADE:+--upgrade} --output-file requirements/peers.txt
