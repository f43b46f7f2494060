"""Files of one page or several."""
