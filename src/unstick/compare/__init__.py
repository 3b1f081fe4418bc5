"""Two captures side by side: both ends of the same connections, or a good and a bad path.

Keeps segments (``recording``), finds the same connections (``pairing``) and the same segments
(``matching``), and says what lies between (``vantage``) or how two closings differ (``closings``).
Prints nothing (``report.comparison``).
"""

from unstick.compare.comparing import compare
from unstick.compare.model import Comparison

__all__ = ["Comparison", "compare"]
