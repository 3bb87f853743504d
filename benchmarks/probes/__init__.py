"""What is measured inside a process of the application, one module each.

A module has `main(said) -> found`, both of them JSON.
"""
