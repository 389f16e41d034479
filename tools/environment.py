"""Write environment.yml, for users of conda, from pyproject.toml; with --check, say whether it is up to date.

Conda gives Python and pip alone. All packages come from the same hashed lock as everywhere else, by pip; the package itself is installed
afterwards, since pip takes no unhashed project together with hashed requirements.
"""

import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "environment.yml"

TEMPLATE = """\
# Made from pyproject.toml by `make environment`; a test fails when the two drift apart.
#
#   conda env create --file environment.yml
#   conda activate {name}
#   python -m pip install --no-deps --editable .
name: {name}
channels:
  - conda-forge
  - nodefaults
dependencies:
  - {python}
  - pip
  - make
  - pip:
      - --requirement requirements/cpu.txt
"""


def environment(pyproject: str) -> str:
    """The text of environment.yml that belongs to the text of a pyproject.toml."""
    project = tomllib.loads(pyproject)["project"]
    python = "python" + project["requires-python"].replace(" ", "")
    return TEMPLATE.format(name=project["name"], python=python)


def main(arguments: list[str]) -> int:
    """Write the file, or compare it; returns the exit status."""
    wanted = environment((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    if arguments == ["--check"]:
        found = TARGET.read_text(encoding="utf-8") if TARGET.is_file() else ""
        if found != wanted:
            print(
                "environment.yml differs from what pyproject.toml asks for; run `make environment`",
                file=sys.stderr,
            )
            return 1
        return 0
    if arguments:
        print("usage: python tools/environment.py [--check]", file=sys.stderr)
        return 2
    TARGET.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
