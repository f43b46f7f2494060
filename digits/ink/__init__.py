"""Pixels -> where the pen was."""
