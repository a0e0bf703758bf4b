"""What is known of the five communities, as data: every figure here holds exactly in the demo.

The figures were read in newspaper reports on five real communities, named by a letter:

=====  ==========================================
S0     福苑里, 大港街道, 天津滨海新区
S1     庆城, 鼓东街道, 福州鼓楼区
S2     西南关, 南关街道, 潍坊潍城区
S3     新亚洲体育城, 矣六街道, 昆明官渡区
S4     祥和 (学府花园), 大学路街道, 郑州二七区
=====  ==========================================

Everything else about the demo (outlines, roads, buildings, people, tickets) is invented.
Where a report says "more than" or leaves a figure out, the demo chooses one; ``chosen`` says so.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Street:
    """A street office: 9-digit code, name, and the city and district it is in."""

    code: str
    name: str
    place: str


@dataclass(frozen=True)
class Figure:
    """One figure of one community.

    Attributes
    ----------
    community
        12-digit code.
    key
        What is counted; a test holds one question to the database per key.
    value
        The figure; areas in km².
    source
        Letter of the report.
    chosen
        How the demo reads a report that is vague; empty where the report is exact.
    """

    community: str
    key: str
    value: float
    source: str
    chosen: str = ""


FUYUANLI = "120116051013"
QINGCHENG = "350102001002"
XINANGUAN = "370702002004"
XINYAZHOU = "530111007001"
XIANGHE = "410103007001"

STREETS = (
    Street("120116051", "大港街道", "天津市滨海新区"),
    Street("350102001", "鼓东街道", "福州市鼓楼区"),
    Street("370702002", "南关街道", "潍坊市潍城区"),
    Street("530111007", "矣六街道", "昆明市官渡区"),
    Street("410103007", "大学路街道", "郑州市二七区"),
)

COMMUNITIES = {
    FUYUANLI: "福苑里社区",
    QINGCHENG: "庆城社区",
    XINANGUAN: "西南关社区",
    XINYAZHOU: "新亚洲体育城社区",
    XIANGHE: "祥和社区",
}

CENTRES = {
    FUYUANLI: (117.45, 38.84),
    QINGCHENG: (119.303, 26.087),
    XINANGUAN: (119.10, 36.70),
    XINYAZHOU: (102.75, 24.97),
    XIANGHE: (113.64, 34.73),
}
"""Rough centres, degrees, EPSG:4326."""

FIGURES = (
    Figure(FUYUANLI, "area_km2", 0.33, "S0"),
    Figure(FUYUANLI, "buildings", 38, "S0"),
    Figure(FUYUANLI, "units", 198, "S0"),
    Figure(FUYUANLI, "households", 2233, "S0"),
    Figure(FUYUANLI, "residents", 6792, "S0"),
    Figure(FUYUANLI, "party_members", 325, "S0"),
    Figure(FUYUANLI, "staff", 15, "S0"),
    Figure(QINGCHENG, "grids", 10, "S1"),
    Figure(QINGCHENG, "grids_of_300_to_500", 10, "S1"),
    Figure(QINGCHENG, "tickets_in_a_year", 23000, "S1", "found and solved in one year"),
    Figure(XINANGUAN, "buildings", 72, "S2"),
    Figure(XINANGUAN, "households", 3520, "S2"),
    Figure(XINANGUAN, "residents", 8629, "S2"),
    Figure(XINANGUAN, "sub_districts", 4, "S2"),
    Figure(XINANGUAN, "elderly_in_care", 216, "S2", "more than 200"),
    Figure(XINANGUAN, "care_empty_nest_or_disabled", 24, "S2", "more than 20, among those in care"),
    Figure(XINANGUAN, "shops", 101, "S2"),
    Figure(XINANGUAN, "institutions", 5, "S2"),
    Figure(XINANGUAN, "wudaomiao_buildings_of_1993", 26, "S2"),
    Figure(XINANGUAN, "bins", 104, "S2", "more than 100"),
    Figure(XINANGUAN, "lights_solar", 56, "S2", "the two lots of lights carry two names"),
    Figure(XINANGUAN, "lights_wall", 72, "S2", "the two lots of lights carry two names"),
    Figure(XINANGUAN, "care_centre_area_m2", 2000, "S2"),
    Figure(XINYAZHOU, "area_km2", 2.6, "S3"),
    Figure(XINYAZHOU, "buildings", 500, "S3", "about 500"),
    Figure(XINYAZHOU, "compounds", 9, "S3"),
    Figure(XINYAZHOU, "commercial_buildings", 65, "S3"),
    Figure(XINYAZHOU, "households", 13350, "S3"),
    Figure(XINYAZHOU, "residents", 100000, "S3", "about 100,000; see people.py"),
    Figure(XINYAZHOU, "own_members", 143, "S3"),
    Figure(XINYAZHOU, "signed_up_members", 621, "S3"),
    Figure(XINYAZHOU, "staff", 22, "S3"),
    Figure(XINYAZHOU, "sub_districts", 4, "S3"),
    Figure(XINYAZHOU, "grids", 9, "S3"),
    Figure(
        XINYAZHOU,
        "employers",
        628,
        "S3",
        "more than 600; an employer is one let premises in a commercial building",
    ),
    Figure(XIANGHE, "unmanaged_courtyards", 24, "S4"),
    Figure(XIANGHE, "xuefu_garden_built", 2000, "S4"),
)


def figure(community: str, key: str) -> float:
    """Return one figure.

    Raises
    ------
    KeyError
        If the reports give no such figure for that community.
    """
    for entry in FIGURES:
        if (entry.community, entry.key) == (community, key):
            return entry.value
    raise KeyError((community, key))


def count(community: str, key: str) -> int:
    """Return one figure that is a count; raises `KeyError` like `figure`."""
    return int(figure(community, key))
