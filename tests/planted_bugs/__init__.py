"""Tests of the tests: known bugs, planted one at a time, each of which must turn a test red.

`make plant-bugs` runs them all. A bug is planted in a copy of the tree, never in the tree itself.
"""
