"""Thousands of recordings, analysed in parallel into one table: here, or on a Dask cluster."""
