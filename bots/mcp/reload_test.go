package mcp_test

import (
	"crypto/sha256"
	"net/http"
	"testing"
	"testing/synctest"

	"didops/bots/mcp"
	"didops/internal/identity"
)

// TestReloadCountsInOpenDialogs takes rights away while a dialog is open: the
// answer is decided with those of the moment at which it is given.
func TestReloadCountsInOpenDialogs(t *testing.T) {
	t.Parallel()
	client := func(change func(*mcp.Client)) []mcp.Client {
		c := mcp.Client{Name: "team", TokenSHA256: sha256.Sum256([]byte(teamToken)), Role: identity.Requester, MayElicit: true}
		change(&c)
		return []mcp.Client{c}
	}
	for _, tt := range []struct {
		name    string
		next    []mcp.Client
		decides int
	}{
		{"nothing", client(func(*mcp.Client) {}), 1},
		{"may_elicit", client(func(c *mcp.Client) { c.MayElicit = false }), 0},
		{"role", client(func(c *mcp.Client) { c.Role = identity.Reader }), 0},
		{"both", client(func(c *mcp.Client) { c.Role, c.MayElicit = identity.Reader, false }), 0},
		{"token", client(func(c *mcp.Client) { c.TokenSHA256 = sha256.Sum256([]byte("another")) }), 0},
		{"client", client(func(c *mcp.Client) { c.Name, c.TokenSHA256 = "other", sha256.Sum256([]byte("another")) }), 0},
	} {
		for _, modern := range []bool{false, true} {
			t.Run(way{tt.name, modern}.String(), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := newOrderHarness(t)
					h := handler(t, s.server(t, nop()), mcp.HTTP{Clients: client(func(*mcp.Client) {})})
					p := overHTTP(t, network(t, h), forms, modern, bearer(teamToken)...)
					q := p.ask(buy)
					swap, err := h.Exchange(tt.next)
					if err != nil {
						t.Fatal(err)
					}
					swap()
					if modern {
						p.say(q, yes)
					} else {
						p.send(`{"jsonrpc":"2.0","id":"` + q.ref + `","result":` + yes + `}`)
					}
					synctest.Wait()
					if got := len(s.said()); got != tt.decides {
						t.Errorf("got %d decisions, want %d", got, tt.decides)
					}
				})
			})
		}
	}
}

// TestReloadEndsWhatIsOpen takes a token away while its client has a stream and
// a call open.
func TestReloadEndsWhatIsOpen(t *testing.T) {
	t.Parallel()
	y := newHarness(t)
	synctest.Test(t, func(t *testing.T) {
		h := handler(t, y.server(t, nop()), mcp.HTTP{Clients: twoClients()})
		ended := make(chan string, 4)
		for _, token := range []string{teamToken, guestToken} {
			id := begin(t, h, bearer(token)...)
			headers := append(bearer(token), "Mcp-Session-Id", id)
			go func() {
				serve(h, bodyless(http.MethodGet, headers...))
				ended <- token
			}()
			go func() {
				serve(h, post(old("1", "tools/call", `"name":"note_wait"`), headers...))
				ended <- token
			}()
		}
		synctest.Wait()
		list := twoClients()
		list[0].TokenSHA256 = sha256.Sum256([]byte("another"))
		swap, err := h.Exchange(list)
		if err != nil {
			t.Fatal(err)
		}
		swap()
		synctest.Wait()
		if len(ended) != 2 || <-ended != teamToken || <-ended != teamToken {
			t.Errorf("got %d more ended, want the two of the client whose token is gone", len(ended))
		}
		swap, err = h.Exchange([]mcp.Client{list[0]})
		if err != nil {
			t.Fatal(err)
		}
		swap()
		synctest.Wait()
		if len(ended) != 2 {
			t.Errorf("got %d ended, want those of the client that is gone", len(ended))
		}
	})
}
