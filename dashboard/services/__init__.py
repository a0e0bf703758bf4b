"""What a page asks for, by subject: one call gives everything a view arranges.

Services decide who is looking, read through the store, and keep answers for as long as the data
does not change. They know nothing of widgets.
"""
