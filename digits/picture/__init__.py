"""A picture file -> its pixels."""
