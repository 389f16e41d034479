"""BLEU (Papineni et al. 2002) by sacreBLEU (Post 2018), with what intervals and breakdowns need."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sacrebleu.metrics import BLEU

from aimass.errors import ParameterError
from aimass.evaluation.bootstrap import Interval, bootstrap


@dataclass(frozen=True)
class BleuStatistics:
    """Sufficient statistics of every sentence; BLEU of any subset is a sum over its rows.

    Attributes:
        counts: ``[sentences, 10]`` int64: matched n-grams (4), n-grams (4), system length, reference length.
        signature: sacreBLEU's signature: the recipe of the score.
    """

    counts: np.ndarray
    signature: str

    def __len__(self) -> int:
        return len(self.counts)

    def score(self, indices: np.ndarray | None = None) -> float:
        """Corpus BLEU, 0 to 100, of all sentences or of those at ``indices`` (which may repeat)."""
        total = (self.counts if indices is None else self.counts[indices]).sum(axis=0).tolist()
        return BLEU.compute_bleu(total[:4], total[4:8], total[8], total[9], smooth_method="exp").score

    def interval(self, *, n_resamples: int = 1000, seed: int = 0) -> Interval:
        """BLEU with its 95 % bootstrap interval over sentences."""
        return bootstrap(self.score, len(self), n_resamples=n_resamples, seed=seed)

    def difference(self, other: "BleuStatistics", *, n_resamples: int = 1000, seed: int = 0) -> Interval:
        """BLEU of this system minus BLEU of the other, with the 95 % interval of the paired bootstrap (Koehn 2004).

        Raises:
            ParameterError: if the two were not scored on equally many sentences, or by different recipes.
        """
        if len(self) != len(other) or self.signature != other.signature:
            raise ParameterError(
                f"bleu: cannot pair {len(self)} sentences ({self.signature}) with {len(other)} ({other.signature}); "
                "score both systems on the same references with the same options"
            )
        return bootstrap(
            lambda i: self.score(i) - other.score(i), len(self), n_resamples=n_resamples, seed=seed
        )


def bleu(
    hypotheses: Sequence[str], references: Sequence[str], *, tokenize: str = "13a", lowercase: bool = False
) -> BleuStatistics:
    """Score detokenised hypotheses against one reference each.

    Args:
        hypotheses: system outputs, raw text.
        references: references, raw text, line by line.
        tokenize: sacreBLEU's tokenizer: ``"13a"`` for European languages, ``"zh"`` for Chinese.
        lowercase: fold case before scoring; papers on Multi30k often do.

    Returns:
        The statistics; ``.score()`` is corpus BLEU.

    Raises:
        ParameterError: if the two differ in length, or are empty.
    """
    if len(hypotheses) != len(references) or not len(references):
        raise ParameterError(
            f"bleu: {len(hypotheses)} hypotheses and {len(references)} references; give equally many, and at least one"
        )
    metric = BLEU(tokenize=tokenize, lowercase=lowercase)
    metric.corpus_score(
        list(hypotheses[:1]), [list(references[:1])]
    )  # fixes the number of references in the signature
    # effective_order changes only how one sentence is scored, not its counts; without it sacreBLEU warns.
    sentence = BLEU(tokenize=tokenize, lowercase=lowercase, effective_order=True)
    rows = []
    for hypothesis, reference in zip(hypotheses, references, strict=True):
        scored = sentence.sentence_score(hypothesis, [reference])
        rows.append([*scored.counts, *scored.totals, scored.sys_len, scored.ref_len])
    return BleuStatistics(np.array(rows, dtype=np.int64), str(metric.get_signature()))
