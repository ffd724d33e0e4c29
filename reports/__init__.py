"""Results: the DuckDB store, statistics, the leaderboard and the HTML report."""
