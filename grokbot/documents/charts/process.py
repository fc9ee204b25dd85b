"""The process that draws one chart: reads JSON values, writes a PNG, and exits.

Here: reading, writing, and reporting errors without any text of the chart. Not here: who starts it
(`engine.budgets.chart_renderer`), what a chart looks like (`image`).
"""

from __future__ import annotations

import gc
import json
import sys


def main() -> int:
    """Draw the chart on standard input. The exit code is 0 if standard output has a complete image."""
    gc.disable()  # it runs for a moment, most of it importing modules
    try:
        values = json.load(sys.stdin.buffer)
        from grokbot.documents.charts.chart import of_values  # noqa: PLC0415 -- trouble with it is told in one word
        from grokbot.documents.charts.image import png  # noqa: PLC0415 -- as above

        picture = png(of_values(values))
    except BaseException as error:  # noqa: BLE001 -- its text may hold names
        sys.stderr.write(type(error).__name__)
        return 1
    sys.stdout.buffer.write(picture)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
