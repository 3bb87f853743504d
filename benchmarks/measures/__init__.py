"""What is measured, one module each. A module has a TITLE, with which all its rows begin."""
