"""The command line: one thin module for each command, which reads the options, calls and prints.

It may import everything; nothing imports it.
"""
