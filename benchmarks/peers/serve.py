"""Serve one peer page the way our server serves ours: uvicorn, one process, our own assets."""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st
import uvicorn
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from streamlit import config

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Serve ``sys.argv[2]`` on port ``sys.argv[1]``."""
    config.set_option("browser.gatherUsageStats", False)  # noqa: FBT003 - Streamlit's signature
    config.set_option("server.fileWatcherType", "none")
    vendor = Mount("/vendor", StaticFiles(directory=HERE.parent.parent / "node_modules"))
    app = st.App(str(HERE / sys.argv[2]), routes=[vendor])
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")


if __name__ == "__main__":
    main()
