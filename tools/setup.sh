#!/bin/sh
# Make or mend .venv so that it holds exactly what the lock says, and the package itself; called by the Makefile.
#
#   sh tools/setup.sh PYTHON VERSION EXTRA STAMP
#
# PYTHON is the interpreter of a new environment, VERSION (3.12, say) what an existing one must have to be kept, EXTRA the lock
# (cpu or gpu), STAMP the file that says "done": it is written last, so that a set-up cut short is repeated. An environment
# whose set-up was cut short is made anew from nothing, because half-unpacked packages look installed.
set -eu
python=$1 wanted=$2 extra=$3 stamp=$4
venv=$PWD/.venv
lock=requirements/$extra.txt
busy=.venv/.setting-up

version_of() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || true; }

if [ ! -f "$lock" ]; then
  echo "set-up: there is no $lock; EXTRA is cpu or gpu" >&2
  exit 2
fi
if [ -e "$busy" ] || [ "$(version_of .venv/bin/python)" != "$wanted" ] ||
  ! grep -qF "$venv" .venv/pyvenv.cfg || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
  echo "set-up: a new .venv with Python $wanted"
  rm -rf .venv
  "$python" -m venv .venv
fi
rm -f .venv/.ready-*
: >"$busy"
uv=$(sed -n 's/^\(uv==[^ ;]*\).*/\1/p' "$lock")
if [ "$(.venv/bin/uv --version 2>/dev/null | cut -d' ' -f2)" != "${uv#uv==}" ]; then
  echo "set-up: $uv"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check "$uv"
fi
echo "set-up: the packages of $lock"
UV_COMPILE_BYTECODE=1 .venv/bin/uv pip sync --quiet --python .venv/bin/python --require-hashes "$lock"
UV_COMPILE_BYTECODE=1 .venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --require-hashes \
  --requirement requirements/peers.txt
.venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps -e .
rm -f "$busy"
: >"$stamp"
