"""The pictures of the progress pages: numbers (`tallies`, `activity`) → shapes on a plane and a table, no HTML.

One plot is drawn in three places from the same shapes: on the page, as a file, in print. What lies across is written
in percent, so that the words keep their size on any screen; what lies down in pixels.
"""

from commitments.record.plots.shapes import Plot
from commitments.record.plots.standing import by_section, by_trackability, over_time
from commitments.record.plots.telling import STILL, calendar, sources, still

__all__ = ["STILL", "Plot", "by_section", "by_trackability", "calendar", "over_time", "sources", "still"]
