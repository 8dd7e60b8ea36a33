"""Measures what the executor and a whole job cost, beside floors taken in the same run.

`make bench` (`python -m bench`) prints a table and writes `out/bench.json`. A missed target is
shown, not an error: this is no test. Ratios between figures of one run are worth more than figures.
"""
