"""The strokes of a piece of ink, and how digits that lie over each other share them out."""
