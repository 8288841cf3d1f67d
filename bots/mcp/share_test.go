package mcp_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"

	"didops/bots/mcp"
)

// TestOneCallerLeavesRoom has one caller open streams and calls without end.
func TestOneCallerLeavesRoom(t *testing.T) {
	t.Parallel()
	const most = 8
	y := newHarness(t)
	synctest.Test(t, func(t *testing.T) {
		h := handler(t, y.server(t, nop()), mcp.HTTP{Clients: twoClients(), OpenPerCaller: most})
		client := network(t, h)
		ctx, leave := context.WithCancel(t.Context())
		defer leave()
		hold := func(method, token, session, body string) int {
			r := post(body) //nolint:contextcheck // it is given its context below
			if method == http.MethodGet {
				r = bodyless(method) //nolint:contextcheck // it is given its context below
			}
			r.Header.Set("Authorization", "Bearer "+token)
			r.Header.Set("Mcp-Session-Id", session)
			r.RequestURI = ""
			resp, err := client.Do(r.WithContext(ctx))
			if err != nil {
				t.Error(err)
				return 0
			}
			if resp.StatusCode == http.StatusOK && method == http.MethodGet {
				return resp.StatusCode // and is held until ctx ends
			}
			_ = resp.Body.Close()
			return resp.StatusCode
		}
		team, guest := begin(t, h, bearer(teamToken)...), begin(t, h, bearer(guestToken)...)
		for i := range most {
			want := http.StatusOK
			if i >= most/2 {
				want = http.StatusTooManyRequests
			}
			if got := hold(http.MethodGet, teamToken, team, ""); got != want {
				t.Errorf("stream %d: got %d, want %d", i+1, got, want)
			}
		}
		if got := hold(http.MethodPost, teamToken, team, old("1", "ping", "")); got != http.StatusOK {
			t.Errorf("a call of the same caller: got %d, want 200", got)
		}
		wait := `"name":"note_wait","arguments":{}`
		for range most / 2 {
			go func() {
				r := post(old("1", "tools/call", wait), append(bearer(teamToken), "Mcp-Session-Id", team)...) //nolint:contextcheck // it is given its context below
				_ = serve(h, r.WithContext(ctx))
			}()
			synctest.Wait()
		}
		if got := hold(http.MethodPost, teamToken, team, old("1", "ping", "")); got != http.StatusTooManyRequests {
			t.Errorf("one more than the share: got %d, want 429", got)
		}
		if got := hold(http.MethodPost, guestToken, guest, old("1", "ping", "")); got != http.StatusOK {
			t.Errorf("another caller: got %d, want 200", got)
		}
		leave()
		synctest.Wait()
		ctx = t.Context()
		if got := hold(http.MethodPost, teamToken, team, old("1", "ping", "")); got != http.StatusOK {
			t.Errorf("when they are over: got %d, want 200", got)
		}
	})
}
