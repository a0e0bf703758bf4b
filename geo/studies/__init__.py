"""Hot spots of tickets: a question is answered from cases, and the answer says how it came about.

``question`` says what can be asked and what an answer is; ``answer`` has the methods work on the
cases; ``explain`` puts into words what was done; ``files`` writes an answer for other programs. An
answer that takes long is made in a process of its own, ``python -m geo.studies``.
"""

from geo.studies.answer import answer
from geo.studies.intake import Told
from geo.studies.question import (
    MEASURES,
    METHODS,
    RADII,
    SIMULATIONS,
    STEPS,
    AreaFigures,
    Question,
    Study,
    as_json,
    from_json,
    spot_from_json,
)
from geo.studies.versus import Trial, effect

__all__ = [
    "MEASURES",
    "METHODS",
    "RADII",
    "SIMULATIONS",
    "STEPS",
    "AreaFigures",
    "Question",
    "Study",
    "Told",
    "Trial",
    "answer",
    "as_json",
    "effect",
    "from_json",
    "spot_from_json",
]
