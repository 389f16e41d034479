#!/bin/sh
# All checks, in the order in which they are cheap; called by the Makefile with the number of jobs.
#
# The small book is made without a network (AIMASS_ONLINE=1 leaves that out), so that it is known to need none after set-up. It is made
# before the tests, which look at it in a browser where there is one.
set -eu
jobs=$1
bin=.venv/bin
guard="$bin/python tools/without_network.py"
[ -z "${AIMASS_ONLINE:-}" ] || guard=
say() { printf '\n== %s\n' "$1"; }
say "style, spelling, types" && sh tools/lint.sh
say "the small book, without a network" && $guard $bin/aimass book --profile small --jobs "$jobs"
say "the prose's numbers" && $bin/aimass lint
say "coverage of the whitepaper" && $bin/aimass coverage
say "tests" && $bin/python -m pytest -n "$jobs"
say "all checks passed"
