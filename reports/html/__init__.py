"""The report as one HTML file without server, CDN or network."""
