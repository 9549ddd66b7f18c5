"""Names for streets, bridges and quarters: in Chinese, with English (pinyin); each is used once."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A name in both languages."""

    chinese: str
    english: str


_WORDS: Final = {
    "文昌": "Wenchang", "青云": "Qingyun", "长兴": "Changxing", "和平": "Heping", "永宁": "Yongning",
    "凤池": "Fengchi", "梅岭": "Meiling", "龙湖": "Longhu", "东华": "Donghua", "景新": "Jingxin",
    "泰安": "Tai'an", "福星": "Fuxing", "石鼓": "Shigu", "金井": "Jinjing", "玉泉": "Yuquan",
    "紫霞": "Zixia", "观音": "Guanyin", "榕荫": "Rongyin", "海棠": "Haitang", "木棉": "Mumian",
    "荷塘": "Hetang", "竹园": "Zhuyuan", "桂花": "Guihua", "兰亭": "Lanting", "松涛": "Songtao",
    "望江": "Wangjiang", "临海": "Linhai", "渔港": "Yugang", "盐田": "Yantian", "丰收": "Fengshou",
    "建新": "Jianxin", "振兴": "Zhenxing", "胜利": "Shengli", "光明": "Guangming", "向阳": "Xiangyang",
    "仁和": "Renhe", "崇德": "Chongde", "诚信": "Chengxin", "书院": "Shuyuan", "古井": "Gujing",
    "瓷窑": "Ciyao", "铁炉": "Tielu", "米市": "Mishi", "布市": "Bushi", "灯笼": "Denglong",
    "西埔": "Xipu", "东坑": "Dongkeng", "南塘": "Nantang", "北亭": "Beiting", "中洲": "Zhongzhou",
}  # fmt: skip

_AVENUES: Final = (
    ("世纪大道", "Shiji Avenue"),
    ("泉安大道", "Quan'an Avenue"),
    ("双龙大道", "Shuanglong Avenue"),
    ("迎宾大道", "Yingbin Avenue"),
    ("鸿山大道", "Hongshan Avenue"),
    ("湖光大道", "Huguang Avenue"),
)

_ROADS: Final = (("路", "Road"), ("中路", "Middle Road"), ("东路", "East Road"), ("西路", "West Road"))
_LANES: Final = (
    ("街", "Street"), ("巷", "Lane"), ("里", "Alley"), ("东街", "East Street"), ("西街", "West Street"),
    ("南街", "South Street"), ("北街", "North Street"), ("后巷", "Back Lane"),
)  # fmt: skip
_BRIDGES: Final = (
    ("安平桥", "Anping Bridge"),
    ("顺济桥", "Shunji Bridge"),
    ("玉澜桥", "Yulan Bridge"),
    ("浮桥", "Fuqiao Bridge"),
    ("观海桥", "Guanhai Bridge"),
    ("石笋桥", "Shisun Bridge"),
)
_ESTATES: Final = (("新村", "New Village"), ("小区", "Estate"), ("花园", "Gardens"), ("公寓", "Apartments"))
_PARKS: Final = (("公园", "Park"), ("游园", "Garden"))


class Names:
    """Provides names in an order that the seed decides."""

    def __init__(self, random_source: random.Random) -> None:
        self._avenues = iter([Name(chinese=chinese, english=english) for chinese, english in _AVENUES])
        self._bridges = iter([Name(chinese=chinese, english=english) for chinese, english in _BRIDGES])
        self._roads = _pool(random_source, _ROADS)
        self._lanes = _pool(random_source, _LANES)
        self._estates = _pool(random_source, _ESTATES)
        self._parks = _pool(random_source, _PARKS)

    def avenue(self) -> Name:
        """A name for a primary street."""
        return next(self._avenues)

    def bridge(self) -> Name:
        """A name for a bridge."""
        return next(self._bridges)

    def road(self) -> Name:
        """A name for a secondary street."""
        return next(self._roads)

    def lane(self) -> Name:
        """A name for a residential street."""
        return next(self._lanes)

    def estate(self) -> Name:
        """A name for a quarter of houses."""
        return next(self._estates)

    def park(self) -> Name:
        """A name for a park."""
        return next(self._parks)


def _pool(random_source: random.Random, suffixes: tuple[tuple[str, str], ...]) -> Iterator[Name]:
    """All words with all suffixes, the plain suffix first, which gives a small town plain names."""
    names = []
    for chinese_suffix, english_suffix in suffixes:
        words = list(_WORDS.items())
        random_source.shuffle(words)
        names += [
            Name(chinese=word + chinese_suffix, english=f"{english} {english_suffix}")
            for word, english in words
        ]
    return iter(names)
