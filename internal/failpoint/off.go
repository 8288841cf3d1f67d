//go:build !failpoints

package failpoint

import "time"

// Here marks a place by name. It does nothing in this build.
func Here(string) {}

// Clock returns now. Only a test build may set it forward.
func Clock(now func() time.Time) func() time.Time { return now }
