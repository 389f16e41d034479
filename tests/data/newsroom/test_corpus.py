"""The newsroom as a whole: the same everywhere, splits that share nothing, errors that say what to do."""

import hashlib

import pytest

from aimass.data.newsroom import load
from aimass.errors import ParameterError

TASKS = (
    "language_modelling",
    "tagging",
    "classification",
    "translation",
    "dialogue",
    "relations",
    "events",
    "summarisation",
    "matching",
    "question_answering",
    "search",
)


def digest(texts):
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def test_golden_digest_of_articles(news):
    texts = (
        f"{a.headline_en}{a.headline_zh}{a.en.text}{a.zh.text}{[m[:2] for m in a.zh.mentions]}"
        for split in ("train", "test_unseen_entities", "test_unseen_phrasings")
        for a in news.iter_articles(100, split)
    )
    assert digest(texts) == "45b6694a0dee31985c2f88f616e428c161d73b3671213d52037f53ddf8f6d2e3"


@pytest.mark.parametrize("task", [*TASKS, "recommendation"])
def test_seed_alone_decides(task, small):
    assert list(getattr(load(seed=3, size=240), task).test) == list(getattr(small, task).test)
    assert list(getattr(load(seed=4, size=240), task).test) != list(getattr(small, task).test)


def test_golden_digest_of_tasks(small):
    assert (
        digest(repr(getattr(small, t).test[:20]) for t in (*TASKS[:-1], "recommendation"))
        == "cd0ebb53135bca61c41447426a5ee23ae0b152bedd525d5e1efacf878e99f3e4"
    )


@pytest.mark.parametrize("task", TASKS)
def test_no_test_record_is_a_training_record(task, small):
    corpus = getattr(small, task)
    known = {record.identity for record in corpus.train}
    assert len(corpus) == 5
    for split in list(corpus)[1:]:
        assert len(corpus[split]) == (120 if task == "translation" else 40)
        assert not known & {record.identity for record in corpus[split]}


def test_unseen_entities_bear_unseen_names(news):
    def names(world):
        return {
            name
            for kind, size in world.sizes.items()
            for number in range(size)
            for name in (world.entity(kind, number).en_short, world.entity(kind, number).zh_short)
        }

    assert not names(news.world) & names(news.unseen_world)


def test_articles_are_made_one_by_one(news):
    assert next(news.iter_articles(1, first=17)).en.text == [a.en.text for a in news.iter_articles(18)][17]


def test_a_larger_vocabulary_has_more_names():
    counts = []
    for size in (2_000, 1_000_000):
        articles = load(vocab_size=size).iter_articles(400)
        counts.append(len({word for a in articles for word in a.en.text.split()}))
    assert counts[1] > 1.3 * counts[0]
    assert load(vocab_size=1_000_000).world.sizes["person"] > 300_000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"vocab_size": 1000}, "vocab_size is 1000"),
        ({"size": 10}, "size is 10"),
        ({"label_noise": 1.0}, "label_noise is 1.0"),
    ],
)
def test_wrong_parameters(arguments, message):
    with pytest.raises(ParameterError, match=message):
        load(**arguments)


def test_label_noise_spoils_training_labels_alone():
    clean, noisy = load(size=300), load(size=300, label_noise=0.3)
    changed = [a.label != b.label for a, b in zip(clean.matching.train, noisy.matching.train, strict=True)]
    assert 0.2 < sum(changed) / len(changed) < 0.4
    assert clean.matching.test == noisy.matching.test
    assert clean.classification.train != noisy.classification.train
