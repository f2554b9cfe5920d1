#!/usr/bin/python3 -B
"""Every fuzz target with a fixed set of inputs, or with BULWARK_TESTS_LONG exploring for two minutes: see tests/fuzz/run.py."""
import os

RUN = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'fuzz', 'run.py')

os.execv(RUN, [RUN])
