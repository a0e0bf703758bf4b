"""The closed word lists of the domain: what a column may hold, and what it is called.

Each list maps the stored key to an English message id (translated by `geo.words`). The tables'
check constraints, the import's checks and the legends all read these lists.
"""

from __future__ import annotations

from geo.errors import N_

DIVISION_KINDS = {
    "street": N_("Street office"),
    "community": N_("Community"),
    "sub_district": N_("Sub-district"),
}

PLAN_STATES = {"draft": N_("Draft"), "published": N_("Published"), "retired": N_("Retired")}

PLAN_SOURCES = {
    "drawn": N_("Drawn"),
    "imported": N_("Imported"),
    "suggested": N_("Suggested"),
    "demo": N_("Demo"),
}

GESTURE_KINDS = {
    "start": N_("Started the draft"),
    "assign": N_("Put buildings into a grid"),
    "remove": N_("Took buildings out"),
    "merge": N_("Merged grids"),
    "split": N_("Split a grid"),
    "suggest": N_("Took a suggestion"),
    "join": N_("New buildings joined"),
    "undo": N_("Undid"),
    "redo": N_("Did again"),
}
"""What an edit of a draft was meant to do."""

GROUND_KINDS = {
    "road_main": N_("Main road"),
    "road_minor": N_("Minor road"),
    "lane": N_("Lane"),
    "green": N_("Green"),
    "water": N_("Water"),
    "compound": N_("Compound"),
}

BUILDING_USES = {
    "residential": N_("Residential"),
    "commercial": N_("Commercial"),
    "mixed": N_("Mixed use"),
    "public": N_("Public"),
    "other": N_("Other"),
}

HOUSEHOLD_STATES = {
    "resident": N_("Resident"),
    "rented": N_("Rented"),
    "vacant": N_("Vacant"),
    "shop": N_("Shop"),
}

CARE_CLASSES = {
    "high_risk": N_("High risk (weekly visit)"),
    "key": N_("Key (monthly visit)"),
    "general": N_("General (quarterly visit)"),
}

LIVING_ARRANGEMENTS = {
    "alone": N_("Living alone"),
    "empty_nest": N_("Empty nest"),
    "with_family": N_("With family"),
}

PARTY_LEVELS = {
    "committee": N_("Party committee"),
    "grid_branch": N_("Grid party branch"),
    "corridor_group": N_("Corridor party group"),
}

PARTY_MEMBER_KINDS = {"own": N_("Own member"), "signed_up": N_("Signed up (two-way)")}

STAFF_KINDS = {
    "staff": N_("Community staff"),
    "police": N_("Police"),
    "volunteer": N_("Volunteer"),
}

GRID_ROLES = {
    "grid_leader": N_("Grid leader"),
    "grid_worker": N_("Grid worker"),
    "police": N_("Community police"),
    "party_member": N_("Party member"),
    "volunteer": N_("Volunteer"),
    "building_head": N_("Building head"),
}

TICKET_SOURCES = {
    "12345": N_("12345 hotline"),
    "snapshot": N_("Resident snapshot"),
    "patrol": N_("Grid patrol"),
    "platform": N_("Residents' needs platform"),
    "qr": N_("QR code"),
    "meeting": N_("Meeting"),
    "other": N_("Other source"),
}

TICKET_HANDLING = {
    "on_spot": N_("On the spot"),
    "promised": N_("Promised by a date"),
    "coordinated": N_("Several departments"),
}

TICKET_STATES = {
    "pending": N_("Pending"),
    "active": N_("In progress"),
    "closed": N_("Closed"),
    "returned": N_("Returned"),
    "unfounded": N_("Unfounded"),
    "duplicate": N_("Duplicate"),
}

OPEN_TICKET_STATES = ("pending", "active")

TICKET_SIGNS = {
    "pending": N_("Pending"),
    "active": N_("In progress"),
    "overdue": N_("Overdue"),
    "closed": N_("Closed"),
    "void": N_("Returned, unfounded or duplicate"),
}
"""What the map shows: the stored state, with *overdue* decided by the clock."""

TICKET_ACTIONS = {
    "received": N_("Received"),
    "filed": N_("Filed"),
    "dispatched": N_("Dispatched"),
    "arrived": N_("Arrived on the spot"),
    "handled": N_("Handled"),
    "feedback": N_("Feedback"),
    "closed": N_("Verified and closed"),
    "rated": N_("Rated"),
    "extended": N_("Extended"),
    "returned": N_("Returned"),
    "unfounded": N_("Unfounded"),
    "duplicate": N_("Duplicate"),
    "reopened": N_("Reopened"),
}

TICKET_KINDS = {
    "component": N_("Component"),
    "event": N_("Event"),
    "service": N_("Service"),
}

FACILITY_KINDS = {
    "party_centre": N_("Party and community service centre"),
    "grid_station": N_("Grid station"),
    "canteen": N_("Elderly canteen"),
    "day_care": N_("Elderly day care"),
    "after_school": N_("After-school care"),
    "school": N_("School"),
    "kindergarten": N_("Kindergarten"),
    "clinic": N_("Health station"),
    "hospital": N_("Hospital"),
    "toilet": N_("Public toilet"),
    "police": N_("Police room"),
    "waste": N_("Waste sorting point"),
    "bin": N_("Litter bin"),
    "light": N_("Street light"),
    "fire": N_("Fire hydrant"),
    "charging": N_("Charging point"),
    "park": N_("Park"),
    "manhole": N_("Manhole"),
    "aed": N_("Defibrillator (AED)"),
    "car_park": N_("Car park"),
    "culture": N_("Culture"),
    "shop": N_("Shop or market"),
    "institution": N_("Institution"),
    "other": N_("Other facility"),
}

ELDERLY_SERVICE_KINDS = ("canteen", "day_care", "party_centre")
"""Facilities that count as an elderly service within reach (first indicator)."""

COVERED_GROUPS = {
    "residents": N_("All residents"),
    "age60": N_("Residents 60+"),
    "age80": N_("Residents 80+"),
    "alone60": N_("Elderly living alone"),
    "children": N_("Children under 15"),
}
"""Whose reach of services is measured; keys are columns of ``building_summary``."""

WALKERS = {
    "adult": N_("Adult"),
    "elderly": N_("Elderly person"),
    "wheelchair": N_("Wheelchair"),
}
"""Who walks; each has a speed in the norms."""

VISIT_PURPOSES = {
    "routine": N_("Routine visit"),
    "care": N_("Care visit"),
    "party": N_("Party contact"),
    "ticket": N_("Ticket follow-up"),
}

VISIT_RESULTS = {
    "met": N_("Met"),
    "absent": N_("Nobody home"),
    "refused": N_("Declined"),
}

IMPORT_KINDS = {
    "boundaries": N_("Boundaries"),
    "buildings": N_("Buildings"),
    "facilities": N_("Facilities"),
    "tickets": N_("Tickets"),
    "plan": N_("Grid plan"),
    "walkways": N_("Walking network"),
}

AREA_KINDS = {"grid": N_("Grid"), "community": N_("Community"), "street": N_("Street office")}
