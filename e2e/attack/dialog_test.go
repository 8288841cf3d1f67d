package attack_test

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"didops/e2e/harness"
)

// badAnswers are what comes back from a dialog and is no approval.
func badAnswers() []string {
	return []string{
		`{"action":"accept","content":{"decision":true}}`, `{"action":"accept","content":{"decision":1}}`, `{"action":"accept","content":{"decision":null}}`,
		`{"action":"accept","content":{"decision":["approve"]}}`, `{"action":"accept","content":{"Decision":"approve"}}`, `{"action":"accept","content":{}}`, `{"action":"accept"}`,
		`{"action":"accept","content":{"approve":true}}`, `{"action":"accept","content":{"approve":false}}`, `{"action":"accept","content":{"decision":"later","approve":true}}`,
		`{"action":"Accept","content":{"decision":"approve"}}`, `{"action":"decline","content":{"decision":"approve"}}`, `{"action":"cancel","content":{"decision":"approve"}}`,
		`{"content":{"decision":"approve"}}`, `{"decision":"approve"}`, `{"action":"accept","decision":"approve"}`, `{"action":"accept","content":{"decision":"approve","decision":"reject"}}`,
	}
}

// TestAttackHandles abuses the single-use handle of a question: forged,
// another client's, for something else, once more, too late, overtaken.
func TestAttackHandles(t *testing.T) { //nolint:tparallel // the subtests use one client in turn
	t.Parallel()
	whole := t
	g := newTarget(t, harness.ClientsConfig())
	lots := g.Lots(t, 40)
	s := g.Serve(t)
	c := harness.Connect(t, s.Address, "team-token", true, harness.NoAnswer)
	next := 0
	// question has the client asked about one more number.
	question := func() (args, handle, id string) {
		next++
		args = `{` + harness.NumbersArg(lots[next]) + `}`
		if a := c.Call("did_purchase", args); a.Result.State == "" {
			t.Fatalf("got %s, want a question", a.Raw)
		}
		handle = c.Handles[len(c.Handles)-1]
		list := c.Request("tools/call", harness.Params("order_list", `{"limit":1}`)).Result.Data.Orders
		return args, handle, list[0].ID
	}
	bought := 0
	still := func(what, id, state string) {
		t.Helper()
		if got := g.State(t, id); got != state {
			t.Errorf("%s: got %s, want %s", what, got, state)
		}
		g.Unharmed(t, what, bought)
	}

	t.Run("forged", func(t *testing.T) {
		args, handle, id := question()
		for _, forged := range []string{"x", id, strings.ToLower(handle), handle[:len(handle)-1], handle + "A", " " + handle, strings.Repeat("A", 52), strings.Repeat("x", 100_000)} {
			c.Bring("did_purchase", args, forged, harness.SayYes).Refused(t, fmt.Sprintf("%.60s", forged), "invalid", "no answer to a question of ours")
		}
		for _, more := range []string{
			`,"inputResponses":{"approval":` + harness.SayYes + `}`, `,"inputResponses":{"approval":` + harness.SayYes + `},"requestState":""`,
			`,"requestState":` + harness.Quote(handle), `,"requestState":` + harness.Quote(handle) + `,"inputResponses":{"other":` + harness.SayYes + `}`,
		} {
			if a := c.Request("tools/call", harness.Params("did_purchase", args)+more); a.Result.State == "" {
				t.Errorf("%s: got %s, want to be asked again", more, a.Raw)
			}
		}
		still("forged", id, "pending")
	})
	t.Run("no approval", func(t *testing.T) {
		args, handle, id := question()
		for i, bad := range badAnswers() {
			if i > 0 {
				a := c.Call("did_purchase", args)
				handle = a.Result.State
			}
			a := c.Bring("did_purchase", args, handle, bad)
			if got := a.Order().State; got != "pending" && a.Error.Code == 0 {
				t.Errorf("%s: got %s, want pending", bad, a.Raw)
			}
		}
		still("no approval", id, "pending")
	})
	t.Run("of another client", func(t *testing.T) {
		args, handle, id := question()
		for _, token := range []string{"guest-token", "mute-token"} {
			thief := harness.Connect(t, s.Address, token, true, harness.NoAnswer)
			thief.Bring("did_purchase", args, handle, harness.SayYes).Refused(t, token, "invalid", "no answer to a question of ours")
		}
		g.Assistant(t, true, harness.NoAnswer).Bring("did_purchase", args, handle, harness.SayYes).Refused(t, "over stdio", "invalid", "no answer to a question of ours")
		auditor := harness.Connect(t, s.Address, "auditor-token", true, harness.NoAnswer)
		auditor.Bring("did_purchase", args, handle, harness.SayYes).Unknown(t, "the auditor")
		auditor.Bring("order_get", `{"id":`+harness.Quote(id)+`}`, handle, harness.SayYes).Refused(t, "the auditor, by reading", "invalid", "asks no questions")
		still("of another client", id, "pending")
	})
	t.Run("for something else", func(t *testing.T) {
		args, handle, id := question()
		_, _, cheaper := question()
		for tool, other := range map[string]string{
			"did_purchase":    `{` + harness.NumbersArg(lots[next], lots[next-1]) + `}`,
			"did_unsubscribe": args,
			"did_update":      `{` + harness.NumbersArg(lots[next]) + `,"contact":"template"}`,
			"order_cancel":    `{"id":` + harness.Quote(id) + `}`,
			"order_get":       `{"id":` + harness.Quote(id) + `}`,
		} {
			c.Bring(tool, other, handle, harness.SayYes).Refused(t, tool, "invalid", "")
		}
		for _, other := range []string{`{` + harness.NumbersArg(lots[next]) + `}`, args[:len(args)-1] + `,"contact":"sip:desk@sip.example.net:5060"}`, args[:len(args)-1] + `,"reason":"other"}`} {
			c.Bring("did_purchase", other, handle, harness.SayYes).Refused(t, other, "invalid", "no answer to a question of ours")
		}
		still("for something else", id, "pending")
		still("for something else", cheaper, "pending")
	})
	t.Run("once more", func(t *testing.T) {
		args, handle, id := question()
		if a := c.Bring("did_purchase", args, handle, `{"action":"decline"}`); a.Order().State != "pending" {
			t.Errorf("got %s, want pending", a.Raw)
		}
		c.Bring("did_purchase", args, handle, harness.SayYes).Refused(t, "after a no answer", "conflict", "answered already")
		still("once more", id, "pending")
		args, handle, id = question()
		// All at once, and again after the program has begun anew.
		answers := make(chan harness.Answer)
		for range 4 {
			o := harness.Connect(t, s.Address, "team-token", true, harness.NoAnswer)
			go func() { answers <- o.Bring("did_purchase", args, handle, harness.SayYes) }()
		}
		done := 0
		for range 4 {
			if a := <-answers; a.Order().State == "done" {
				done++
			} else {
				a.Refused(t, "once more", "conflict", "answered already")
			}
		}
		bought++
		if done != 1 {
			t.Errorf("got %d of four told that it is done, want one", done)
		}
		s.Stop()
		s = g.Serve(whole)
		c = harness.Connect(whole, s.Address, "team-token", true, harness.NoAnswer)
		c.Bring("did_purchase", args, handle, harness.SayYes).Refused(t, "after a restart", "conflict", "answered already")
		still("once more", id, "done")
	})
	t.Run("overtaken", func(t *testing.T) {
		args, handle, id := question()
		if r := g.Shell(t, "order", "reject", id); r.Code != 3 {
			t.Fatalf("got exit %d: %s", r.Code, r.Err)
		}
		c.Bring("did_purchase", args, handle, harness.SayYes).Refused(t, "after a rejection", "conflict", "rejected by")
		still("overtaken", id, "rejected")
		args, handle, id = question()
		c.Request("tools/call", harness.Params("order_cancel", `{"id":`+harness.Quote(id)+`}`))
		c.Bring("did_purchase", args, handle, harness.SayYes).Refused(t, "after it was cancelled", "conflict", "cancelled")
		still("overtaken", id, "cancelled")
	})
	t.Run("too late", func(t *testing.T) {
		args, handle, id := question()
		g.Forward(15*time.Minute + time.Second)
		c.Bring("did_purchase", args, handle, harness.SayYes).Refused(t, "too late", "expired", "")
		still("too late", id, "expired")
	})
}

// TestAttackDialogOfAnother answers the question that somebody else was asked
// while a call waits for it.
func TestAttackDialogOfAnother(t *testing.T) {
	t.Parallel()
	g := newTarget(t, harness.ClientsConfig())
	lot := g.Lots(t, 1)[0]
	s := g.Serve(t)
	asked := harness.Connect(t, s.Address, "team-token", false, harness.NoAnswer)
	others := map[string]*harness.Client{
		"another session": harness.Connect(t, s.Address, "team-token", false, harness.NoAnswer),
		"another client":  harness.Connect(t, s.Address, "guest-token", false, harness.NoAnswer),
	}
	call := asked.Ask("tools/call", harness.Params("did_purchase", `{`+harness.NumbersArg(lot)+`}`))
	var q harness.Answer
	for q.Method != "elicitation/create" {
		q = asked.Next()
	}
	said := `{"jsonrpc":"2.0","id":` + string(q.ID) + `,"result":` + harness.SayYes + `}`
	for name, other := range others {
		other.Post(said)
		for _, bad := range badAnswers() {
			other.Post(strings.Replace(said, harness.SayYes, bad, 1))
		}
		other.Rest()
		if r := g.Shell(t, "order", "list", "--state", "pending", "--json"); len(r.Orders) != 1 {
			t.Errorf("%s: got %s, want the order pending", name, r.Out)
		}
	}
	g.Unharmed(t, "answers of others", 0)
	asked.Post(strings.Replace(said, harness.SayYes, harness.SayNo, 1))
	for {
		a := asked.Next()
		if string(a.ID) == call && a.Method == "" {
			if a.Order().State != "rejected" {
				t.Errorf("got %s, want rejected", a.Raw)
			}
			break
		}
	}
	g.Unharmed(t, "at the end", 0)
}

// TestAttackOrdersOfOthers looks at, follows and cancels what is somebody
// else's.
func TestAttackOrdersOfOthers(t *testing.T) {
	t.Parallel()
	g := newTarget(t, harness.ClientsConfig())
	lots := g.Lots(t, 3)
	s := g.Serve(t)
	team := harness.Connect(t, s.Address, "team-token", true, nil)
	id := team.Call("did_purchase", `{`+harness.NumbersArg(lots[0])+`}`).Order().ID
	mine := g.Order(t, "did", "purchase", lots[1].Number)
	if id == "" {
		t.Fatal("got no order")
	}
	for _, token := range []string{"guest-token", "mute-token", "auditor-token"} {
		for _, modern := range []bool{false, true} {
			c := harness.Connect(t, s.Address, token, modern, harness.Approve)
			for _, order := range []string{id, mine} {
				for _, spelling := range []string{order, strings.ToUpper(order), " " + order + "\t"} {
					c.Call("order_get", `{"id":`+harness.Quote(spelling)+`}`).Refused(t, token+" looks", "not_found", "there is no order")
					c.Call("order_get", `{"id":`+harness.Quote(spelling)+`,"wait_seconds":1}`).Refused(t, token+" follows", "not_found", "there is no order")
					if token != "auditor-token" {
						c.Call("order_cancel", `{"id":`+harness.Quote(spelling)+`}`).Refused(t, token+" cancels", "not_found", "there is no order")
					}
				}
			}
			for _, state := range []string{``, `"state":"pending",`} {
				if a := c.Call("order_list", `{`+state+`"limit":100}`); len(a.Result.Data.Orders) > 0 || a.Result.IsError || strings.Contains(a.Raw, id) {
					t.Errorf("%s: got %s, want no order", token, a.Raw)
				}
			}
			if len(c.Asked) > 0 {
				t.Errorf("%s: got the questions %q, want none", token, c.Asked)
			}
		}
	}
	if list := team.Call("order_list", `{"limit":100}`).Result.Data.Orders; len(list) != 1 || list[0].ID != id {
		t.Errorf("got %v, want its own order", list)
	}
	// What overlaps it is refused, whoever asks.
	guest := harness.Connect(t, s.Address, "guest-token", true, harness.Approve)
	guest.Call("did_purchase", `{`+harness.NumbersArg(lots[2], lots[0])+`}`).Refused(t, "the same number", "conflict", id)
	g.Unharmed(t, "at the end", 0)
}

// TestAttackWithoutTheRight asks as a reader, and answers dialogs as a client
// whose dialogs may decide nothing.
func TestAttackWithoutTheRight(t *testing.T) {
	t.Parallel()
	g := newTarget(t, harness.ClientsConfig())
	lots := g.Lots(t, 3)
	s := g.Serve(t)
	open := newTarget(t, harness.LoopbackConfig)
	loopback := open.Serve(t)
	mine := open.Order(t, "did", "purchase", lots[2].Number)
	for _, modern := range []bool{false, true} {
		auditor := harness.Connect(t, s.Address, "auditor-token", modern, harness.Approve)
		for tool, args := range map[string]string{
			"did_purchase": `{` + harness.NumbersArg(lots[0]) + `}`, "did_unsubscribe": `{` + harness.NumbersArg(lots[0]) + `}`,
			"did_update": `{` + harness.NumbersArg(lots[0]) + `,"contact":"template"}`, "order_cancel": `{"id":"o-x"}`,
		} {
			a := auditor.Call(tool, args)
			a.Unknown(t, "a reader: "+tool)
			if !strings.Contains(a.Raw, "may not call "+tool) {
				t.Errorf("a reader: got %s, want that the role is missing", a.Raw)
			}
			if list := auditor.Request("tools/list", "").Raw; strings.Contains(list, tool) {
				t.Errorf("a reader: got %s offered", tool)
			}
		}
		for name, c := range map[string]*harness.Client{
			"may_elicit = false":         harness.Connect(t, s.Address, "mute-token", modern, harness.Approve),
			"loopback without a client":  harness.Connect(t, loopback.Address, "", modern, harness.Approve),
			"loopback with some token":   harness.Connect(t, loopback.Address, "team-token", modern, harness.Approve),
			"over the limit, and mute":   harness.Connect(t, s.Address, "mute-token", modern, nil),
			"dialogs that do not matter": harness.Connect(t, s.Address, "mute-token", modern, harness.NoAnswer),
		} {
			args := `{` + harness.NumbersArg(lots[1]) + `}`
			if a := c.Call("did_purchase", args); a.Order().State != "pending" || len(c.Asked) > 0 {
				t.Errorf("%s: got %s and the questions %q, want an order that waits", name, a.Raw, c.Asked)
			}
			for _, handle := range []string{"x", strings.Repeat("A", 52)} {
				a := c.Bring("did_purchase", args, handle, harness.SayYes)
				if modern {
					a.Refused(t, name, "invalid", "no answer to a question of ours")
				} else if a.Order().State != "pending" {
					t.Errorf("%s: got %s, want pending", name, a.Raw)
				}
			}
			for _, id := range []string{`"ask-1"`, `1`, `"approval"`} {
				c.Post(`{"jsonrpc":"2.0","id":` + id + `,"result":` + harness.SayYes + `}`)
			}
			c.Rest()
			c.Call("order_get", `{"id":`+harness.Quote(mine)+`}`).Refused(t, name+" looks", "not_found", "there is no order")
			if a := c.Call("order_list", `{"state":"pending"}`); len(a.Result.Data.Orders) != 1 {
				t.Errorf("%s: got %s, want the order to wait", name, a.Raw)
			}
		}
	}
	g.Unharmed(t, "at the end", 0)
	open.Unharmed(t, "at the end", 0)
}

// TestAttackByAcceptingEverything is a client that answers every dialog by
// itself, without a person: as often as it likes, in two processes at once,
// and again after both have begun anew.
func TestAttackByAcceptingEverything(t *testing.T) {
	t.Parallel()
	g := newTarget(t, "")
	lots := g.Lots(t, 24)
	one, day := harness.Amount("2.00"), harness.Amount("6.00")
	g.Configure(t, fmt.Sprintf("[approval]\nelicitation_limit = %q\nelicitation_day_limit = %q\n", harness.FormatAmount(one, false), harness.FormatAmount(day, false)))
	more := g.Lots(t, 80)
	over := more[slices.IndexFunc(more, func(l harness.Lot) bool { return harness.Due(l).Cmp(one) > 0 && harness.Due(l).Cmp(day) < 0 })]
	// What is over a limit is not even asked, and waits for a person elsewhere.
	waits := func(name string, of harness.Lot) {
		t.Helper()
		c, _ := g.Spawn(t, true, harness.Approve)
		defer c.HangUp()
		if a := c.Call("did_purchase", `{`+harness.NumbersArg(of)+`}`); a.Order().State != "pending" || !strings.Contains(a.Raw, " order approve ") || len(c.Asked) > 0 {
			t.Errorf("%s: got %s and the questions %q, want pending and a way to approve", name, a.Raw, c.Asked)
		}
	}
	waits("over the limit of an order", over)
	spent := func() *big.Rat {
		sum := new(big.Rat)
		for _, o := range g.Shell(t, "order", "list", "--state", "done", "--limit", "100", "--json").Orders {
			sum.Add(sum, harness.Amount(o.Total.Due))
		}
		return sum
	}
	round := func(lots []harness.Lot) {
		var both sync.WaitGroup
		for n, modern := range []bool{false, true} {
			c, _ := g.Spawn(t, modern, harness.Approve)
			both.Go(func() {
				defer c.HangUp()
				for i := n; i < len(lots); i += 2 {
					a := c.Call("did_purchase", `{`+harness.NumbersArg(lots[i])+`}`)
					if state := a.Order().State; state != "done" && state != "pending" {
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
	if last := spent(); new(big.Rat).Add(last, harness.Due(lots[23])).Cmp(day) <= 0 {
		t.Fatalf("got %s bought: the limit was not reached", last.FloatString(4))
	}

	ledger := len(g.Writes())
	waits("over the limit of the day", more[30])
	g.Unharmed(t, "at the end", ledger)
}
