//go:build !failpoints

package failpoint

import "time"

// Here marks a place by name. It does nothing in this build.
func Here(string) {}

// Dial returns dial. In a test build its connections mark what is done with
// them.
func Dial(dial Dialer) Dialer { return dial }

// Clock returns now. Only a test build may set it forward.
func Clock(now func() time.Time) func() time.Time { return now }

// Skew returns 0. A test build whose clock is set forward tolerates that of a
// database that is not.
func Skew() time.Duration { return 0 }
