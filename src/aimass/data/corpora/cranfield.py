"""Cranfield: abstracts on aerodynamics, queries, and judgements of relevance (Cleverdon 1967).

Three parts instead of splits: `documents`, `queries` and `judgements`; :func:`qrels` puts the judgements into the form that
evaluation tools read.

What to know of this distribution:

- Documents 471 and 995 are empty; they stay, so that keys are places.
- A document's text begins with its title (all but two).
- Queries carry their numbers of the original experiment (1, 2, 4, 8, ... 365), while the judgements count them from 1 to
  225: `key` is the place, `number` the printed one.
- Judgements here are nearly binary: 1,611 of 1, one of 3 (query 40, document 85), 225 of 0, the last one of each query. The
  original experiment had five grades, of which -1 (no interest), one for each query, has become 0 and the
  rest 1. The 3 is a slip; :func:`qrels` makes it 1 unless told otherwise, so that nDCG is not bent by it.
"""

import re

from aimass.data.corpus import Corpus
from aimass.data.records import Judgement, SearchDocument, SearchQuery
from aimass.errors import DataError

from .reading import Contents, columns, content, lines, text

COUNTS = {"documents": 1_400, "queries": 225, "judgements": 1_837}

_DOCUMENT = re.compile(
    r"<doc>\s*<docno>\s*(\d+)\s*</docno>\s*<title>(.*?)</title>\s*<author>(.*?)</author>\s*<bib>(.*?)</bib>\s*"
    r"<text>(.*?)</text>\s*</doc>",
    re.DOTALL,
)
_QUERY = re.compile(r"<num>\s*(\d+)\s*</num>\s*<title>(.*?)</title>", re.DOTALL)


def read(files: Contents) -> dict[str, tuple[SearchDocument | SearchQuery | Judgement, ...]]:
    """The three parts from the two XML-like files and the table of judgements.

    Raises:
        DataError: when a document is not of the form expected, or a judgement names no document or query.
    """
    documents = _documents(text(content(files, "cran.all.1400.xml"), "cran.all.1400.xml"))
    queries = tuple(
        SearchQuery(str(place), number, _flat(body))
        for place, (number, body) in enumerate(
            _QUERY.findall(text(content(files, "cran.qry.xml"), "cran.qry.xml")), start=1
        )
    )
    judgements = _judgements(
        lines(content(files, "cranqrel.trec.txt"), "cranqrel.trec.txt"),
        {query.key for query in queries},
        {document.key for document in documents},
    )
    return {"documents": documents, "queries": queries, "judgements": judgements}


def qrels(corpus: "Corpus", *, binary: bool = True) -> dict[str, dict[str, int]]:
    """The judgements by query and document key: ``{"1": {"184": 1, ...}, ...}``.

    Args:
        corpus: what ``load("cranfield")`` returns.
        binary: whether everything above 0 becomes 1.
    """
    table: dict[str, dict[str, int]] = {}
    for judgement in corpus["judgements"]:
        relevance = min(judgement.relevance, 1) if binary else judgement.relevance
        table.setdefault(judgement.query, {})[judgement.document] = relevance
    return table


def _documents(body: str) -> tuple[SearchDocument, ...]:
    found = _DOCUMENT.findall(body)
    announced = body.count("<docno>")
    if len(found) != announced or not found:
        raise DataError(
            f"cran.all.1400.xml: {len(found):,} of {announced:,} documents are of the form expected"
        )
    return tuple(SearchDocument(key, *(_flat(field) for field in fields)) for key, *fields in found)


def _judgements(rows: list[str], queries: set[str], documents: set[str]) -> tuple[Judgement, ...]:
    judgements = []
    for number, row in enumerate(rows, start=1):
        place = f"cranqrel.trec.txt, line {number:,}"
        query, _, document, relevance = columns(row, 4, place)
        if query not in queries or document not in documents or not re.fullmatch(r"-?\d", relevance):
            raise DataError(f"{place}: no query, document and grade in {row[:60]!r}")
        judgements.append(Judgement(query, document, max(int(relevance), 0)))
    return tuple(judgements)


def _flat(body: str) -> str:
    return " ".join(body.split())
