"""What readers say to the news desk's assistant. Two lines a wording, ``~`` for one kept for unseen phrasings."""

from .table import wordings

ASK_ENTITY = """
what is new about {entity}?
{entity}有什么新消息？
please show me news on {entity}.
请给我看{entity}的新闻。
has anything happened to {entity}?
{entity}出了什么事吗？
i would like to read about {entity}.
我想看关于{entity}的报道。
~ any word on {entity}?
{entity}有动静吗？
~ tell me the latest on {entity}.
讲讲{entity}的最新情况。
"""
ASK_DESK = """
what happened in {desk}?
{desk}方面有什么新闻？
show me the pages on {desk}.
给我看{desk}版。
i want news from {desk} {day}.
我想看{day}的{desk}新闻。
anything in {desk} {day}?
{day}{desk}有什么消息？
~ {desk}, please, {day}.
{day}的{desk}，谢谢。
~ open the section on {desk} for me.
帮我打开{desk}栏目。
"""
ASK_BOTH = """
what does {desk} write about {entity} {day}?
{day}{desk}版写了{entity}什么？
is there anything on {entity} in {desk}?
{desk}里有{entity}的消息吗？
~ {entity} in {desk}: what is there {day}?
{day}{desk}里的{entity}怎么样？
"""
REPLACE = """
i meant {entity}, not {other}.
我说的是{entity}，不是{other}。
not {other}, {entity}.
不是{other}，是{entity}。
sorry, {entity} instead of {other}.
抱歉，是{entity}，而不是{other}。
~ swap {other} for {entity}.
把{other}换成{entity}。
"""
SAME_FOR = """
and the same for {entity}?
{entity}呢，同样的？
now {entity}, please.
现在看{entity}。
~ how about {entity}?
那{entity}怎么样？
"""
MOVE = """
and in {desk}?
那{desk}呢？
look in {desk} instead.
改看{desk}。
not in {old}, in {desk}.
不要{old}，要{desk}。
in {desk} and no longer in {old}.
看{desk}，不再看{old}。
~ rather {desk} than {old}.
宁可看{desk}也不看{old}。
"""
WHEN = """
only {day}, please.
只看{day}的。
{day} would be enough.
{day}的就够了。
~ make that {day}.
改成{day}。
"""
FORGET_DAY = """
any day will do.
哪天都行。
forget about the date.
不用管日期。
~ it does not matter when.
什么时候都可以。
"""
FORGET_DESK = """
from all pages, please.
所有版面都看。
forget about the section.
不用管版面。
~ it may stand on any page.
哪个版都行。
"""
CHOOSE = """
the first one.
第一个。
the second one.
第二个。
the former.
前者。
the latter.
后者。
"""
OUT = """
what is the time?
几点了？
please call a taxi.
请叫一辆出租车。
how do i cook rice?
米饭怎么做？
what is new in my mailbox?
我的邮箱里有什么新邮件？
show me the way to the station.
给我看去车站的路。
i would like to read a poem.
我想读一首诗。
~ has anything happened to my parcel?
我的包裹出了什么事吗？
~ only a table for two, please.
只要一张两人桌。
"""
THANKS = """
thank you, that is all.
谢谢，就这些。
goodbye.
再见。
~ i am done, thanks.
我看完了，谢谢。
"""
WORDS = {
    name: wordings(block)
    for name, block in {
        "ask_entity": ASK_ENTITY,
        "ask_desk": ASK_DESK,
        "ask_both": ASK_BOTH,
        "replace": REPLACE,
        "same_for": SAME_FOR,
        "move": MOVE,
        "when": WHEN,
        "forget_day": FORGET_DAY,
        "forget_desk": FORGET_DESK,
        "choose": CHOOSE,
        "out_of_domain": OUT,
        "thanks": THANKS,
    }.items()
}
DESK_NAMES = {
    "business": (("business", "商业"), ("the economy", "经济")),
    "technology": (("technology", "科技"), ("gadgets", "数码")),
    "sport": (("sport", "体育"), ("the games", "赛事")),
    "culture": (("culture", "文化"), ("the arts", "文艺")),
    "justice": (("justice", "法治"), ("the courts", "法院")),
    "disaster": (("disasters", "灾害"), ("emergencies", "突发事件")),
}
DAYS = {
    "today": ("today", "今天"),
    "yesterday": ("yesterday", "昨天"),
    "this week": ("this week", "本周"),
    "last month": ("last month", "上个月"),
}
KIND_NAMES = {
    "person": ("the person", "人"),
    "company": ("the company", "公司"),
    "city": ("the city", "城市"),
    "product": ("the product", "产品"),
    "team": ("the team", "球队"),
}
REPLIES = {
    "inform": (("here is what we have.", "找到以下报道。"), ("we found this.", "为您找到这些。")),
    "clarify": (("do you mean {first} or {second}?", "您指的是{first}还是{second}？"),),
    "refuse": (("i only know the news.", "我只懂新闻。"),),
    "bye": (("goodbye.", "再见。"),),
}
