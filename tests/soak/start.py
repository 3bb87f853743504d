"""`python -m tests.soak.start MODULE`: set Django up, then run that module of the soak."""

import sys
from importlib import import_module

import django

if __name__ == "__main__":
    django.setup()  # before any import of models
    sys.exit(import_module(f"tests.soak.{sys.argv[1]}").main(sys.argv[2:]))
