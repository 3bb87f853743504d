"""A pretend ERP: the remote system that the product is tried and tested with.

It stands alone: standard library only, own process, own SQLite file. Start it with
`python -m demo_remote`, or inside a test with `demo_remote.server.start`.
"""
