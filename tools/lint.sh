#!/bin/sh
# Style, spelling and types, of the code and of the chapters' text; called by the Makefile.
set -eu
bin=.venv/bin
$bin/ruff check src tests tools benchmarks
$bin/ruff format --check src tests tools benchmarks
for chapter in chapters/*.md; do
  # E402, I001: imports stand where they are explained; B018: a last line is shown; D100: a chapter has a title, not a docstring.
  $bin/jupytext --quiet --to py:percent --output - "$chapter" |
    $bin/ruff check --quiet --ignore E402,I001,B018,D100 --stdin-filename "${chapter%.md}.py" -
done
$bin/codespell -L rouge,smal,enty,nce,teh,caf README.md CONTRIBUTING.md src tests benchmarks chapters book/*.md workflow
$bin/python tools/environment.py --check
$bin/mypy --ignore-missing-imports src/aimass/study src/aimass/cli
