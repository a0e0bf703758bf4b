"""The papers an office files when a grid plan takes effect: a register and its drawings.

Pure: facts come in as a `PlanPaper`, bytes go out. The language is that of `geo.words`.
"""

from geo.papers.mapsheet import drawings_pdf
from geo.papers.model import GridSheet, Outline, Person, PlanPaper
from geo.papers.register import registration_xlsx

__all__ = [
    "GridSheet",
    "Outline",
    "Person",
    "PlanPaper",
    "drawings_pdf",
    "registration_xlsx",
]
