"""The leaderboard: the store with its migrations, and standings, the one place that reads times.

It may import solutions, challenges, verdict and the packages below them.
"""
