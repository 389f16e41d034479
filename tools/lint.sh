#!/bin/sh
# Style, spelling and types, of the code and of the chapters' text; called by the Makefile.
set -eu
bin=.venv/bin
$bin/ruff check src tests tools benchmarks
$bin/ruff format --check src tests tools benchmarks
$bin/jupytext --quiet --check "$bin/ruff check --quiet --ignore E402,F404,I001,B018,D100 --stdin-filename {} -" chapters/*.md
$bin/codespell -L rouge,smal,enty README.md CONTRIBUTING.md src tests tools benchmarks chapters book/*.md workflow
$bin/python tools/environment.py --check
$bin/mypy --ignore-missing-imports src/aimass/study src/aimass/cli
