"""The effects of the corpus: each draws a number in one condition, from a generator alone."""
