"""One community of the demo while it is being made: its ground, homes, people, cells and ids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from etl.demo.buildings import Building, Site
from etl.demo.draft import Draft
from etl.demo.grids import GridCut
from etl.demo.ground import Ground, crs_of, placed
from etl.demo.homes import SHOP, Homes
from etl.demo.people import People
from etl.demo.recipes import Recipe
from geo import crs
from geo.cells import tessellate

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Shapes = npt.NDArray[Any]


@dataclass
class Land:
    """What does not depend on the seed: ground, buildings, cells, grids.

    Shapes are in the community's metric CRS.
    """

    recipe: Recipe
    ground: Ground
    site: Site
    homes: Homes
    cut: GridCut
    outline: shapely.Polygon
    outlines: Shapes
    anchors: Shapes
    cells: Shapes
    built_year: Ints

    @property
    def built(self) -> list[Building]:
        """The buildings."""
        return self.site.buildings

    @property
    def xy(self) -> Floats:
        """Anchors as coordinates, shape (n, 2), metres."""
        return np.asarray(shapely.get_coordinates(self.anchors))

    def stored(self, shapes: Shapes) -> Shapes:
        """Bring metric shapes to EPSG:4326."""
        return crs.to_stored(shapes, crs_of(self.recipe.code))

    def count_homes(self, *states: int) -> Ints:
        """Count dwellings of some states per building."""
        chosen = self.homes.home_building[np.isin(self.homes.state, states)]
        return np.bincount(chosen, minlength=len(self.built))


def households_per_building(homes: Homes, n: int) -> Ints:
    """Count households (shops apart) per building."""
    return np.bincount(homes.home_building[homes.state != SHOP], minlength=n)


def cells_of(ground: Ground, outline: shapely.Polygon, outlines: Shapes) -> Shapes:
    """Cut the community into building cells, along its roads first."""
    roads = placed(ground.lines, ground.recipe.code)
    return tessellate(outlines, outline, roads)


@dataclass
class Place:
    """A community with its people and ids, in one draft."""

    draft: Draft
    land: Land
    people: People
    street_id: int
    community_id: int
    building_id: Ints
    home_id: Ints
    resident_id: Ints
    grid_id: Ints
    addresses: npt.NDArray[np.object_]

    @property
    def code(self) -> str:
        """The community's code."""
        return self.land.recipe.code

    @property
    def home_grid(self) -> Ints:
        """Position of the grid of each dwelling."""
        return self.land.cut.of_building[self.land.homes.home_building]

    def chance(self, subject: str) -> np.random.Generator:
        """Return this community's stream of chance for one subject."""
        return self.draft.chance(subject, self.code)
