package mcp_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"unicode/utf8"

	"didops/internal/order"
	"didops/internal/testing/fakeorders"
)

const (
	buy  = `"name":"line_buy","arguments":{"numbers":["+97150000001","+97150000002"],"reason":"the office"}`
	drop = `"name":"line_drop","arguments":{"numbers":["+97150004567"]}`

	yes = `{"action":"accept","content":{"decision":"approve"}}`
	no  = `{"action":"accept","content":{"decision":"reject"}}`
)

// everyWay runs a test in both eras over both transports, each in a bubble of
// its own with orders.
func everyWay(t *testing.T, run func(*testing.T, way, *orderHarness)) {
	t.Helper()
	for _, w := range ways() {
		t.Run(w.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { run(t, w, newOrderHarness(t)) })
		})
	}
}

func TestDialogAnswers(t *testing.T) {
	t.Parallel()
	type decisions = []bool
	tests := []struct {
		name, call, result string
		state              order.State
		said               decisions
	}{
		{"yes", buy, yes, order.Completed, decisions{true}},
		{"no", buy, no, order.Rejected, decisions{false}},
		{"decline", buy, `{"action":"decline"}`, order.Pending, nil},
		{"cancel", buy, `{"action":"cancel"}`, order.Pending, nil},
		{"decline with yes in it", buy, `{"action":"decline","content":{"decision":"approve"}}`, order.Pending, nil},
		{"accept of nothing", buy, `{"action":"accept"}`, order.Pending, nil},
		{"accept of null", buy, `{"action":"accept","content":null}`, order.Pending, nil},
		{"accept of a list", buy, `{"action":"accept","content":[true]}`, order.Pending, nil},
		{"not now", buy, `{"action":"accept","content":{"decision":"later"}}`, order.Pending, nil},
		{"accept without decision", buy, `{"action":"accept","content":{}}`, order.Pending, nil},
		{"its title", buy, `{"action":"accept","content":{"decision":"Buy for 11.00 USD"}}`, order.Pending, nil},
		{"decision as boolean", buy, `{"action":"accept","content":{"decision":true}}`, order.Pending, nil},
		{"decision as number", buy, `{"action":"accept","content":{"decision":1}}`, order.Pending, nil},
		{"decision as null", buy, `{"action":"accept","content":{"decision":null}}`, order.Pending, nil},
		{"decision in a list", buy, `{"action":"accept","content":{"decision":["approve"]}}`, order.Pending, nil},
		{"with a space", buy, `{"action":"accept","content":{"decision":"approve "}}`, order.Pending, nil},
		{"APPROVE", buy, `{"action":"accept","content":{"decision":"APPROVE"}}`, order.Pending, nil},
		{"Decision", buy, `{"action":"accept","content":{"Decision":"approve"}}`, order.Pending, nil},
		{"no, then yes", buy, `{"action":"accept","content":{"decision":"reject","decision":"approve"}}`, order.Pending, nil},
		{"yes, then no", buy, `{"action":"accept","content":{"decision":"approve","decision":"reject"}}`, order.Pending, nil},
		{"yes twice, spelt apart", buy, `{"action":"accept","content":{"decision":"approve","\u0064ecision":"approve"}}`, order.Pending, nil},
		{"the boolean of earlier forms", buy, `{"action":"accept","content":{"approve":true}}`, order.Pending, nil},
		{"its no", buy, `{"action":"accept","content":{"approve":false}}`, order.Pending, nil},
		{"its yes as text", buy, `{"action":"accept","content":{"approve":"true"}}`, order.Pending, nil},
		{"its yes, with digits", drop, `{"action":"accept","content":{"approve":true,"last4":"4567"}}`, order.Pending, nil},
		{"yes, and its no", buy, `{"action":"accept","content":{"decision":"approve","approve":false}}`, order.Pending, nil},
		{"no, and its yes", buy, `{"action":"accept","content":{"decision":"reject","approve":true}}`, order.Pending, nil},
		{"not now, and its yes", buy, `{"action":"accept","content":{"decision":"later","approve":true}}`, order.Pending, nil},
		{"yes, and its yes", buy, `{"action":"accept","content":{"decision":"approve","approve":true}}`, order.Completed, decisions{true}},
		{"decline, then accept", buy, `{"action":"decline","action":"accept","content":{"decision":"approve"}}`, order.Pending, nil},
		{"two contents", buy, `{"action":"accept","content":{"decision":"reject"},"content":{"decision":"approve"}}`, order.Pending, nil},
		{"digits twice", drop, `{"action":"accept","content":{"decision":"approve","last4":"4568","last4":"4567"}}`, order.Pending, nil},
		{"ACCEPT", buy, `{"action":"ACCEPT","content":{"decision":"approve"}}`, order.Pending, nil},
		{"action as list", buy, `{"action":["accept"],"content":{"decision":"approve"}}`, order.Pending, nil},
		{"no action", buy, `{"content":{"decision":"approve"}}`, order.Pending, nil},
		{"true", buy, `true`, order.Pending, nil},
		{"text", buy, `"accept"`, order.Pending, nil},
		{"large", buy, `{"action":"accept","content":{"decision":"` + strings.Repeat("true", 100_000) + `"}}`, order.Pending, nil},
		{"digits", drop, `{"action":"accept","content":{"decision":"approve","last4":"4567"}}`, order.Completed, decisions{true}},
		{"digits with spaces", drop, `{"action":"accept","content":{"decision":"approve","last4":" 4567 "}}`, order.Completed, decisions{true}},
		{"other digits", drop, `{"action":"accept","content":{"decision":"approve","last4":"4568"}}`, order.Pending, nil},
		{"no digits", drop, yes, order.Pending, nil},
		{"empty digits", drop, `{"action":"accept","content":{"decision":"approve","last4":""}}`, order.Pending, nil},
		{"digits as number", drop, `{"action":"accept","content":{"decision":"approve","last4":4567}}`, order.Pending, nil},
		{"too many digits", drop, `{"action":"accept","content":{"decision":"approve","last4":"4567` + strings.Repeat(" ", 1000) + `"}}`, order.Pending, nil},
		{"digits without a decision", drop, `{"action":"accept","content":{"last4":"4567"}}`, order.Pending, nil},
		{"no to giving up", drop, no, order.Rejected, decisions{false}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			everyWay(t, func(t *testing.T, w way, s *orderHarness) {
				t.Helper()
				p := w.meet(t, s.server(t, nop()), forms)
				p.say(p.ask(tt.call), tt.result)
				got := p.hear()
				if id := got.Result.Content.Order; id.State != string(tt.state) || got.Result.IsError {
					t.Errorf("got %s, want %s", got.Raw, tt.state)
				} else if tt.state == order.Pending && len(id.ApproveAt) == 0 {
					t.Errorf("got %s, want where a person approves", got.Raw)
				}
				if fmt.Sprint(s.said()) != fmt.Sprint(tt.said) {
					t.Errorf("got the decisions %v, want %v", s.said(), tt.said)
				}
			})
		})
	}
}

func TestDialogErrorDecidesNothing(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{
		`"error":{"code":-32601,"message":"Method not found"}`,
		`"error":{"code":-1,"message":"x"},"result":` + yes,
	} {
		everyWay(t, func(t *testing.T, w way, s *orderHarness) {
			t.Helper()
			if w.modern {
				return // has no errors as answers
			}
			p := w.meet(t, s.server(t, nop()), forms)
			q := p.ask(buy)
			p.send(`{"jsonrpc":"2.0","id":"` + q.ref + `",` + answer + `}`)
			if got := p.hear(); got.Result.Content.Order.State != "pending" || len(s.said()) > 0 {
				t.Errorf("got %s and %v, want pending and no decision", got.Raw, s.said())
			}
		})
	}
}

func TestDialogIsNotOffered(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, can string
		prepare   func(*orderHarness)
		asks      bool
	}{
		{"any", `"elicitation":{}`, nil, true},
		{"form", `"elicitation":{"form":{}}`, nil, true},
		{"form and url", `"elicitation":{"url":{},"form":{}}`, nil, true},
		{"url", `"elicitation":{"url":{}}`, nil, false},
		{"none", ``, nil, false},
		{"null", `"elicitation":null`, nil, false},
		{"sampling", `"sampling":{}`, nil, false},
		{"endless terms", forms, func(s *orderHarness) { s.endless.Store(true) }, false},
		{"no handle", forms, func(s *orderHarness) {
			s.Switch(func(w *fakeorders.Switches) { w.Refuses.Prompt = fmt.Errorf("the store is broken: %s", secret) })
		}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			everyWay(t, func(t *testing.T, w way, s *orderHarness) {
				t.Helper()
				if tt.prepare != nil {
					tt.prepare(s)
				}
				p := w.meet(t, s.server(t, nop()), tt.can)
				if tt.asks {
					p.say(p.ask(buy), no)
				} else {
					p.call("5", buy)
				}
				want := map[bool]string{true: "rejected", false: "pending"}[tt.asks]
				if got := p.hear(); got.Result.Content.Order.State != want || got.Result.IsError || strings.Contains(got.Raw, secret) {
					t.Errorf("got %s, want %s", got.Raw, want)
				}
			})
		})
	}
}

// A client whose dialogs do not count is not asked, whatever it can do.
func TestDialogNeedsThePolicy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newOrderHarness(t)
		c := dial(t, s.server(t, nop()), alice())
		c.send(strings.Replace(initialize, `"capabilities":{}`, `"capabilities":{`+forms+`}`, 1))
		c.receive()
		c.send(old("5", "tools/call", buy))
		if got := c.receive(); !strings.Contains(got, `"state":"pending"`) || !strings.Contains(got, `"id":5`) {
			t.Errorf("got %s, want a pending order", got)
		}
	})
}

// The arguments of a call approve nothing.
func TestDialogNoArgumentApproves(t *testing.T) {
	t.Parallel()
	for _, more := range []string{`"confirm":true`, `"approve":true`, `"approved_by":"alice"`, `"last4":"4567"`, `"requestState":"handle-1"`} {
		everyWay(t, func(t *testing.T, w way, s *orderHarness) {
			t.Helper()
			p := w.meet(t, s.server(t, nop()), forms)
			p.call("5", strings.Replace(drop, `{"numbers"`, `{`+more+`,"numbers"`, 1))
			if got := p.hear(); !got.Result.IsError || got.Result.Content.Error.Code != "invalid" || len(s.said()) > 0 {
				t.Errorf("%s: got %s, want it refused", more, got.Raw)
			}
		})
	}
}

func TestDialogShowsWhatIsApproved(t *testing.T) {
	t.Parallel()
	everyWay(t, func(t *testing.T, w way, s *orderHarness) {
		t.Helper()
		p := w.meet(t, s.server(t, nop()), forms)
		q := p.ask(buy)
		for _, want := range []string{"Buy 2 numbers for 11.00 USD now", "SANDBOX", "+97150000002", "“the office”", "An answer here counts until 00:"} {
			if !strings.Contains(q.text, want) {
				t.Errorf("got the text %q, want %q in it", q.text, want)
			}
		}
		rows := strings.Split(q.text, "\n")
		for i, row := range rows {
			if n := utf8.RuneCountInString(row); row == "" || i < 3 && n > 72 || !strings.HasSuffix(row, ".") && !strings.HasSuffix(row, "?") {
				t.Errorf("got the row %q, want it filled, ended and, at the top, of at most 72 characters", row)
			}
			if strings.ContainsAny(row, "\x1b\r<>*`~|\\") || strings.Contains(row, "](") || strings.Contains(row, "://") {
				t.Errorf("got the row %q, want a seller's text to be data", row)
			}
		}
		if got := fmt.Sprint(q.schema.Required); got != "[decision]" {
			t.Errorf("got the fields %s, want a decision only", got)
		}
		p.say(q, no)
		p.hear()
		if q = p.ask(drop); fmt.Sprint(q.schema.Required) != "[decision]" || q.schema.Properties["last4"] == nil || !strings.Contains(q.text, "Give up +97150004567 for good?") {
			t.Errorf("got %v %q, want the digits to be asked for", q.schema, q.text)
		}
		p.say(q, no)
		p.hear()
	})
}

// The choice is made by nobody beforehand, and its first decides nothing. How
// it is written is up to the version: clients of 2025-06-18 know no other form.
func TestDialogChoices(t *testing.T) {
	t.Parallel()
	const (
		titled = `{"oneOf":[{"const":"later","title":"Not now: decide elsewhere"},{"const":"approve","title":"Buy for 11.00 USD"},` +
			`{"const":"reject","title":"Say no: nothing is done"}],"title":"Decision","type":"string"}`
		named = `{"enum":["later","approve","reject"],"enumNames":["Not now: decide elsewhere","Buy for 11.00 USD","Say no: nothing is done"],` +
			`"title":"Decision","type":"string"}`
	)
	for _, tt := range []struct {
		version string
		modern  bool
		want    string
	}{
		{"2026-07-28", true, titled}, {"2025-11-25", false, titled}, {"2025-06-18", false, named}, {"2025-03-26", false, named},
	} {
		for _, over := range []string{"stdio", "http"} {
			t.Run(tt.version+" over "+over, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := newOrderHarness(t)
					can := forms
					if !tt.modern {
						can += `},"protocolVersion":"` + tt.version + `","more":{` // the last one said counts
					}
					p := way{over, tt.modern}.meet(t, s.server(t, nop()), can)
					q := p.ask(buy)
					if got, err := json.Marshal(q.schema.Properties["decision"]); string(got) != tt.want || err != nil {
						t.Errorf("got %s, %v, want %s", got, err, tt.want)
					}
					p.say(q, no)
					p.hear()
				})
			})
		}
	}
}
