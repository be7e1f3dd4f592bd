"""The history of the schema: one file in `versions/` for each change, applied by engine.store.upgrade.

A migration that was released is never edited. It holds its own words for the tables, so that engine.store.tables can
move on; a test compares what the migrations make with what that file says, on both back ends.
"""
