package main

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// badAnswers are what comes back from a dialog and is no approval.
func badAnswers() []string {
	return []string{
		`{"action":"accept","content":{"approve":"true"}}`, `{"action":"accept","content":{"approve":1}}`, `{"action":"accept","content":{"approve":null}}`,
		`{"action":"accept","content":{"approve":[true]}}`, `{"action":"accept","content":{"Approve":true}}`, `{"action":"accept","content":{}}`, `{"action":"accept"}`,
		`{"action":"Accept","content":{"approve":true}}`, `{"action":"decline","content":{"approve":true}}`, `{"action":"cancel","content":{"approve":true}}`,
		`{"content":{"approve":true}}`, `{"approve":true}`, `{"action":"accept","approve":true}`, `{"action":"accept","content":{"approve":true,"approve":"no"}}`,
	}
}

// TestAttackHandles abuses the single-use handle of a question: forged,
// another client's, for something else, once more, too late, overtaken.
func TestAttackHandles(t *testing.T) { //nolint:tparallel // the subtests use one client in turn
	t.Parallel()
	whole := t
	g := newTarget(t, clientsConfig())
	lots := g.lots(t, 40)
	s := g.serve(t)
	c := connect(t, s.address, "team-token", true, silence)
	next := 0
	// question has the client asked about one more number.
	question := func() (args, handle, id string) {
		next++
		args = `{` + numbersArg(lots[next]) + `}`
		if a := c.call("did_purchase", args); a.Result.State == "" {
			t.Fatalf("got %s, want a question", a.Raw)
		}
		handle = c.handles[len(c.handles)-1]
		list := c.request("tools/call", params("order_list", `{"limit":1}`)).Result.Data.Orders
		return args, handle, list[0].ID
	}
	bought := 0
	still := func(what, id, state string) {
		t.Helper()
		if got := g.state(t, id); got != state {
			t.Errorf("%s: got %s, want %s", what, got, state)
		}
		g.unharmed(t, what, bought)
	}

	t.Run("forged", func(t *testing.T) {
		args, handle, id := question()
		for _, forged := range []string{"x", id, strings.ToLower(handle), handle[:len(handle)-1], handle + "A", " " + handle, strings.Repeat("A", 52), strings.Repeat("x", 100_000)} {
			c.bring("did_purchase", args, forged, sayYes).refused(t, fmt.Sprintf("%.60s", forged), "invalid", "no answer to a question of ours")
		}
		for _, more := range []string{
			`,"inputResponses":{"approval":` + sayYes + `}`, `,"inputResponses":{"approval":` + sayYes + `},"requestState":""`,
			`,"requestState":` + quoted(handle), `,"requestState":` + quoted(handle) + `,"inputResponses":{"other":` + sayYes + `}`,
		} {
			if a := c.request("tools/call", params("did_purchase", args)+more); a.Result.State == "" {
				t.Errorf("%s: got %s, want to be asked again", more, a.Raw)
			}
		}
		still("forged", id, "pending")
	})
	t.Run("no approval", func(t *testing.T) {
		args, handle, id := question()
		for i, bad := range badAnswers() {
			if i > 0 {
				a := c.call("did_purchase", args)
				handle = a.Result.State
			}
			a := c.bring("did_purchase", args, handle, bad)
			if got := a.order().State; got != "pending" && a.Error.Code == 0 {
				t.Errorf("%s: got %s, want pending", bad, a.Raw)
			}
		}
		still("no approval", id, "pending")
	})
	t.Run("of another client", func(t *testing.T) {
		args, handle, id := question()
		for _, token := range []string{"guest-token", "mute-token"} {
			thief := connect(t, s.address, token, true, silence)
			thief.bring("did_purchase", args, handle, sayYes).refused(t, token, "invalid", "no answer to a question of ours")
		}
		g.assistant(t, true, silence).bring("did_purchase", args, handle, sayYes).refused(t, "over stdio", "invalid", "no answer to a question of ours")
		auditor := connect(t, s.address, "auditor-token", true, silence)
		auditor.bring("did_purchase", args, handle, sayYes).unknown(t, "the auditor")
		auditor.bring("order_get", `{"id":`+quoted(id)+`}`, handle, sayYes).refused(t, "the auditor, by reading", "invalid", "asks no questions")
		still("of another client", id, "pending")
	})
	t.Run("for something else", func(t *testing.T) {
		args, handle, id := question()
		_, _, cheaper := question()
		for tool, other := range map[string]string{
			"did_purchase":    `{` + numbersArg(lots[next], lots[next-1]) + `}`,
			"did_unsubscribe": args,
			"did_update":      `{"number":` + quoted(lots[next].Number) + `,"contact":"template"}`,
			"order_cancel":    `{"id":` + quoted(id) + `}`,
			"order_get":       `{"id":` + quoted(id) + `}`,
		} {
			c.bring(tool, other, handle, sayYes).refused(t, tool, "invalid", "")
		}
		for _, other := range []string{`{` + numbersArg(lots[next]) + `}`, args[:len(args)-1] + `,"contact":"sip:desk@sip.example.net:5060"}`, args[:len(args)-1] + `,"reason":"other"}`} {
			c.bring("did_purchase", other, handle, sayYes).refused(t, other, "invalid", "no answer to a question of ours")
		}
		still("for something else", id, "pending")
		still("for something else", cheaper, "pending")
	})
	t.Run("once more", func(t *testing.T) {
		args, handle, id := question()
		if a := c.bring("did_purchase", args, handle, `{"action":"decline"}`); a.order().State != "pending" {
			t.Errorf("got %s, want pending", a.Raw)
		}
		c.bring("did_purchase", args, handle, sayYes).refused(t, "after a no answer", "conflict", "answered already")
		still("once more", id, "pending")
		args, handle, id = question()
		// All at once, and again after the program has begun anew.
		answers := make(chan answer)
		for range 4 {
			o := connect(t, s.address, "team-token", true, silence)
			go func() { answers <- o.bring("did_purchase", args, handle, sayYes) }()
		}
		done := 0
		for range 4 {
			if a := <-answers; a.order().State == "done" {
				done++
			} else {
				a.refused(t, "once more", "conflict", "answered already")
			}
		}
		bought++
		if done != 1 {
			t.Errorf("got %d of four told that it is done, want one", done)
		}
		s.stop()
		s = g.serve(whole)
		c = connect(whole, s.address, "team-token", true, silence)
		c.bring("did_purchase", args, handle, sayYes).refused(t, "after a restart", "conflict", "answered already")
		still("once more", id, "done")
	})
	t.Run("overtaken", func(t *testing.T) {
		args, handle, id := question()
		if r := g.shell(t, "order", "reject", id); r.code != 3 {
			t.Fatalf("got exit %d: %s", r.code, r.err)
		}
		c.bring("did_purchase", args, handle, sayYes).refused(t, "after a rejection", "conflict", "rejected by")
		still("overtaken", id, "rejected")
		args, handle, id = question()
		c.request("tools/call", params("order_cancel", `{"id":`+quoted(id)+`}`))
		c.bring("did_purchase", args, handle, sayYes).refused(t, "after it was cancelled", "conflict", "cancelled")
		still("overtaken", id, "cancelled")
	})
	t.Run("too late", func(t *testing.T) {
		args, handle, id := question()
		g.forward(15*time.Minute + time.Second)
		c.bring("did_purchase", args, handle, sayYes).refused(t, "too late", "expired", "")
		still("too late", id, "expired")
	})
}

// TestAttackDialogOfAnother answers the question that somebody else was asked
// while a call waits for it.
func TestAttackDialogOfAnother(t *testing.T) {
	t.Parallel()
	g := newTarget(t, clientsConfig())
	lot := g.lots(t, 1)[0]
	s := g.serve(t)
	asked := connect(t, s.address, "team-token", false, silence)
	others := map[string]*client{
		"another session": connect(t, s.address, "team-token", false, silence),
		"another client":  connect(t, s.address, "guest-token", false, silence),
	}
	call := asked.ask("tools/call", params("did_purchase", `{`+numbersArg(lot)+`}`))
	var q answer
	for q.Method != "elicitation/create" {
		q = asked.next()
	}
	said := `{"jsonrpc":"2.0","id":` + string(q.ID) + `,"result":` + sayYes + `}`
	for name, other := range others {
		other.post(said)
		for _, bad := range badAnswers() {
			other.post(strings.Replace(said, sayYes, bad, 1))
		}
		other.rest()
		if r := g.shell(t, "order", "list", "--state", "pending", "--json"); len(r.Orders) != 1 {
			t.Errorf("%s: got %s, want the order pending", name, r.out)
		}
	}
	g.unharmed(t, "answers of others", 0)
	asked.post(strings.Replace(said, sayYes, sayNo, 1))
	for {
		a := asked.next()
		if string(a.ID) == call && a.Method == "" {
			if a.order().State != "rejected" {
				t.Errorf("got %s, want rejected", a.Raw)
			}
			break
		}
	}
	g.unharmed(t, "at the end", 0)
}

// TestAttackOrdersOfOthers looks at, follows and cancels what is somebody
// else's.
func TestAttackOrdersOfOthers(t *testing.T) {
	t.Parallel()
	g := newTarget(t, clientsConfig())
	lots := g.lots(t, 3)
	s := g.serve(t)
	team := connect(t, s.address, "team-token", true, nil)
	id := team.call("did_purchase", `{`+numbersArg(lots[0])+`}`).order().ID
	mine := g.order(t, "did", "purchase", lots[1].Number)
	if id == "" {
		t.Fatal("got no order")
	}
	for _, token := range []string{"guest-token", "mute-token", "auditor-token"} {
		for _, modern := range []bool{false, true} {
			c := connect(t, s.address, token, modern, yes)
			for _, order := range []string{id, mine} {
				for _, spelling := range []string{order, strings.ToUpper(order), " " + order + "\t"} {
					c.call("order_get", `{"id":`+quoted(spelling)+`}`).refused(t, token+" looks", "not_found", "there is no order")
					c.call("order_get", `{"id":`+quoted(spelling)+`,"wait_seconds":1}`).refused(t, token+" follows", "not_found", "there is no order")
					if token != "auditor-token" {
						c.call("order_cancel", `{"id":`+quoted(spelling)+`}`).refused(t, token+" cancels", "not_found", "there is no order")
					}
				}
			}
			for _, state := range []string{``, `"state":"pending",`} {
				if a := c.call("order_list", `{`+state+`"limit":100}`); len(a.Result.Data.Orders) > 0 || a.Result.IsError || strings.Contains(a.Raw, id) {
					t.Errorf("%s: got %s, want no order", token, a.Raw)
				}
			}
			if len(c.asked) > 0 {
				t.Errorf("%s: got the questions %q, want none", token, c.asked)
			}
		}
	}
	if list := team.call("order_list", `{"limit":100}`).Result.Data.Orders; len(list) != 1 || list[0].ID != id {
		t.Errorf("got %v, want its own order", list)
	}
	// What overlaps it is refused, whoever asks.
	guest := connect(t, s.address, "guest-token", true, yes)
	guest.call("did_purchase", `{`+numbersArg(lots[2], lots[0])+`}`).refused(t, "the same number", "conflict", id)
	g.unharmed(t, "at the end", 0)
}

// TestAttackWithoutTheRight asks as a reader, and answers dialogs as a client
// whose dialogs may decide nothing.
func TestAttackWithoutTheRight(t *testing.T) {
	t.Parallel()
	g := newTarget(t, clientsConfig())
	lots := g.lots(t, 3)
	s := g.serve(t)
	open := newTarget(t, loopbackConfig)
	loopback := open.serve(t)
	mine := open.order(t, "did", "purchase", lots[2].Number)
	for _, modern := range []bool{false, true} {
		auditor := connect(t, s.address, "auditor-token", modern, yes)
		for tool, args := range map[string]string{
			"did_purchase": `{` + numbersArg(lots[0]) + `}`, "did_unsubscribe": `{` + numbersArg(lots[0]) + `}`,
			"did_update": `{"number":` + quoted(lots[0].Number) + `,"contact":"template"}`, "order_cancel": `{"id":"o-x"}`,
		} {
			a := auditor.call(tool, args)
			a.unknown(t, "a reader: "+tool)
			if !strings.Contains(a.Raw, "may not call "+tool) {
				t.Errorf("a reader: got %s, want that the role is missing", a.Raw)
			}
			if list := auditor.request("tools/list", "").Raw; strings.Contains(list, tool) {
				t.Errorf("a reader: got %s offered", tool)
			}
		}
		for name, c := range map[string]*client{
			"may_elicit = false":         connect(t, s.address, "mute-token", modern, yes),
			"loopback without a client":  connect(t, loopback.address, "", modern, yes),
			"loopback with some token":   connect(t, loopback.address, "team-token", modern, yes),
			"over the limit, and mute":   connect(t, s.address, "mute-token", modern, nil),
			"dialogs that do not matter": connect(t, s.address, "mute-token", modern, silence),
		} {
			args := `{` + numbersArg(lots[1]) + `}`
			if a := c.call("did_purchase", args); a.order().State != "pending" || len(c.asked) > 0 {
				t.Errorf("%s: got %s and the questions %q, want an order that waits", name, a.Raw, c.asked)
			}
			for _, handle := range []string{"x", strings.Repeat("A", 52)} {
				a := c.bring("did_purchase", args, handle, sayYes)
				if modern {
					a.refused(t, name, "invalid", "no answer to a question of ours")
				} else if a.order().State != "pending" {
					t.Errorf("%s: got %s, want pending", name, a.Raw)
				}
			}
			for _, id := range []string{`"ask-1"`, `1`, `"approval"`} {
				c.post(`{"jsonrpc":"2.0","id":` + id + `,"result":` + sayYes + `}`)
			}
			c.rest()
			c.call("order_get", `{"id":`+quoted(mine)+`}`).refused(t, name+" looks", "not_found", "there is no order")
			if a := c.call("order_list", `{"state":"pending"}`); len(a.Result.Data.Orders) != 1 {
				t.Errorf("%s: got %s, want the order to wait", name, a.Raw)
			}
		}
	}
	g.unharmed(t, "at the end", 0)
	open.unharmed(t, "at the end", 0)
}

// TestAttackByAcceptingEverything is a client that answers every dialog by
// itself, without a person: as often as it likes, in two processes at once,
// and again after both have begun anew.
func TestAttackByAcceptingEverything(t *testing.T) {
	t.Parallel()
	g := newTarget(t, "")
	lots := g.lots(t, 24)
	one, day := rat("2.00"), rat("6.00")
	g.configure(t, fmt.Sprintf("[approval]\nelicitation_limit = %q\nelicitation_day_limit = %q\n", amountOf(one, false), amountOf(day, false)))
	more := g.lots(t, 80)
	over := more[slices.IndexFunc(more, func(l lot) bool { return due(l).Cmp(one) > 0 && due(l).Cmp(day) < 0 })]
	// What is over a limit is not even asked, and waits for a person elsewhere.
	waits := func(name string, of lot) {
		t.Helper()
		c, _ := g.spawn(t, true, yes)
		defer c.hangUp()
		if a := c.call("did_purchase", `{`+numbersArg(of)+`}`); a.order().State != "pending" || !strings.Contains(a.Raw, " order approve ") || len(c.asked) > 0 {
			t.Errorf("%s: got %s and the questions %q, want pending and a way to approve", name, a.Raw, c.asked)
		}
	}
	waits("over the limit of an order", over)
	spent := func() *big.Rat {
		sum := new(big.Rat)
		for _, o := range g.shell(t, "order", "list", "--state", "done", "--limit", "100", "--json").Orders {
			sum.Add(sum, rat(o.Total.Due))
		}
		return sum
	}
	round := func(lots []lot) {
		var both sync.WaitGroup
		for n, modern := range []bool{false, true} {
			c, _ := g.spawn(t, modern, yes)
			both.Go(func() {
				defer c.hangUp()
				for i := n; i < len(lots); i += 2 {
					a := c.call("did_purchase", `{`+numbersArg(lots[i])+`}`)
					if state := a.order().State; state != "done" && state != "pending" {
						t.Errorf("got %s, want it done or pending", a.Raw)
					}
				}
			})
		}
		both.Wait()
		if sum := spent(); sum.Cmp(day) > 0 {
			t.Errorf("got %s bought by dialogs, want at most %s", sum.FloatString(4), day.FloatString(2))
		}
	}
	round(lots[:8])
	first := spent()
	if first.Sign() == 0 {
		t.Error("got nothing bought: then nothing is shown")
	}
	round(lots[8:])
	if last := spent(); new(big.Rat).Add(last, due(lots[23])).Cmp(day) <= 0 {
		t.Fatalf("got %s bought: the limit was not reached", last.FloatString(4))
	}

	ledger := len(g.writes())
	waits("over the limit of the day", more[30])
	g.unharmed(t, "at the end", ledger)
}
