"""Where a person looks and corrects: the page of readings, the drawing window."""
