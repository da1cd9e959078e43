"""One process keeps the day (radio, pipeline, recording); dashboards and other views attach over a private local socket. A view
that dies or hangs never touches the day."""
