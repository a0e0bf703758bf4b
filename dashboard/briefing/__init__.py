"""Briefings: pages a leader takes along, from the same services as the pages on the screen.

Set on the server by Typst, without a browser and without the internet. What a page shows arrives
as a `dashboard.state.PageState`; who makes it and when are arguments, so that the same question
gives the same bytes.
"""
