package tools

import (
	"context"
	"crypto/rand"
	"strings"
)

type requestKey struct{}

// WithRequest returns a context whose work belongs to the request with that
// id, by which logs and the audit trail are joined.
func WithRequest(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestKey{}, id)
}

// RequestOf returns the id of the request that is being served; "" outside of
// one.
func RequestOf(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}

// Begin gives a request that has just come in its id, unless it has one.
// Front ends call it where they log before they call; every call does it
// again.
func (g *Gate) Begin(ctx context.Context) context.Context {
	if RequestOf(ctx) != "" {
		return ctx
	}
	newID := g.NewID
	if newID == nil {
		newID = randomID
	}
	return WithRequest(ctx, newID())
}

// randomID is short enough to read out, and two of one log are never alike.
func randomID() string { return strings.ToLower(rand.Text()[:12]) }
