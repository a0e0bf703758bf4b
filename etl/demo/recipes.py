"""How each community's ground is laid out: schematic outlines, roads, and what stands where.

Coordinates are metres east and north of the community's rough centre. The layouts are invented;
only the counts bound to `calibration` are real. A block is the land between roads, found by any
point inside it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from etl.demo import calibration as cal

Point = tuple[float, float]


@dataclass(frozen=True)
class Road:
    """A road through or along a community; `width_m` between the kerbs."""

    name: str
    kind: str
    points: tuple[Point, ...]
    width_m: float


@dataclass(frozen=True)
class Plot:
    """What stands in one block.

    Attributes
    ----------
    at
        A point inside the block.
    style
        slab, tower, courtyards, campus, mall or arena (see `buildings`).
    name
        The compound's name; for courtyards the street their numbers count along.
    homes, households
        Residential buildings, and dwellings in them (shops apart).
    grid, grids
        The grid's name, and into how many grids its dwellings are cut.
    zone
        The sub-district's name, empty where the community has none.
    built
        First and last year of building.
    strips
        Commercial buildings along the main roads of the block.
    public
        Names of public buildings.
    shops
        Ground-floor dwellings used as shops.
    courtyards
        Number of courtyards, for that style.
    park
        Share of the block that is a park, cut off at its east side.
    old
        How old its people are; 1 is the country's average.
    mix
        Weights of resident, rented and vacant dwellings.
    """

    at: Point
    style: str
    name: str
    homes: int = 0
    households: int = 0
    grid: str = ""
    grids: int = 1
    zone: str = ""
    built: tuple[int, int] = (1998, 2004)
    strips: int = 0
    public: tuple[str, ...] = ()
    shops: int = 0
    courtyards: int = 0
    park: float = 0.0
    old: float = 1.0
    mix: tuple[float, float, float] = (0.66, 0.25, 0.09)


@dataclass(frozen=True)
class Recipe:
    """A community: its outline, roads and plots, and how much of everything it has.

    Attributes
    ----------
    edges
        Roads along the outline: name, kind, first and last corner.
    units
        Stairwells in all, where known.
    people, premises, members, signed_up, party_households, staff, tickets
        Residents; let premises in commercial buildings; party members who live here and who
        signed up; party households; staff; tickets in twelve months.
    facilities
        Extra or fixed numbers of facilities by kind.
    """

    code: str
    outline: tuple[Point, ...]
    roads: tuple[Road, ...]
    edges: tuple[tuple[str, str, int, int], ...]
    plots: tuple[Plot, ...]
    people: int
    premises: int
    members: int
    party_households: int
    staff: int
    tickets: int
    signed_up: int = 0
    units: int = 0
    edge_m: float = 22.0
    facilities: dict[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the community."""
        return cal.COMMUNITIES[self.code]


def _main(name: str, *points: Point) -> Road:
    return Road(name, "road_main", points, 30.0)


def _minor(name: str, *points: Point) -> Road:
    return Road(name, "road_minor", points, 18.0)


FUYUANLI = Recipe(
    code=cal.FUYUANLI,
    outline=((-298, -262), (40, -276), (292, -270), (304, 20), (296, 268), (-20, 280), (-290, 272)),
    roads=(
        _minor("福苑中路", (-420, 6), (-140, 0), (0, 10), (160, 16), (420, 4)),
        _minor("福苑街", (-8, -420), (2, -140), (-4, 10), (6, 160), (0, 420)),
    ),
    edges=(
        ("港苑南路", "road_main", 0, 2),
        ("春港路", "road_minor", 2, 4),
        ("世纪北路", "road_main", 4, 6),
        ("港苑西路", "road_minor", 6, 7),
    ),
    plots=(
        Plot(
            (-150, 140),
            "slab",
            "福苑里一区",
            12,
            690,
            "福苑里一区",
            2,
            built=(1996, 1998),
            shops=18,
            old=1.25,
        ),
        Plot(
            (150, 140),
            "slab",
            "福苑里二区",
            10,
            622,
            "福苑里二区",
            2,
            built=(1998, 2000),
            shops=22,
            old=1.15,
            public=("福苑里社区党群服务中心",),
        ),
        Plot(
            (-150, -140),
            "slab",
            "福苑里三区",
            7,
            476,
            "福苑里三区",
            1,
            built=(2001, 2003),
            shops=26,
            public=("福苑便民市场",),
        ),
        Plot(
            (150, -140),
            "slab",
            "福苑里四区",
            7,
            445,
            "福苑里四区",
            1,
            built=(2004, 2006),
            shops=18,
            park=0.3,
            old=0.8,
            mix=(0.58, 0.30, 0.12),
        ),
    ),
    people=cal.count(cal.FUYUANLI, "residents"),
    units=cal.count(cal.FUYUANLI, "units"),
    premises=12,
    members=cal.count(cal.FUYUANLI, "party_members"),
    party_households=148,
    staff=cal.count(cal.FUYUANLI, "staff"),
    tickets=2600,
)

QINGCHENG = Recipe(
    code=cal.QINGCHENG,
    outline=(
        (-372, -300),
        (-60, -318),
        (352, -290),
        (372, -20),
        (340, 300),
        (20, 318),
        (-352, 306),
        (-380, 10),
    ),
    roads=(
        _main("鼓东路", (-540, -30), (-200, -14), (120, -22), (540, 0)),
        _main("井大路", (150, -480), (136, -150), (146, 120), (132, 480)),
        _minor("庆城路", (-130, -480), (-118, -160), (-126, 150), (-112, 480)),
    ),
    edges=(
        ("秀冶路", "road_minor", 0, 2),
        ("五四北路", "road_main", 2, 4),
        ("营迹路", "road_minor", 4, 6),
        ("中山支路", "road_minor", 6, 8),
    ),
    plots=(
        Plot(
            (-240, 150),
            "slab",
            "庆城新村",
            15,
            810,
            "庆城新村",
            2,
            built=(1992, 1997),
            strips=4,
            shops=24,
            old=1.3,
        ),
        Plot(
            (10, 150),
            "courtyards",
            "井大路",
            26,
            830,
            "井大里",
            2,
            built=(1984, 1992),
            strips=5,
            shops=36,
            courtyards=8,
            old=1.4,
            mix=(0.56, 0.36, 0.08),
            public=("庆城社区党群服务中心",),
        ),
        Plot(
            (240, 150),
            "tower",
            "鼓东华庭",
            7,
            452,
            "鼓东华庭",
            1,
            built=(2008, 2011),
            strips=4,
            shops=12,
            old=0.8,
        ),
        Plot(
            (-240, -160),
            "courtyards",
            "庆城路",
            24,
            800,
            "庆城里",
            2,
            built=(1985, 1993),
            strips=4,
            shops=30,
            courtyards=7,
            old=1.45,
            mix=(0.55, 0.37, 0.08),
        ),
        Plot(
            (10, -160),
            "slab",
            "湖滨新村",
            14,
            806,
            "湖滨新村",
            2,
            built=(1994, 1999),
            strips=4,
            shops=20,
            old=1.2,
            public=("鼓东小学",),
        ),
        Plot(
            (240, -160),
            "slab",
            "秀冶苑",
            9,
            420,
            "秀冶苑",
            1,
            built=(2000, 2003),
            strips=4,
            shops=14,
        ),
    ),
    people=11180,
    premises=210,
    members=268,
    party_households=190,
    staff=14,
    tickets=cal.count(cal.QINGCHENG, "tickets_in_a_year"),
)

XINANGUAN = Recipe(
    code=cal.XINANGUAN,
    outline=((-330, -270), (60, -286), (318, -262), (330, 30), (312, 282), (-40, 292), (-322, 276)),
    roads=(
        _main("向阳路", (-480, -22), (-180, -30), (90, -20), (480, -34)),
        _minor("和平巷", (40, -450), (52, -160), (44, 120), (58, 450)),
    ),
    edges=(
        ("南下河街", "road_minor", 0, 2),
        ("四平路", "road_main", 2, 4),
        ("胜利西街", "road_main", 4, 6),
        ("仓南街", "road_minor", 6, 7),
    ),
    plots=(
        Plot(
            (-150, 130),
            "slab",
            "五道庙小区",
            26,
            1290,
            "五道庙小区",
            3,
            "五道庙片区",
            built=(1993, 1993),
            shops=30,
            old=1.35,
        ),
        Plot(
            (180, 130),
            "slab",
            "和平苑",
            14,
            850,
            "和平苑",
            2,
            "和平苑片区",
            built=(1999, 2003),
            shops=25,
            old=1.05,
            public=("西南关社区党群服务中心",),
        ),
        Plot(
            (-150, -150),
            "courtyards",
            "向阳路",
            20,
            760,
            "向阳里",
            2,
            "向阳里片区",
            built=(1986, 1992),
            shops=28,
            courtyards=6,
            old=1.5,
        ),
        Plot(
            (180, -150),
            "slab",
            "南苑小区",
            10,
            620,
            "南苑小区",
            2,
            "南苑片区",
            built=(1996, 2001),
            shops=18,
            park=0.2,
            old=1.2,
            public=("西南关日间照料中心",),
        ),
    ),
    people=cal.count(cal.XINANGUAN, "residents"),
    premises=0,
    members=312,
    party_households=196,
    staff=13,
    tickets=4100,
    facilities={"bin": 104, "shop": 101, "institution": 5},
)

XINYAZHOU = Recipe(
    code=cal.XINYAZHOU,
    outline=(
        (-880, -640),
        (-300, -760),
        (420, -700),
        (860, -520),
        (930, 120),
        (780, 640),
        (240, 780),
        (-520, 760),
        (-900, 420),
    ),
    roads=(
        _main("广福路", (-1250, -300), (-420, -262), (200, -300), (1250, -236)),
        _main("体育北路", (-1250, 226), (-420, 252), (200, 214), (1250, 262)),
        _main("新亚洲大道", (-356, 1150), (-334, 300), (-372, -300), (-336, -1150)),
        _main("彩云东路", (306, 1150), (274, 300), (312, -300), (280, -1150)),
        _minor("星耀路", (-1250, -4), (-720, -14), (-350, -24)),
        _minor("云秀路", (292, -26), (650, -12), (1250, 12)),
        _minor("文体路", (-28, 1150), (-44, 520), (-36, 190)),
    ),
    edges=(),
    plots=(
        Plot(
            (-600, 480),
            "slab",
            "星河苑",
            60,
            1539,
            "星河苑",
            1,
            "星河片区",
            (2004, 2008),
            strips=6,
            shops=30,
        ),
        Plot(
            (-190, 480),
            "campus",
            "新亚洲学校",
            0,
            0,
            "春晓苑",
            1,
            "春晓片区",
            strips=3,
            public=(
                "新亚洲小学教学楼",
                "新亚洲小学综合楼",
                "新亚洲小学体育馆",
                "新亚洲社区卫生服务中心",
            ),
        ),
        Plot(
            (120, 480),
            "slab",
            "春晓苑",
            32,
            712,
            "春晓苑",
            1,
            "春晓片区",
            (2006, 2009),
            strips=4,
            shops=18,
        ),
        Plot(
            (580, 450),
            "tower",
            "锦绣苑",
            60,
            3261,
            "锦绣苑",
            1,
            "春晓片区",
            (2010, 2014),
            strips=6,
            shops=36,
            mix=(0.60, 0.30, 0.10),
            public=("锦绣幼儿园",),
        ),
        Plot(
            (-640, 110),
            "slab",
            "澜庭",
            33,
            705,
            "澜庭",
            1,
            "星河片区",
            (2012, 2015),
            strips=5,
            shops=16,
            mix=(0.60, 0.18, 0.22),
        ),
        Plot(
            (-640, -140),
            "mall",
            "新亚洲广场",
            0,
            0,
            "澜庭",
            1,
            "星河片区",
            strips=12,
            public=("新亚洲社区党群服务中心",),
        ),
        Plot((-30, -30), "arena", "新亚洲体育公园", 0, 0, "阳光苑", 1, "阳光片区", strips=12),
        Plot(
            (580, 110),
            "slab",
            "阳光苑",
            38,
            823,
            "阳光苑",
            1,
            "阳光片区",
            (2005, 2008),
            strips=4,
            shops=20,
            mix=(0.68, 0.24, 0.08),
        ),
        Plot(
            (580, -150),
            "slab",
            "滨河苑",
            38,
            815,
            "滨河苑",
            1,
            "阳光片区",
            (2006, 2009),
            strips=4,
            shops=20,
            public=("滨河幼儿园",),
        ),
        Plot(
            (-600, -480),
            "tower",
            "学府苑",
            50,
            2527,
            "学府苑",
            1,
            "广福片区",
            (2009, 2013),
            strips=3,
            shops=32,
            mix=(0.55, 0.36, 0.09),
        ),
        Plot(
            (-20, -500),
            "slab",
            "广福里",
            65,
            1777,
            "广福里",
            1,
            "广福片区",
            (2003, 2007),
            strips=4,
            shops=28,
            public=("广福警务站",),
            mix=(0.60, 0.32, 0.08),
        ),
        Plot(
            (560, -440),
            "slab",
            "东岸",
            46,
            1191,
            "东岸",
            1,
            "阳光片区",
            (2008, 2012),
            strips=2,
            shops=18,
        ),
    ),
    people=cal.count(cal.XINYAZHOU, "residents"),
    premises=cal.count(cal.XINYAZHOU, "employers"),
    members=cal.count(cal.XINYAZHOU, "own_members"),
    signed_up=cal.count(cal.XINYAZHOU, "signed_up_members"),
    party_households=560,
    staff=cal.count(cal.XINYAZHOU, "staff"),
    tickets=19000,
    edge_m=16.0,
)

XIANGHE = Recipe(
    code=cal.XIANGHE,
    outline=((-320, -300), (10, -316), (318, -304), (330, 0), (312, 300), (0, 314), (-330, 296)),
    roads=(
        _main("祥和路", (-480, 20), (-160, 28), (110, 16), (480, 30)),
        _minor("祥云街", (-8, -480), (4, -160), (-6, 140), (8, 480)),
    ),
    edges=(
        ("康复前街", "road_minor", 0, 2),
        ("大学路", "road_main", 2, 4),
        ("康复中街", "road_minor", 4, 6),
        ("兴华南街", "road_minor", 6, 7),
    ),
    plots=(
        Plot(
            (-160, 160),
            "courtyards",
            "兴华南街",
            26,
            690,
            "兴华里",
            2,
            built=(1983, 1992),
            shops=36,
            courtyards=8,
            old=1.4,
        ),
        Plot(
            (160, 160),
            "slab",
            "学府花园",
            16,
            790,
            "学府花园",
            2,
            built=(2000, 2000),
            shops=24,
            strips=7,
            public=("祥和社区党群服务中心",),
        ),
        Plot(
            (-160, -150),
            "courtyards",
            "康复前街",
            26,
            700,
            "康复里",
            2,
            built=(1985, 1994),
            shops=34,
            courtyards=8,
            old=1.45,
            mix=(0.58, 0.34, 0.08),
        ),
        Plot(
            (160, -150),
            "courtyards",
            "大学路",
            26,
            680,
            "大学里",
            2,
            built=(1988, 1996),
            shops=30,
            courtyards=8,
            old=1.2,
            mix=(0.52, 0.40, 0.08),
        ),
    ),
    people=7436,
    premises=40,
    members=241,
    party_households=152,
    staff=11,
    tickets=3000,
)

RECIPES = (FUYUANLI, QINGCHENG, XINANGUAN, XINYAZHOU, XIANGHE)
