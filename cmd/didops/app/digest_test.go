package app

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"didops/internal/digest/daily"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/request"
	"didops/tools"
	digestops "didops/tools/digest"
)

// TestWhatLinesLeadTo holds that what the lines of the morning page lead to can
// be asked for: operations that there are, with arguments that they take.
func TestWhatLinesLeadTo(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	a := newApp(Host{Getenv: func(name string) string { return m.env[name] }, Now: time.Now, Out: io.Discard, Err: io.Discard})
	defer a.close()
	gate, err := a.gate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	who := a.person(t.Context())
	item := daily.Item{Number: "971501234567", Order: "sb-aaaaaa", Offer: "971507654321", At: time.Now()}
	for _, most := range []int{0, 1} {
		acts := digestops.Config{MaxNumbers: func() int { return most }}
		for _, kind := range daily.Kinds() {
			for _, items := range [][]daily.Item{{item}, {item, {Number: "971501234568", Order: "sb-bbbbbb", Offer: "971507654322", At: time.Now()}}} {
				act := acts.Act(daily.Line{Kind: kind, Items: items})
				_, err := gate.Call(t.Context(), tools.Call{Tool: act.Call.Operation, Args: act.Call.Args, Frontend: identity.FrontShell, Principal: who})
				unknown := fault.CodeOf(err) == fault.NotFound // there is no such number or order here
				off := kind == daily.Idle && fault.CodeOf(err) == fault.Unavailable && strings.Contains(string(act.Call.Args), "idle_for")
				if act.Label == "" || err != nil && !unknown && !off {
					t.Errorf("%s of %d: %s %s: %v", kind, len(items), act.Call.Operation, act.Call.Args, err)
				}
			}
		}
	}
}

// TestDigest holds that the page as it is now is shown, in both forms, and that a
// purchase of one's own is no news.
func TestDigest(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	if code := m.run(t, "digest"); code != 0 || !strings.Contains(m.out.String(), "SANDBOX") || !strings.Contains(m.out.String(), "nothing to tell") {
		t.Errorf("got %d, %s%s", code, m.out.String(), m.err.String())
	}
	if code := m.run(t, "digest", "--json"); code != 0 || !strings.Contains(m.out.String(), `"lines":[]`) {
		t.Errorf("got %d, %s%s", code, m.out.String(), m.err.String())
	}
}

// TestAPageIsOfWhoLooks holds that a page tells who asks for it of no order that
// they don't see, and a channel of all.
func TestAPageIsOfWhoLooks(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	a := newApp(Host{Getenv: func(name string) string { return m.env[name] }, Now: time.Now, Out: io.Discard, Err: io.Discard})
	defer a.close()
	gate, err := a.gate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	who := a.person(t.Context())
	if _, err := gate.Call(t.Context(), tools.Call{Tool: "did_purchase", Args: []byte(`{"numbers":["+971520545433"]}`), Frontend: identity.FrontShell, Principal: who}); err != nil {
		t.Fatal(err)
	}
	stranger := identity.Caller{Principal: identity.Principal{Realm: identity.HTTP, ID: "team", Role: identity.Requester}, Frontend: identity.FrontMCP}
	for want, ctx := range map[int]context.Context{
		0: request.WithCaller(t.Context(), stranger),
		1: t.Context(),
	} {
		list, err := a.standing(ctx, time.Time{})
		if err != nil || len(list) != want {
			t.Errorf("got %v, %v, want %d orders", list, err, want)
		}
	}
}
