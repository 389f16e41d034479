"""Word analogies: Athens is to Greece as Baghdad is to Iraq (Mikolov et al. 2013).

One split, `all`: 19,544 questions in 14 sections (5 of meaning, 9 of grammar, whose names begin with ``gram``), cased.
"""

from aimass.data.records import Analogy
from aimass.errors import DataError

from .reading import Contents, columns, content, lines

COUNTS = {"all": 19_544}
SECTIONS = 14


def read(files: Contents) -> dict[str, tuple[Analogy, ...]]:
    """All questions from ``questions-words.txt``.

    Raises:
        DataError: when a line has not four words, or stands before the first section.
    """
    analogies = []
    section = ""
    for number, line in enumerate(
        lines(content(files, "questions-words.txt"), "questions-words.txt"), start=1
    ):
        place = f"questions-words.txt, line {number:,}"
        if line.startswith(":"):
            section = line[1:].strip()
        elif line.strip():
            if not section:
                raise DataError(f"{place}: a question before the first section")
            a, b, c, d = columns(line, 4, place)
            analogies.append(Analogy(a, b, c, d, section))
    return {"all": tuple(analogies)}
