package did_test

import (
	"strings"
	"testing"
	"time"

	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/order"
)

// renewing declares the writes anew, at a time of their own, on own numbers that
// are paid for until the moments given.
func (o *orderHarness) renewing(c *clock, until func(digits string) time.Time) *orderHarness {
	config := configured()
	config.Now, config.Writer = c.now, altered{Writer: o.client.ReadWriter(), owned: func(rows []exchange.Owned) []exchange.Owned {
		for i := range rows {
			rows[i].BilledTo = until(rows[i].Digits)
		}
		return rows
	}}
	return o.orders(config)
}

// later asks for numbers to be given up before they renew.
func later(numbers ...string) args { return args{"numbers": numbers, "when": "before_renewal"} }

// TestBeforeRenewal holds what an order binds and says that gives numbers up
// before they are charged again.
func TestBeforeRenewal(t *testing.T) {
	t.Parallel()
	o, own := owner(t)
	c := newClock()
	until := time.Date(2026, 3, 31, 12, 0, 0, 0, time.FixedZone("", 3600))
	paid := map[string]time.Time{own[0].Digits: until, own[1].Digits: until.AddDate(0, 0, 2)}
	at := o.renewing(c, func(digits string) time.Time { return paid[digits] })
	q := at.quote("unsubscribe", later(plus(own[:2]...)...), mcp)
	l := q.Lines[0]
	if !l.Send.From.Equal(until.Add(-2*time.Hour)) || !l.Send.Until.Equal(until) || l.Fact("billed_to") != "2026-03-31T11:00:00Z" || l.Term("billed_to") != "" {
		t.Errorf("got %+v, %v, %v, want it bound and sent two hours before", l.Send, facts(l.Facts), facts(l.Terms))
	}
	want := "Each is sent 2 hours before it renews, from 31 Mar 2026 09:00 UTC to 2 Apr 2026 09:00 UTC; until then anybody who may ask for orders can take it back."
	if len(q.Notices) != 2 || q.Notices[1] != want {
		t.Errorf("got %q, want %q", q.Notices, want)
	}
	one := at.quote("unsubscribe", later("+"+own[0].Digits), mcp)
	want = "Sent on 31 Mar 2026 09:00 UTC, 2 hours before it renews at 11:00 UTC; until then anybody who may ask for orders can take it back."
	if one.Notices[1] != want {
		t.Errorf("got %q, want %q", one.Notices, want)
	}
	h := at.deals["unsubscribe"]
	for digits, asked := range map[string][]string{own[0].Digits: {"now", "before_renewal"}} {
		var keys []string
		for _, when := range asked {
			id, err := h.Identify(arguments(args{"numbers": []string{"+" + digits}, "when": when}), shell)
			if err != nil {
				t.Fatal(err)
			}
			keys = append(keys, id.Terms)
		}
		if keys[0] == keys[1] || keys[0] != "" {
			t.Errorf("got the terms %q, want two requests told apart", keys)
		}
	}
	requote := func() order.Line {
		now, err := h.Requote(t.Context(), l)
		if err != nil {
			t.Fatal(err)
		}
		return now
	}
	if d := l.Differences(requote()); len(d) > 0 {
		t.Errorf("nothing happened: got %v", d)
	}
	for name, is := range map[string]time.Time{"it renewed": until.AddDate(0, 1, 0), "it is not stated": {}, "a minute later": until.Add(time.Minute)} {
		paid[own[0].Digits] = is
		if d := l.Differences(requote()); len(d) != 1 || d[0].Field != "billed_to" {
			t.Errorf("%s: got %v, want the date to differ", name, d)
		}
	}
	paid[own[0].Digits] = until
	again := h.Onward([]order.Rest{{Line: l}})
	if string(again.Again.Args) != `{"numbers":["+`+own[0].Digits+`"],"when":"before_renewal"}` {
		t.Errorf("got %s", again.Again.Args)
	}
}

// TestBeforeRenewalNeverGuesses refuses what can't be scheduled, with what can
// be done instead.
func TestBeforeRenewalNeverGuesses(t *testing.T) {
	t.Parallel()
	o, own := owner(t)
	c := newClock()
	now := c.now()
	for name, tt := range map[string]struct {
		until time.Time
		words string // "": it is let in
	}{
		"not stated":          {time.Time{}, "does not say until when"},
		"past":                {now.Add(-time.Second), "which is past"},
		"now":                 {now, "which is past"},
		"in an hour":          {now.Add(time.Hour), "too near"},
		"a second too near":   {now.Add(3*time.Hour - time.Second), "too near"},
		"just far enough":     {now.Add(3 * time.Hour), ""},
		"in a month":          {now.AddDate(0, 1, 0), ""},
		"beyond all belief":   {now.AddDate(200, 0, 0), "can't be true"},
		"longer than a month": {now.AddDate(1, 0, 0), ""},
	} {
		at := o.renewing(c, func(digits string) time.Time {
			if digits == own[1].Digits {
				return tt.until
			}
			return now.AddDate(0, 1, 0)
		})
		asked := later(plus(own...)...)
		if tt.words == "" {
			at.quote("unsubscribe", asked, shell)
			continue
		}
		f := at.turnedDown("unsubscribe", asked, shell)
		if f.Code != fault.Invalid || f.Field != "when" || !strings.Contains(f.Message, tt.words) || !strings.Contains(f.Message, own[1].Digits) || !strings.Contains(f.Hint, "when now") {
			t.Errorf("%s: got %s of %q: %s (%s), want %q", name, f.Code, f.Field, f.Message, f.Hint, tt.words)
		}
	}
}
