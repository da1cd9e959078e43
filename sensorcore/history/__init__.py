"""What the days were like, for years: SQLite on the wearer's own disk, made from recordings and always makeable again from them."""
