"""Same machine, same seed: the same values, bit for bit, whether a model was trained or read back from a checkpoint."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TINY = {
    "newsroom_size": 600, "train_pairs": 200, "test_pairs": 40, "vocab_size": 800, "other_vocab_size": 600, "units": 16, "epochs": 1,
    "averaged": 1, "compare_units": 16, "compare_epochs": 1, "num_layers": 1, "n_seeds": 1, "beam_size": 2, "beam_sizes": [1, 2],
    "exact_pairs": 2, "map_pairs": 3,
}  # fmt: skip


def run_chapter() -> Path:
    """Run chapter 2.6 with tiny values in a folder of its own, and return that folder."""
    options = [
        word for name, value in TINY.items() for word in ("-p", name, json.dumps(value).replace(" ", ""))
    ]
    command = [str(Path(sys.executable).with_name("aimass")), "run", "2.6", "--force", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return ROOT / re.search(r"\S*build/small-custom-\w+", done.stdout).group()


def records(folder: Path) -> dict[str, dict]:
    """All claims, numbers, figures and tables that the executed chapter left, without what tells the time."""
    notebook = json.loads((folder / "executed" / "2.6_attention.ipynb").read_text(encoding="utf-8"))
    found = {}
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            for mime, record in output.get("data", {}).items():
                kind = re.fullmatch(r"application/vnd\.aimass\.(claim|number|figure|table)\+json", mime)
                if kind:
                    found[f"{kind[1]} {record.get('id') or record['name']}"] = record
    return found


@pytest.mark.slow
def test_a_chapter_run_twice_gives_the_same_values_bit_for_bit():
    folder = run_chapter()
    first = records(folder)
    found = sorted(
        (folder / "checkpoints").rglob("attention-*.weights.h5"), key=lambda path: path.stat().st_mtime
    )
    checkpoints = [
        path for path in found if path.parent == found[-1].parent
    ]  # not those of a run of other code
    assert len(checkpoints) == 2  # its weights, and those after an epoch that are to be averaged
    for checkpoint in checkpoints:
        checkpoint.unlink()  # one model is trained again, the others are read back
    assert records(run_chapter()) == first
    assert sum(key.startswith("claim") for key in first) == 10
    assert any(key.startswith("figure") for key in first)
