"""`python -m tui.cli`: the console script, for starting ourselves again."""

import sys

from tui.cli import main

sys.exit(main())
