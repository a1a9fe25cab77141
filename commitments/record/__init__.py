"""The only read side of published facts. Every question carries the day it is asked for, `on=`."""
