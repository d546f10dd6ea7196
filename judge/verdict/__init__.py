"""The results of judging as data: the verdict, failures and the diagnosis. One module turns them into words.

It may import only the ground modules.
"""
