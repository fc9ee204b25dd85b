"""Charts: `chart` what one shows, `image` how it is drawn, `process` the process that draws it.

The fonts are DejaVu Sans 2.35, as their makers have them; their license lies beside them.
"""

from grokbot.documents.charts.chart import Bar, Chart, ChartUnit, by_day, by_name, of_values, to_values

__all__ = ["Bar", "Chart", "ChartUnit", "by_day", "by_name", "of_values", "to_values"]
