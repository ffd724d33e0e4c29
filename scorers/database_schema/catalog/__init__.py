"""Normalised snapshots of a database's catalogs, and what differs between two of them."""
