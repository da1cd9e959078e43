"""The daemon: one process owns radio, pipeline and recording; dashboards attach over a private local socket. A view that dies or
hangs never touches the stream."""
