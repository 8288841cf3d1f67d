package fakediscord

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"didops/internal/testing/discordspec"
)

// Request is a request that the bot made.
type Request struct {
	Route   string // method and path as in the OpenAPI document: "POST /channels/{channel_id}/messages"
	Method  string
	Path    string // without /api/v10
	Header  http.Header
	Body    []byte
	Payload json.RawMessage // the JSON of the body, or of its part payload_json
	Files   []File
	Status  int       // of the answer; 0 = none yet, or cut
	At      time.Time // of its arrival
}

// Requests returns all requests so far, in the order of their arrival.
func (f *Fake) Requests() []Request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.requests)
}

// Request waits for the n-th request whose route begins with a text, and
// returns it as it is then. It need not have been answered.
func (f *Fake) Request(tb testing.TB, route string, n int) Request {
	tb.Helper()
	return wait(tb, f, fmt.Sprintf("request %d to %q", n, route), func() (Request, bool) {
		all := f.to(route)
		if len(all) < n {
			return Request{}, false
		}
		return all[n-1], true
	})
}

// Count is how many requests there were whose route begins with a text.
func (f *Fake) Count(route string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.to(route))
}

func (f *Fake) to(route string) []Request {
	return slices.DeleteFunc(slices.Clone(f.requests), func(r Request) bool { return !strings.HasPrefix(r.Route, route) })
}

// arrived records a request and returns its place. The lock is held.
func (f *Fake) arrived(r Request) int {
	if f.lean {
		return -1
	}
	r.At = f.now()
	f.requests = append(f.requests, r)
	f.touch()
	return len(f.requests) - 1
}

// answered records the status of an answer. The lock is held.
func (f *Fake) answered(at, status int) {
	if at >= 0 {
		f.requests[at].Status = status
		f.touch()
	}
}

// tail tells what happened last, for the message of a test that waited in
// vain.
func (f *Fake) tail() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "sessions ready %d, open %d; the last requests:\n", f.ready, len(f.sessions))
	for _, r := range f.requests[max(0, len(f.requests)-10):] {
		fmt.Fprintf(&b, "  %s → %d %s\n", r.Route, r.Status, cut(string(r.Payload), 300))
	}
	for _, v := range f.violations {
		fmt.Fprintf(&b, "  violation: %s\n", v)
	}
	b.WriteString("the last messages:\n")
	for _, m := range f.latest(5) {
		fmt.Fprintf(&b, "  %s\n", cut(m.Text(), 600))
	}
	return b.String()
}

// latest returns the n messages that were posted last, the latest first. The
// lock is held.
func (f *Fake) latest(n int) []*Message {
	var list []*Message
	for _, c := range f.channels {
		list = slices.AppendSeq(list, maps.Values(c.byID))
	}
	// Ids that are longer are greater.
	slices.SortFunc(list, func(a, b *Message) int { return cmp.Or(len(b.ID)-len(a.ID), strings.Compare(b.ID, a.ID)) })
	return list[:min(n, len(list))]
}

func cut(s string, n int) string {
	if len(s) > n {
		return s[:n] + "…"
	}
	return s
}

// judged is the request as it is judged.
func (r Request) judged() discordspec.Request {
	return discordspec.Request{Method: r.Method, Path: r.Path, Header: r.Header, Body: r.Body}
}
