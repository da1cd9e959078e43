"""History of the days, for years: SQLite on the wearer's own disk, derived from recordings and rebuilt from them at any time."""
