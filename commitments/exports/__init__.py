"""Files to take away: tables in three formats, the data package, frozen releases, and ways to cite them.

An outlet like the pages and the API, and below both: pages show its codebook and its citations. It speaks English.
"""
