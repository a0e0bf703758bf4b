"""Small pieces of interface of our own: each is Python, a script and a style sheet.

A part draws what it is given and reports what was picked as a *trigger*; it keeps no state of its
own, since state lives in the URL (`dashboard.state`).
"""
