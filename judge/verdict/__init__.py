"""What the judge finds, as data: the verdict, failures, the diagnosis, and its one way into words.

It may import the ground modules only.
"""
