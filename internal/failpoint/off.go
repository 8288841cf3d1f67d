//go:build !failpoints

package failpoint

import (
	"context"
	"time"
)

// Here marks a place by name. It does nothing in this build.
func Here(string) {}

// Trace marks the steps of the requests made with the context it returns. In
// this build it marks none.
func Trace(ctx context.Context) context.Context { return ctx }

// Clock returns now. Only a test build may set it forward.
func Clock(now func() time.Time) func() time.Time { return now }
