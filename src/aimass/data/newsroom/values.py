"""Numbers, money, dates and other things without a name, each in both languages at once."""

from datetime import date, timedelta
from typing import NamedTuple

from .rng import Stream


class Value(NamedTuple):
    """Something said of an event that is no entity.

    Attributes:
        kind: ``"money"``, ``"count"``, ``"date"`` and so on.
        en: in English.
        zh: in Chinese, where numbers go by ten thousands (万) and hundred millions (亿).
    """

    kind: str
    en: str
    zh: str


def chinese_number(number: int) -> str:
    """A whole number as Chinese newspapers print it: 3,200,000 is 320万, 1,500,000,000 is 15亿."""
    for unit, sign in ((100_000_000, "亿"), (10_000, "万")):
        if number >= unit:
            whole, rest = divmod(number, unit)
            tail = f"{rest:0{len(str(unit)) - 1}d}".rstrip("0")
            return f"{whole}.{tail}{sign}" if tail else f"{whole}{sign}"
    return str(number)


def english_number(number: int) -> str:
    """A whole number as English newspapers print it: 3,200,000 is 3.2 million."""
    for unit, word in ((1_000_000_000, "billion"), (1_000_000, "million")):
        if number >= unit:
            whole, rest = divmod(number, unit)
            tail = f"{rest:0{len(str(unit)) - 1}d}".rstrip("0")
            return f"{whole}.{tail} {word}" if tail else f"{whole} {word}"
    return f"{number:,}"


_CURRENCIES = (("yuan", "元"), ("yuan", "元"), ("dollars", "美元"), ("euros", "欧元"))


def money(stream: Stream, smallest: int = 100_000, magnitudes: int = 3) -> Value:
    """A sum with two digits that count, in one of three currencies."""
    unit = smallest
    for _ in range(stream.below(magnitudes)):
        unit *= 10
    number = (11 + stream.below(89)) * unit
    en, zh = stream.pick(_CURRENCIES)
    return Value("money", f"{english_number(number)} {en}", f"{chinese_number(number)}{zh}")


def count(stream: Stream, smallest: int = 10, magnitudes: int = 3) -> Value:
    """A number of people or things, without its noun."""
    number = (2 + stream.below(97)) * smallest
    for _ in range(stream.below(magnitudes)):
        number *= 10
    return Value("count", english_number(number), chinese_number(number))


def percent(stream: Stream) -> Value:
    """A share."""
    number = 2 + stream.below(60)
    return Value("percent", f"{number} percent", f"{number}%")


def score(stream: Stream) -> Value:
    """The result of a match, the winner's goals first."""
    loser = stream.below(4)
    winner = loser + 1 + stream.below(3)
    return Value("score", f"{winner}-{loser}", f"{winner}比{loser}")


def magnitude(stream: Stream) -> Value:
    """The strength of an earthquake."""
    number = f"{4 + stream.below(4)}.{stream.below(10)}"
    return Value("magnitude", number, f"{number}级")


def temperature(stream: Stream) -> Value:
    """Degrees Celsius of a hot day."""
    number = 34 + stream.below(13)
    return Value("temperature", f"{number} degrees", f"{number}摄氏度")


_NUMERALS = "两三四五六七八九十"
_NUMBER_WORDS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def span(stream: Stream, unit: str) -> Value:
    """A length of time: 2 to 10 of ``"hour"``, ``"day"``, ``"week"`` or ``"month"``."""
    number = stream.below(9)
    sign = {"hour": "个小时", "day": "天", "week": "周", "month": "个月"}[unit]
    return Value("duration", f"{_NUMBER_WORDS[number]} {unit}s", f"{_NUMERALS[number]}{sign}")


_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_FIRST_DAY = date(2021, 1, 4)


def day(number: int) -> date:
    """The date of day `number` of the newsroom's calendar, which begins on Monday, 4 January 2021."""
    return _FIRST_DAY + timedelta(days=number)


def calendar(number: int) -> Value:
    """A day by its date: "on 3 March", 3月3日."""
    when = day(number)
    return Value("date", f"on {when.day} {_MONTHS[when.month - 1]}", f"{when.month}月{when.day}日")


def weekday(number: int) -> Value:
    """A day by its weekday: "on Monday", 周一."""
    index = number % 7
    return Value("date", f"on {_WEEKDAYS[index]}", f"周{'一二三四五六日'[index]}")


def year(number: int) -> Value:
    """A year: "in 1998", 1998年."""
    return Value("year", str(number), f"{number}年")


PAST = (
    Value("date", "yesterday", "昨天"),
    Value("date", "last week", "上周"),
    Value("date", "last month", "上个月"),
    Value("date", "this week", "本周"),
)
FUTURE = (
    Value("date", "next week", "下周"),
    Value("date", "next month", "下个月"),
    Value("date", "next year", "明年"),
    Value("date", "in the coming days", "未来几天"),
)
