// Package lease is leader election by a lease in a store: of the processes
// that share the store, one at a time does what only one may do.
//
// A lease is no fence. A process that stood still for longer than its term
// may go on for a moment after another has begun, so what must never happen
// twice is also guarded in the transaction that does it.
package lease

import (
	"context"
	"time"
)

// Store keeps leases by name. Its clock is what terms are measured by; all
// processes have to mean the same by it, up to a small part of a term. It is
// safe for concurrent use, and each call is one transaction.
type Store interface {
	// Acquire takes the lease of that name for a term from now, or keeps it
	// on, and reports whether the holder has it then: false means that the term
	// of another is not over. After an error either may be the case.
	Acquire(ctx context.Context, name, holder string, term time.Duration) (bool, error)

	// Release ends the term of the holder. A lease that is another's, or
	// nobody's, stays as it is, and is no error.
	Release(ctx context.Context, name, holder string) error
}

// Status is what a [Runner] has come to know of its lease.
type Status uint8

// The statuses.
const (
	Standby     Status = iota + 1 // another process has it
	Unreachable                   // the store could not be asked
	Held                          // it is ours, and the work begins
	Lost                          // it is ours no longer, and the work is told to end
	Released                      // the work has ended, and the lease was given back
)

// String returns the status as logs name it.
func (s Status) String() string {
	switch s {
	case Standby:
		return "standby"
	case Unreachable:
		return "unreachable"
	case Held:
		return "held"
	case Lost:
		return "lost"
	case Released:
		return "released"
	}
	return "unknown"
}
