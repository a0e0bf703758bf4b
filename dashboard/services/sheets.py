"""The buildings of each grid, as its sheet tells of them."""

from __future__ import annotations

from typing import Final

import pandas as pd
import streamlit as st

from dashboard.services.base import Edition, reading, viewer
from dashboard.services.territory import Scope
from geo.errors import N_, NotAllowedError
from geo.layers import LAYERS
from geo.store import sheet_rows

READERS: Final = LAYERS["elderly"].roles
"""A sheet says where elderly people live: it is for those who may see that."""


def buildings(scope: Scope) -> pd.DataFrame:
    """Return the buildings of a scope's grids, see `geo.store.sheet_rows.buildings`.

    Raises
    ------
    NotAllowedError
        If the viewer may not see where elderly people live.
    geo.errors.StoreError
        When the database does not answer.
    """
    if viewer().role not in READERS:
        raise NotAllowedError(N_("You may not see this."))
    return _buildings(scope.edition, scope.community_ids)


@st.cache_data(max_entries=16, show_spinner=False)
def _buildings(edition: Edition, community_ids: tuple[int, ...]) -> pd.DataFrame:
    with reading() as connection:
        return sheet_rows.buildings(connection, viewer(), community_ids)
