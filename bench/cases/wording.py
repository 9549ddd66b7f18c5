"""The words of made cases: streets, places and problems, in Chinese and in English."""

from __future__ import annotations

from itertools import product
from typing import Final

_FIRST: Final = (
    "锦绣 Jinxiu", "东湖 Donghu", "百花 Baihua", "丰泽 Fengze", "温陵 Wenling", "刺桐 Citong",
    "泉秀 Quanxiu", "宝洲 Baozhou", "津淮 Jinhuai", "田安 Tianan", "坪山 Pingshan",
    "云鹿 Yunlu", "通港 Tonggang", "北清 Beiqing", "安吉 Anji", "华大 Huada", "城华 Chenghua",
    "海星 Haixing", "府西 Fuxi", "源和 Yuanhe", "浦西 Puxi", "笋江 Sunjiang", "江滨 Jiangbin",
    "后坑 Houkeng", "大坪 Daping", "新华 Xinhua", "九一 Jiuyi", "打锡 Daxi", "涂门 Tumen",
    "南俊 Nanjun", "崇福 Chongfu", "美食 Meishi", "庄府 Zhuangfu", "湖心 Huxin", "迎津 Yingjin",
    "临江 Linjiang", "万安 Wanan", "西福 Xifu", "少林 Shaolin", "普贤 Puxian",
)  # fmt: skip
_PLACES: Final = (
    "花园 Garden", "小区 Estate", "广场 Plaza", "大厦 Tower", "市场 Market", "小学 School", "医院 Hospital",
    "公园 Park", "车站 Station", "酒店 Hotel", "影院 Cinema", "书店 Bookshop", "银行 Bank", "码头 Wharf",
    "工业园 Works", "体育馆 Gymnasium", "幼儿园 Nursery", "图书馆 Library", "邮局 Post", "菜场 Grocery",
)  # fmt: skip
_PARTS: Final = ("", "北门 North", "南门 South", "东门 East", "西门 West")
_ROADS: Final = (
    "路 Road", "街 Street", "巷 Lane", "大道 Avenue", "东路 East Road", "西路 West Road", "南街 South Street",
    "北街 North Street", "一路 First Road", "二路 Second Road",
)  # fmt: skip
PROBLEMS: Final = (
    "井盖松动有异响 The manhole cover rattles", "夜间路灯不亮 The streetlight is dark at night",
    "摊贩占用人行道 Vendors occupy the pavement", "垃圾桶满溢 The rubbish bin overflows",
    "雨后积水严重 Deep water stands after rain", "护栏倒伏 The railing has fallen over",
    "树枝折断挡路 A broken branch blocks the way", "广告牌松动 The billboard is loose",
    "共享单车乱停 Shared bicycles are parked badly", "道路破损有坑洞 The road has potholes",
    "污水外溢 Sewage spills onto the road", "交通标志被遮挡 The traffic sign is hidden",
    "工地夜间施工扰民 The building site is noisy at night", "渣土车遗撒 A lorry has lost its load",
    "违章搭建 Somebody builds without a permit", "露天烧烤油烟大 Barbecue smoke fills the street",
    "健身器材损坏 The exercise machine is broken", "雨水箅子堵塞 The drain grating is clogged",
    "电缆下垂 A cable hangs low", "消防栓漏水 The hydrant leaks", "信号灯不亮 The traffic light is out",
    "小广告乱贴 Illegal posters cover the wall", "店外经营占道 The shop trades outside",
    "机动车乱停放 Cars park on the pavement", "绿地被踩踏 The lawn is trampled",
)  # fmt: skip


def _two(text: str) -> tuple[str, str]:
    chinese, _, english = text.partition(" ")
    return chinese, english


STREETS: Final = tuple(
    (first[0] + road[0], f"{first[1]} {road[1]}")
    for first, road in product(map(_two, _FIRST), map(_two, _ROADS))
)
"""400 streets, in both languages."""

PLACES: Final = tuple(
    (first[0] + place[0] + part[0], f"{first[1]} {place[1]} {part[1]}".rstrip())
    for first, place, part in product(map(_two, _FIRST), map(_two, _PLACES), map(_two, _PARTS))
)
"""4,000 places, in both languages."""
