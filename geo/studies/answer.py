"""Answering a question: which tickets count, and which method works on them."""

from __future__ import annotations

from geo.cases import Cases
from geo.studies import addresses, clusters, descriptive, places, series, versus
from geo.studies.intake import Told, take_in
from geo.studies.question import Question, Study


def _nothing(share: float) -> None:
    """Tell nobody."""


def answer(cases: Cases, question: Question, told: Told = _nothing) -> Study:
    """Answer a question about hot spots.

    Parameters
    ----------
    cases
        Tickets of the place, of the period of the question at least; for a comparison, also of as
        many days before.
    told
        Told now and then which share is done; may raise to stop.

    Raises
    ------
    geo.errors.WanggeError
        If the method cannot work on these cases.
    """
    if question.method == "compare":
        return versus.compared(cases, question)
    asked = take_in(cases, question, calls=question.method == "repeats")
    if asked.cases.tickets.empty:
        return asked.study([], shortage="cases")
    if question.method == "scan":
        return clusters.scanned(asked, told)
    methods = {
        "gi": places.gi,
        "emerging": series.emerging,
        "repeats": addresses.repeated,
        "groups": descriptive.grouped,
    }
    return methods[question.method](asked)
