// Package request is what travels in the context of a request besides its
// end: an id by which log and audit trail are joined, the caller, and whom to
// tell how far the work is.
package request

import (
	"context"
	"crypto/rand"
	"strings"
)

type requestKey struct{}

// WithID returns a context whose work belongs to the request with that
// id, by which logs and the audit trail are joined.
func WithID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestKey{}, id)
}

// ID returns the id of the request that is being served; "" outside of
// one.
func ID(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}

// NewID is short enough to read out, and two of one log are never alike.
func NewID() string { return strings.ToLower(rand.Text()[:12]) }
