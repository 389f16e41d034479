"""What joins clauses to sentences, what reports, hedges or denies them, and the sentences that mean nothing for any task."""

SIMPLE = """
{a}.
{a}。
{when_front}, {a}.
{when_front}，{a}。
according to a report, {a}.
据报道，{a}。
{source} said that {a}.
{source}表示，{a}。
the city paper writes that {a}.
本市晚报称，{a}。
~ so much is certain: {a}.
可以肯定的是：{a}。
~ sources confirm that {a}.
消息人士证实，{a}。
"""

# In a compound, {a} is the main clause, {b} the background; {c} a further fact.
COMPOUND = """
{a} after {b}.
在{b}之后，{a}。
after {b}, {a}.
{b}之后，{a}。
{a} {gap} after {b}.
{b}{gap}后，{a}。
{gap} after {b}, {a}.
在{b}{gap}之后，{a}。
{a}, although {b} only {gap} earlier.
尽管{gap}前{b}，{a}。
although {b}, {a}.
虽然{b}，但是{a}。
because {b}, {a}.
因为{b}，所以{a}。
{a} because {b}.
{a}，因为{b}。
~ {b}, and that is why {a}.
{b}，这就是{a}的原因。
~ it was only when {b} that {a}.
直到{b}，{a}。
"""

PLAIN_PAIRS = """
{a}, and {b}.
{a}，{b}。
{a}, while {b}.
{a}，而{b}。
{a}; {b}.
{a}；{b}。
~ {a}, just as {b}.
{a}，恰如{b}。
"""

TRIPLES = """
{a} after {b}, and {c}.
在{b}之后，{a}，{c}。
after {b}, {a}, while {c}.
{b}之后，{a}，而{c}。
{source} said that {a} because {b}, and {c}.
{source}表示，因为{b}，{a}，{c}。
{c}, and {a} after {b}.
{c}，在{b}之后，{a}。
~ {c}; once {b}, {a}.
{c}；{b}后，{a}。
"""

# How sure an event is: each line reports {a} in one modality.
DENIED = """
{source} denied that {a}.
{source}否认{a}。
reports that {a} proved false.
有关{a}的报道不实。
it is not true that {a}.
{a}的说法不属实。
~ nobody can confirm that {a}, and {source} calls it invented.
{source}称，{a}一事纯属捏造。
"""
RUMOURED = """
there are rumours that {a}.
有传言称{a}。
it is said in the streets that {a}.
坊间传说{a}。
perhaps {a}.
也许{a}。
~ unnamed voices claim that {a}.
匿名人士声称{a}。
"""

FILLERS = """
nobody wanted to comment further.
各方均不愿进一步置评。
the mood in the town was calm.
城里气氛平静。
more details are expected tomorrow.
更多细节预计明天公布。
the news spread quickly.
消息很快传开。
experts disagree about what follows.
专家对后果看法不一。
the weather was fine.
天气晴好。
a second statement was short.
第二份声明很简短。
many people talked about it all day.
人们整天都在议论此事。
it is too early to judge.
现在下结论为时过早。
the phones did not stand still.
电话响个不停。
"""

SOURCES = (
    ("a spokesman", "一名发言人"),
    ("an eyewitness", "一名目击者"),
    ("the mayor", "市长"),
    ("an expert", "一名专家"),
    ("an insider", "一名知情人士"),
    ("the union", "工会"),
)
GAPS = (
    ("two days", "两天"),
    ("three days", "三天"),
    ("a week", "一周"),
    ("two weeks", "两周"),
    ("a month", "一个月"),
    ("half a year", "半年"),
)
