// Package handle keeps state that has no room where it is referred to, such as
// in the id of a button, and gives a short handle for it. Every process on one
// store knows the handles of the others.
//
// A handle is made of what it stands for: the same state has the same handle,
// however often it is kept. It says nothing about who may use it; whoever
// answers it looks at that anew.
package handle

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"time"

	"didops/internal/transaction"
)

// ErrNone is returned for a handle that is not known, or not any more.
var ErrNone = transaction.ErrNone

// Store keeps states. It is implemented by internal/store. Safe for concurrent
// use, by several processes.
type Store interface {
	// Keep keeps a state under its handle for a time from now. What ran out is
	// forgotten, and so is what runs out first where there is very much of it.
	Keep(ctx context.Context, handle string, state []byte, term time.Duration) error
	// Kept returns the state of a handle, or [ErrNone].
	Kept(ctx context.Context, handle string) ([]byte, error)
}

// size is how many bytes of a state's hash make its handle.
const size = 15

// Of returns the handle of a state: 24 letters and digits.
func Of(state []byte) string {
	sum := sha256.Sum256(state)
	return base32.StdEncoding.EncodeToString(sum[:size])
}
