"""The command line: one thin module for each command. It reads the options, calls other packages, and prints.

It may import everything; nothing imports it.
"""
