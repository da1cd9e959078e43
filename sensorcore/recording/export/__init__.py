"""Recordings for other programs: CSV, Parquet, EDF+."""

from sensorcore.recording.export.edf import EdfReport, export_edf
from sensorcore.recording.export.tabular import ExportReport, export_csv, export_parquet

__all__ = ["EdfReport", "ExportReport", "export_csv", "export_edf", "export_parquet"]
