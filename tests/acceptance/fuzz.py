#!/usr/bin/python3 -B
"""Every fuzz target for twenty seconds, or with BULWARK_TESTS_LONG for two minutes: see tests/fuzz/run.py."""
import os

RUN = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'fuzz', 'run.py')

os.execv(RUN, [RUN])
