"""`python -m tests.radio.bluez_box`: install what is missing on this machine, then build the boxes that are not there yet."""

from __future__ import annotations

import sys

from tests.radio.bluez_box.build import SUITES, build
from tests.radio.bluez_box.debian import BoxError, install_missing

if __name__ == "__main__":
    try:
        install_missing()
        for version in SUITES:
            print(f"BlueZ {version}: {build(version).folder}")
    except BoxError as error:
        sys.exit(f"The BlueZ boxes cannot be built: {error}")
