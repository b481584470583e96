"""Looking, with all decoded or not: stamps of coded frames, pixels by a budget, quality on request."""
