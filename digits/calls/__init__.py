"""What programs in Python call: `from digits import read_digits, read_many`."""
