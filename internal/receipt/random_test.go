package receipt_test

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"didops/internal/approval"
	"didops/internal/audit"
	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/order"
	"didops/internal/proof"
	"didops/internal/risk"
	"didops/internal/schedule"
)

// one returns one of several.
func one[T any](w *world, list ...T) T { return list[w.random.IntN(len(list))] }

// words are what people write, of whatever JSON has to escape.
func (w *world) words() string {
	var all []string
	for range 1 + w.random.IntN(6) {
		all = append(all, one(w, "for the desk", "“Dubai”", `"quoted"`, `a\b`, "<b>&", "\u2028", "Zoë", "e\u0301", "😀", "\u202e", "1.50", "{}", "\t", "\u007f", "电话", "null"))
	}
	return strings.Join(all, one(w, " ", "", ", "))
}

// maybe is the text, now and then.
func (w *world) maybe(text string) string { return one(w, "", text) }

// record is what a random order is about.
func (w *world) record(id string) order.Record {
	by := identity.Party{Realm: one(w, "os", "discord", "http", "web"), ID: fmt.Sprint("u", w.random.IntN(9)), Name: w.words(), Client: w.maybe("assistant")}
	made := w.now.Add(time.Second)
	r := order.Record{
		ID: id, Exchange: "https://exchange.example/ as team", Requester: by, Reason: w.maybe(w.words()), Currency: one(w, "USD", "EUR"), Hash: strings.Repeat("0a", 32),
		Created: made, Expires: made.Add(time.Duration(1+w.random.IntN(90)) * time.Minute), Salt: make([]byte, 16), Replaces: w.maybe("o-999999"), Asked: w.rules(),
	}
	_, _ = rand.Read(r.Salt)
	kind := one(w, [2]string{"did_purchase", "purchase"}, [2]string{"did_update", "update"}, [2]string{"did_unsubscribe", "unsubscribe"},
		[2]string{"did_message", "message"}, [2]string{"mandate_create", "mandate"}, [2]string{"approvers_drill", "drill"})
	r.Tool, r.Kind, r.Risk = kind[0], kind[1], one(w, risk.Change, risk.Spend, risk.Destroy)
	for range w.random.IntN(3) {
		r.Quote.Notices = append(r.Quote.Notices, w.words())
	}
	r.Quote.Mandate, r.Quote.Choice = w.maybe("office"), w.maybe(w.words())
	if r.Kind != "drill" {
		for n := range 1 + w.random.IntN(4) {
			r.Quote.Lines = append(r.Quote.Lines, w.line(n))
		}
	}
	return r
}

func (w *world) line(n int) order.Line {
	l := order.Line{
		Number: fmt.Sprintf("971501%06d", n), ID: fmt.Sprint(w.random.IntN(1e9)), Country: one(w, "", "AE", "FR"), MonthlyFee: one(w, money.Amount{}, money.MustParse("1.65")),
		DueNow: one(w, money.MustParse("0"), money.MustParse("12.345")), Facts: []order.Fact{{Name: "vendor", Value: w.words()}, {Name: "monthly_fee", Value: "1.65", Fee: true}},
		Terms: []order.Fact{{Name: "contact", Value: "sip:{number}@sip.example.net"}, {Name: "smpp", Value: "smpp:a:secret@b", Shown: "smpp:a:***@b"}},
	}
	if w.random.IntN(3) == 0 {
		l.Documents = new(w.random.IntN(2) == 0)
		l.Send = schedule.Window{From: w.now.Add(time.Hour), Until: w.now.Add(2 * time.Hour)}
	}
	return l
}

// rules are what an order needs: by the plain settings, or by rules.
func (w *world) rules() order.Rules {
	rules := order.Rules{Needed: 1 + w.random.IntN(2), RequesterMayApprove: w.random.IntN(2) == 0}
	if w.random.IntN(2) == 0 {
		return rules
	}
	who := []approval.Who{{Role: w.maybe("finance"), Person: "Zoë"}}
	rules.Needs = &approval.Needs{
		Rules: []string{w.words()}, Count: rules.Needed, Strength: one(w, 0, identity.Click, identity.Passkey), Including: []approval.Group{{Of: who}},
		Remind: []time.Duration{10 * time.Minute}, Escalate: []approval.Escalation{{After: 20 * time.Minute, To: who}},
	}
	rules.Month, rules.Groups = one(w, money.Amount{}, money.MustParse("99.90")), []string{w.words()}
	return rules
}

// order adds a whole random order: of any kind, talked about or not, that came to
// any end, or to none yet.
func (w *world) order() *asked {
	w.tb.Helper()
	r := w.record(fmt.Sprintf("o-%06d", len(w.orders)))
	terms, err := order.PublicTerms(r)
	if err != nil {
		w.tb.Fatal(err)
	}
	o := &asked{id: r.ID, kind: r.Kind, terms: terms, salt: r.Salt, hash: proof.TermsHash(r.Salt, terms), expires: r.Expires}
	w.note(o, audit.Entry{
		Event: "requested", State: "pending", Terms: o.hash, Quote: r.Hash, Due: w.maybe("12.35"), Result: w.maybe(w.words()), Request: w.maybe("req-1"),
		Actor: &audit.Actor{Realm: r.Requester.Realm, ID: r.Requester.ID, Name: r.Requester.Name, Via: one(w, "terminal", "discord", "mcp")},
	})
	w.orders = append(w.orders, o)
	for range w.random.IntN(4) {
		w.note(o, audit.Entry{
			Event: one(w, "asked back", "answered back", "commented", "reassigned", "reminded", "escalated"), State: "pending", Result: w.words(),
			Actor: one(w, nil, w.actor()),
		})
	}
	switch w.random.IntN(8) {
	case 0:
		w.note(o, audit.Entry{Event: "expired", State: "expired"})
	case 1:
		w.note(o, audit.Entry{Event: one(w, "cancelled", "replaced"), State: "cancelled", Actor: w.actor(), Result: w.maybe("by o-999999")})
	case 2:
		w.decide(o, one(w, w.people...), false, "rejected", nil)
	case 3:
		w.note(o, audit.Entry{Event: "rejected", State: "rejected", Actor: w.actor(), Decision: w.click(), Result: w.words()})
	case 4: // nobody has decided yet
	default:
		w.approved(o, r)
	}
	return o
}

func (w *world) actor() *audit.Actor {
	return &audit.Actor{Realm: one(w, "os", "discord", "http"), ID: fmt.Sprint("u", w.random.IntN(9)), Name: w.words(), Via: one(w, "terminal", "discord")}
}

// click is how a decision is proven that no passkey signed: of somebody, or of who
// stands in for somebody.
func (w *world) click() *audit.DecisionProof {
	return &audit.DecisionProof{Strength: one(w, "click", "dialog"), Person: one(w, "", "Bob", "Zoë")}
}

// approved adds approvals by some, and what came of them.
func (w *world) approved(o *asked, r order.Record) {
	w.tb.Helper()
	state := one(w, "executing", "executing", "scheduled")
	most := 1 + w.random.IntN(3)
	if w.random.IntN(6) == 0 {
		w.note(o, audit.Entry{Event: "mandate used", State: state, Result: "office"})
		most = 0
	}
	for n := range most {
		now := "pending"
		if n == most-1 {
			now = state
		}
		if w.random.IntN(3) == 0 {
			w.note(o, audit.Entry{Event: "approved", State: now, Actor: w.actor(), Decision: w.click()})
			continue
		}
		w.decide(o, w.people[(n+w.random.IntN(3))%3], true, now, nil)
	}
	if state == "scheduled" && w.random.IntN(2) == 0 {
		w.note(o, audit.Entry{Event: "taken back", State: "scheduled", Actor: w.actor()})
		w.note(o, audit.Entry{Event: "cancelled", State: "cancelled"})
		return
	}
	w.carriedOut(o, r, state)
}

// carriedOut adds what was sent of an approved order, and what came of that.
func (w *world) carriedOut(o *asked, r order.Record, state string) {
	w.tb.Helper()
	for n, l := range r.Quote.Lines {
		end := one(w, "done", "failed", "unknown", "skipped", "changed")
		now := state
		if n == len(r.Quote.Lines)-1 {
			now = one(w, "done", "partial", "failed", "unknown", "changed")
		}
		number := "+" + l.Number
		if end != "skipped" && end != "changed" {
			if w.random.IntN(4) == 0 { // the exchange was not reached
				w.note(o, audit.Entry{Event: "sent", State: state, Number: number, Line: "sending"})
				w.note(o, audit.Entry{Event: "turned away", State: state, Number: number, Line: "waiting", Result: w.words()})
			}
			w.append(audit.Entry{Event: "watch hit"})
			w.note(o, audit.Entry{Event: "sent", State: state, Number: number, Line: "sending"})
		}
		was := "1.65"
		w.note(o, audit.Entry{Event: end, State: now, Number: number, Line: end, Result: w.maybe(w.words()), Differs: one(w, nil, audit.Differences{"monthly_fee": {&was, nil}})})
	}
}

// once keeps the notes of passkeys that signed an order, each once.
func once(notes []string) []string {
	seen := map[string]bool{}
	var list []string
	for _, note := range notes {
		if !seen[note] {
			list, seen[note] = append(list, note), true
		}
	}
	return list
}
