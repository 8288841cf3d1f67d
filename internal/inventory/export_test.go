package inventory

import "time"

// MonthOf is monthOf.
func MonthOf(t time.Time) (begins, next time.Time) { return monthOf(t) }
