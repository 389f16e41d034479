import pytest

from aimass.data.hybrid import hybrid_documents
from aimass.errors import ParameterError

TEXTS = [[f"{label}{n}"] * (n + 1) for label in "abc" for n in range(4)]
LABELS = [label for label in "abc" for _ in range(4)]


def test_parts_are_of_different_classes_and_the_targets_part_is_marked():
    documents = hybrid_documents(TEXTS, LABELS, n_parts=3, n_documents=200, seed=0)
    assert len(documents) == 200
    for document in documents:
        assert len(document.tokens) == len(document.parts) == len(document.relevant)
        classes = [
            {t[0] for t, p in zip(document.tokens, document.parts, strict=True) if p == k} for k in range(3)
        ]
        assert sorted(map(sorted, classes)) == [["a"], ["b"], ["c"]]
        marked = {t[0] for t, r in zip(document.tokens, document.relevant, strict=True) if r}
        assert marked == {document.target}


def test_the_targets_part_stands_anywhere():
    documents = hybrid_documents(TEXTS, LABELS, n_parts=2, n_documents=400, seed=0)
    first = sum(document.relevant[0] for document in documents)
    assert 150 < first < 250
    assert {document.target for document in documents} == {"a", "b", "c"}


def test_seeds_decide():
    first, again, other = (
        hybrid_documents(TEXTS, LABELS, n_parts=2, n_documents=20, seed=seed) for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


@pytest.mark.parametrize(("labels", "n_parts"), [(LABELS[:-1], 2), (LABELS, 4), (LABELS, 1)])
def test_nonsense_is_refused(labels, n_parts):
    with pytest.raises(ParameterError):
        hybrid_documents(TEXTS, labels, n_parts=n_parts, n_documents=1, seed=0)
