"""The mirror of the real corpora, where there is one."""

import os
from pathlib import Path


def mirror_folder():
    """The folder that AIMASS_DATA names, or shared/data beside the project; None where there is neither."""
    named = os.environ.get("AIMASS_DATA")
    folder = Path(named) if named else Path(__file__).parents[2].parent / "shared" / "data"
    return folder if folder.is_dir() else None
