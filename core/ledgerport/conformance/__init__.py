"""What is known of a plugin's quality: the suite's result, its author's promises, and the grade that follows."""

from ledgerport.conformance.grades import Grade, Level, grade
from ledgerport.conformance.quality import Quality, read_quality
from ledgerport.conformance.result import CheckResult, Outcome, Result, Unasked, read_result, write_result

__all__ = [
    "CheckResult",
    "Grade",
    "Level",
    "Outcome",
    "Quality",
    "Result",
    "Unasked",
    "grade",
    "read_quality",
    "read_result",
    "write_result",
]
