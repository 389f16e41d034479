"""One typed loader for each real corpus; :func:`aimass.data.load` is the way to them.

A loader turns verified content into splits of records and documents what it found: module constant `COUNTS` holds the number of
records of each split.
"""

from . import (
    aeslc,
    analogies,
    atis,
    brown,
    casie,
    cmrc2018,
    conll2000,
    cranfield,
    multi30k,
    nltk_text,
    online_shopping,
    resume_ner,
    semeval2010_task8,
    sick2014,
    similarity,
    snips,
    tinyshakespeare,
    trec_qc,
    trecqa,
)

LOADERS = {
    "aeslc": aeslc,
    "analogies": analogies,
    "atis": atis,
    "brown": brown,
    "casie": casie,
    "cmrc2018": cmrc2018,
    "conll2000": conll2000,
    "cranfield": cranfield,
    "multi30k": multi30k,
    "nltk_text": nltk_text,
    "online_shopping": online_shopping,
    "resume_ner": resume_ner,
    "semeval2010_task8": semeval2010_task8,
    "sick2014": sick2014,
    "similarity": similarity,
    "snips": snips,
    "tinyshakespeare": tinyshakespeare,
    "trec_qc": trec_qc,
    "trecqa": trecqa,
}
