"""How many requests one worker of the api-server works on at a time; the others wait in order."""

PEOPLE = 6
"""
Of browsers and API clients. Python runs one thread at a time, so more would not be answered sooner; each would hold a
connection to the database.
"""
TASKS = 10
"""Of tasks, such as heartbeats; they have places of their own, because people may ask more than can be answered."""
