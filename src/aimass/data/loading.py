"""`load`: a real corpus by name, verified and typed."""

import inspect
from pathlib import Path
from typing import Any

from aimass.errors import DataError, ParameterError

from . import fetch, registry
from .corpora import LOADERS
from .corpus import Corpus


def load(name: str, *, data_dir: str | Path | None = None, **options: Any) -> Corpus[Any]:
    """Load a real corpus.

    Its files are taken from `data_dir`, from the folder that ``AIMASS_DATA`` names, from the cache, or from the network,
    in this order, and verified before they are read. The records' type and the splits are described in the corpus's
    own module, ``aimass.data.corpora.<name>``.

    Args:
        name: a name of the registry; ``aimass data list`` shows them.
        data_dir: a folder that holds the files as the registry lays them out.
        **options: what the corpus's own ``read`` takes, such as ``clean=True`` for ``"trecqa"``.

    Returns:
        The corpus.

    Raises:
        DataError: for an unknown name, or a file that is damaged or cannot be had.
        ParameterError: for an unknown option.

    Example:
        ``load("conll2000").train[0].tokens``
    """
    entry = registry.get(name)
    read = LOADERS[name].read
    known = [key for key in inspect.signature(read).parameters if key != "files"]
    for option in options:
        if option not in known:
            hint = f"it takes {', '.join(known)}" if known else "it takes none"
            raise ParameterError(f"load({name!r}) has no option {option!r}; {hint}")
    contents = fetch.read(entry, data_dir=data_dir)
    try:
        splits = read(contents, **options)
    except DataError as error:
        raise DataError(f"{name}: {error}") from error
    return Corpus(name, splits, entry.licence, entry.citation, entry.digest)
