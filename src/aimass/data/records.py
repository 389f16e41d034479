"""What the loaders yield: one frozen record type for each kind of labelled text.

Every record has `identity`, the text by which two records count as the same one: splits made by hash keep records of one
identity together, so that no text lies in two splits.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TranslationPair:
    """One sentence in three languages."""

    en: str
    de: str
    fr: str

    @property
    def identity(self) -> str:
        """The English sentence."""
        return self.en


@dataclass(frozen=True, slots=True)
class TaggedSentence:
    """A sentence with one label a token.

    Attributes:
        tokens: words, or characters for Chinese.
        tags: as many labels (BIO or BMES).
        pos: as many part-of-speech tags; empty where the corpus has none.
    """

    tokens: tuple[str, ...]
    tags: tuple[str, ...]
    pos: tuple[str, ...] = ()

    @property
    def identity(self) -> str:
        """The tokens."""
        return " ".join(self.tokens)


@dataclass(frozen=True, slots=True)
class BrownSentence:
    """A sentence of the Brown corpus.

    Attributes:
        tokens: words and signs as printed.
        tags: part-of-speech tags of the corpus's own set.
        document: name of its text, ``"ca01"`` to ``"cr09"``.
        genre: ``"news"``, ``"romance"`` and so on: fifteen.
        paragraph: number of its paragraph in the text, from 0.
    """

    tokens: tuple[str, ...]
    tags: tuple[str, ...]
    document: str
    genre: str
    paragraph: int

    @property
    def identity(self) -> str:
        """The tokens."""
        return " ".join(self.tokens)


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A text with its class; `fine_label` is a class within it or a second classification, empty where there is none."""

    text: str
    label: str
    fine_label: str = ""

    @property
    def identity(self) -> str:
        """The text without its white space at the ends."""
        return self.text.strip()


@dataclass(frozen=True, slots=True)
class SlotUtterance:
    """A request to a dialogue system.

    Attributes:
        tokens: words, lower case.
        slots: as many labels in BIO form.
        intent: what is asked for; two intents of one request are joined by ``#``.
    """

    tokens: tuple[str, ...]
    slots: tuple[str, ...]
    intent: str

    @property
    def intents(self) -> tuple[str, ...]:
        """The intents one by one."""
        return tuple(self.intent.split("#"))

    @property
    def identity(self) -> str:
        """The tokens."""
        return " ".join(self.tokens)


@dataclass(frozen=True, slots=True)
class RelationExample:
    """A sentence with two marked nominals and the relation between them.

    Attributes:
        number: its number in the corpus.
        tokens: words and signs.
        head: first and one past the last token of the nominal e1.
        tail: the same of e2, which always stands after e1.
        label: relation with direction, ``"Cause-Effect(e2,e1)"``, or ``"Other"``.
        comment: the annotators' remark, mostly empty.
    """

    number: int
    tokens: tuple[str, ...]
    head: tuple[int, int]
    tail: tuple[int, int]
    label: str
    comment: str = ""

    @property
    def relation(self) -> str:
        """The label without its direction."""
        return self.label.partition("(")[0]

    @property
    def direction(self) -> str:
        """``"e1,e2"`` or ``"e2,e1"``; empty for Other."""
        return self.label.partition("(")[2].rstrip(")")

    @property
    def identity(self) -> str:
        """The tokens."""
        return " ".join(self.tokens)


@dataclass(frozen=True, slots=True)
class SentencePair:
    """Two sentences with judgements of their likeness.

    Attributes:
        number: its number in the corpus.
        first: sentence A.
        second: sentence B.
        relatedness: mean of the judges' grades, 1 (unrelated) to 5 (same meaning).
        entailment: ``"ENTAILMENT"``, ``"NEUTRAL"`` or ``"CONTRADICTION"``, read from first to second.
    """

    number: int
    first: str
    second: str
    relatedness: float
    entailment: str

    @property
    def identity(self) -> str:
        """Both sentences."""
        return f"{self.first}\n{self.second}"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer a question, and whether it does."""

    text: str
    correct: bool


@dataclass(frozen=True, slots=True)
class AnswerSelection:
    """A question with the sentences to choose its answer from."""

    question: str
    candidates: tuple[Candidate, ...]

    @property
    def identity(self) -> str:
        """The question."""
        return self.question


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer and the character of the context at which it begins; None where the context does not hold it word for word."""

    text: str
    start: int | None


@dataclass(frozen=True, slots=True)
class ReadingQuestion:
    """A question on a passage.

    Attributes:
        key: its name in the corpus.
        title: title of the passage's article.
        context: the passage.
        question: the question.
        answers: the annotators' answers, equal ones included.
    """

    key: str
    title: str
    context: str
    question: str
    answers: tuple[Answer, ...]

    @property
    def identity(self) -> str:
        """The passage: questions on one passage belong together."""
        return self.context


@dataclass(frozen=True, slots=True)
class Email:
    """An e-mail and its subject line.

    Attributes:
        name: name of its file.
        body: the text.
        subject: the line its writer chose.
        annotations: lines that three annotators wrote; empty in the training split.
    """

    name: str
    body: str
    subject: str
    annotations: tuple[str, ...] = ()

    @property
    def identity(self) -> str:
        """The body."""
        return self.body


@dataclass(frozen=True, slots=True)
class Mention:
    """A piece of a text: ``text == document.text[start:end]``."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class EventArgument:
    """Who or what takes part in an event.

    Attributes:
        mention: where it stands.
        role: its part in the event, such as ``"Victim"``.
        type: what kind of thing it is, such as ``"Organization"``.
    """

    mention: Mention
    role: str
    type: str


@dataclass(frozen=True, slots=True)
class Event:
    """An event that a text reports.

    Attributes:
        trigger: the words that report it (the nugget).
        type: ``"Attack"`` or ``"Vulnerability-related"``.
        subtype: one of five, such as ``"Phishing"``.
        realis: ``"Actual"``, ``"Generic"`` or ``"Other"``.
        cluster: events of one number in one document are mentions of the same event.
        arguments: its participants.
    """

    trigger: Mention
    type: str
    subtype: str
    realis: str
    cluster: int
    arguments: tuple[EventArgument, ...]


@dataclass(frozen=True, slots=True)
class EventDocument:
    """A news article with its events.

    Attributes:
        key: number in the corpus.
        title: headline.
        date: as given, ``"2018_11_09"``.
        url: where it appeared.
        text: the article; mentions count its characters.
        events: in the order of their triggers.
    """

    key: str
    title: str
    date: str
    url: str
    text: str
    events: tuple[Event, ...]

    @property
    def identity(self) -> str:
        """The text."""
        return self.text


@dataclass(frozen=True, slots=True)
class SearchDocument:
    """A document to be found; every field but the key may be empty."""

    key: str
    title: str
    author: str
    source: str
    text: str

    @property
    def identity(self) -> str:
        """The key."""
        return self.key


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A query; `key` is the name that the judgements use, `number` the one printed in the collection."""

    key: str
    number: str
    text: str

    @property
    def identity(self) -> str:
        """The text."""
        return self.text


@dataclass(frozen=True, slots=True)
class Judgement:
    """How relevant a document is to a query: 0 is not."""

    query: str
    document: str
    relevance: int

    @property
    def identity(self) -> str:
        """The query: its judgements belong together."""
        return self.query


@dataclass(frozen=True, slots=True)
class Analogy:
    """``a`` is to ``b`` as ``c`` is to ``d``; `section` names the relation."""

    a: str
    b: str
    c: str
    d: str
    section: str

    @property
    def identity(self) -> str:
        """The four words."""
        return f"{self.a} {self.b} {self.c} {self.d}"


@dataclass(frozen=True, slots=True)
class WordPair:
    """Two words with the mean grade of their likeness, 0 to 10."""

    first: str
    second: str
    score: float

    @property
    def identity(self) -> str:
        """Both words."""
        return f"{self.first} {self.second}"


@dataclass(frozen=True, slots=True)
class TextDocument:
    """Running text; `name` says which one, `label` its class where the corpus has one."""

    name: str
    text: str
    label: str = ""

    @property
    def identity(self) -> str:
        """The text."""
        return self.text
