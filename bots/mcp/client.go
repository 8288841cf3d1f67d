package mcp

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"didops/internal/identity"
)

// Client is a program that may connect over HTTP.
type Client struct {
	Name        string // unique; the principal is http:name
	TokenSHA256 [32]byte
	Role        identity.Role
	MayElicit   bool // its dialogs may approve orders, as far as the limits go
}

// clients tells callers by their bearer tokens. It is safe for concurrent use.
type clients struct {
	list  atomic.Pointer[[]Client]
	oauth *OAuth             // whose tokens count besides; nil: nobody's
	local identity.Principal // who everybody is when nobody needs a token
}

func newClients(h HTTP) (*clients, error) {
	c := &clients{oauth: h.OAuth, local: h.LoopbackPrincipal}
	c.list.Store(&h.Clients)
	return c, sound(h.Clients)
}

// Exchange returns a function that replaces who may connect by a bearer token
// of their own, for requests from then on. It refuses what [Server.Handler]
// refuses, and a list with which tokens would no longer be needed, or would
// be needed for the first time. The swap also ends what those have open whose
// name or token is gone.
func (h *Handler) Exchange(list []Client) (swap func(), err error) {
	c := h.clients
	if c.oauth == nil && (len(list) == 0) != c.open() {
		return nil, errors.New("http.clients: whether a token is needed can't be changed while it serves")
	}
	list = slices.Clone(list)
	return func() {
		for _, before := range *c.list.Swap(&list) {
			if !slices.ContainsFunc(list, func(now Client) bool { return now.Name == before.Name && now.TokenSHA256 == before.TokenSHA256 }) {
				h.shares.cut(before.principal().String())
			}
		}
	}, sound(list)
}

// principal is who a client is.
func (c Client) principal() identity.Principal {
	return identity.Principal{Realm: identity.HTTP, ID: c.Name, Name: c.Name, Role: c.Role, Elicits: c.MayElicit}
}

// sound reports what is wrong with a list of clients.
func sound(list []Client) error {
	var errs []error
	names, tokens := map[string]bool{}, map[[32]byte]bool{}
	for _, c := range list {
		switch {
		case c.Name == "":
			errs = append(errs, errors.New("http.clients: a name is empty"))
		case names[c.Name]:
			errs = append(errs, fmt.Errorf("http.clients: %s is there twice", c.Name))
		case c.Role == 0:
			errs = append(errs, fmt.Errorf("http.clients: %s has no role", c.Name))
		case c.TokenSHA256 == [32]byte{}:
			errs = append(errs, fmt.Errorf("http.clients: %s has no token", c.Name))
		case tokens[c.TokenSHA256]:
			errs = append(errs, fmt.Errorf("http.clients: %s has the token of another client", c.Name))
		}
		names[c.Name], tokens[c.TokenSHA256] = true, true
	}
	return errors.Join(errs...)
}

// open reports whether nobody needs a token.
func (c *clients) open() bool { return len(*c.list.Load()) == 0 && c.oauth == nil }

// identify returns who sent the headers, or why nobody did who may.
func (c *clients) identify(ctx context.Context, h http.Header) (identity.Principal, *denial) {
	if c.open() {
		return c.local, nil
	}
	scheme, token, _ := strings.Cut(h.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || len(h["Authorization"]) != 1 {
		return identity.Principal{}, c.tokenless()
	}
	token = strings.TrimSpace(token)
	if client, ok := c.holder(token); ok {
		return client.principal(), nil
	}
	if c.oauth == nil || token == "" {
		return identity.Principal{}, c.tokenless()
	}
	return c.bearer(ctx, token)
}

// holder returns the client whose token it is. The token is hashed and
// compared with every client's in constant time: neither its bytes nor its
// place in the list show in the time it takes.
func (c *clients) holder(token string) (Client, bool) {
	sum := sha256.Sum256([]byte(token))
	found, list := -1, *c.list.Load()
	for i, client := range list {
		found = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(sum[:], client.TokenSHA256[:]), i, found)
	}
	if found < 0 {
		return Client{}, false
	}
	return list[found], true
}

// named reports whether a client has the name, in whatever case: names are
// told apart by people.
func (c *clients) named(name string) bool {
	return slices.ContainsFunc(*c.list.Load(), func(client Client) bool { return strings.EqualFold(client.Name, name) })
}
