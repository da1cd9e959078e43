"""Persistent settings: small JSON files, each replaced whole or not at all."""

import json
import os


def load(path):
    """The object in the file; {} when there is none or it is damaged, so that a bad file never keeps the sensor from starting."""
    try:
        with open(path) as file:
            value = json.load(file)
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def save(path, value):
    """True when the file holds `value`. Power lost at any instant leaves the old file or the new one."""
    try:
        with open(path + ".new", "w") as file:
            json.dump(value, file)
        os.rename(path + ".new", path)
    except OSError as error:  # flash full or worn out: go on with what is in memory
        print("could not save", path, error)
        return False
    return True
