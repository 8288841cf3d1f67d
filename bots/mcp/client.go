package mcp

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"didops/tools"
)

// Client is a program that may connect over HTTP.
type Client struct {
	Name        string // unique; the principal is http:name
	TokenSHA256 [32]byte
	Role        tools.Role
	MayElicit   bool // its dialogs may approve orders, as far as the limits go
}

// clients tells callers by their bearer tokens.
type clients struct {
	list  []Client
	local tools.Principal // who everybody is when the list is empty
}

func newClients(list []Client, local tools.Principal) (clients, error) {
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
	return clients{list, local}, errors.Join(errs...)
}

// open reports whether nobody needs a token.
func (c clients) open() bool { return len(c.list) == 0 }

// identify returns who sent the headers. The token is hashed and compared
// with every client's in constant time: neither its bytes nor its place in
// the list show in the time it takes.
func (c clients) identify(h http.Header) (tools.Principal, bool) {
	if c.open() {
		return c.local, true
	}
	scheme, token, _ := strings.Cut(h.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || len(h["Authorization"]) != 1 {
		return tools.Principal{}, false
	}
	sum := sha256.Sum256([]byte(strings.TrimSpace(token)))
	found := -1
	for i, client := range c.list {
		found = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(sum[:], client.TokenSHA256[:]), i, found)
	}
	if found < 0 {
		return tools.Principal{}, false
	}
	client := c.list[found]
	return tools.Principal{
		Surface: "http", ID: client.Name, Name: client.Name, Role: client.Role, Elicits: client.MayElicit,
	}, true
}
