"""The record of what was promised and what became of it.

Data flows one way: sources → pledges → evidence → editorial desk → published record → outlets.
"""
