package sandbox_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"didops/internal/exchange/sandbox"
)

// TestAnswersThatLie sends writes into faults that carry out something else
// than they say.
func TestAnswersThatLie(t *testing.T) {
	t.Parallel()
	const purchase, update, unsubscribe = "/number/purchase", "/number/update", "/number/unsubscribe"
	for _, tt := range []struct {
		fault, path string
		status      string
		number      bool // the number is in the list afterwards
		contact     string
		smpp        string
		others      int // other numbers in the list
	}{
		{"purchase:nothing", purchase, "success", false, "", "", 0},
		{"purchase:other", purchase, "success", false, "", "", 1},
		{"purchase:elsewhere", purchase, "success", true, "sip:new@elsewhere.example.net:5060", smpp, 0},
		{"purchase:elsewhere text=192.0.2.7", purchase, "success", true, "sip:new@192.0.2.7:5060", smpp, 0},
		{"purchase:error_after", purchase, "error", true, "sip:new@sip.example.net:5060", smpp, 0},
		{"purchase:error_after as=fail text=\"no access\"", purchase, "fail", true, "sip:new@sip.example.net:5060", smpp, 0},
		{"purchase:error as=fail", purchase, "fail", false, "", "", 0},
		{"update:nothing", update, "success", true, sip, smpp, 0},
		{"update:half", update, "success", true, "sip:new@sip.example.net:5060", smpp, 0},
		{"update:elsewhere", update, "success", true, "sip:new@elsewhere.example.net:5060", "smpp:new:new:1@smpp.example.net:2776", 0},
		{"unsubscribe:nothing", unsubscribe, "success", true, sip, smpp, 0},
		{"unsubscribe:error_after", unsubscribe, "error", false, "", "", 0},
	} {
		t.Run(tt.fault, func(t *testing.T) {
			t.Parallel()
			r := start(t, sandbox.Options{Numbers: 200})
			of := r.offers()[0]
			id, number := text(t, of, "i_did"), text(t, of, "number")
			form := []string{"add", "1", "i_did", id, "billing_i_account", "1", "contact", "sip:new@sip.example.net:5060", "smpp_contact", smpp}
			if tt.path != purchase {
				r.buy(id)
				form = []string{"submit_edit", "1", "edit", id, "contact", "sip:new@sip.example.net:5060", "smpp_contact", "smpp:new:new:1@smpp.example.net:2776"}
			}
			if tt.path == unsubscribe {
				form = []string{"unsubscribe", id}
			}
			f, err := sandbox.ParseFault(tt.fault)
			if err != nil {
				t.Fatal(err)
			}
			r.Script(f)
			if got := r.post(tt.path, form...).decode(t); got.Status != tt.status || tt.status == "fail" != (got.Error != "") {
				t.Errorf("got %+v, want the status %s", got, tt.status)
			}
			rows, others := r.list(), 0
			for _, row := range rows {
				if row["number"] != number {
					others++
					continue
				}
				if !tt.number || row["contact"] != tt.contact || row["smpp_contact"] != tt.smpp {
					t.Errorf("got calls to %v, messages to %v; want %s and %s", row["contact"], row["smpp_contact"], tt.contact, tt.smpp)
				}
			}
			if others != tt.others || (len(rows) > others) != tt.number {
				t.Errorf("got %d rows, %d of other numbers; want the number there: %v, others %d", len(rows), others, tt.number, tt.others)
			}
		})
	}
}

// TestLag reads list and market as they were a minute ago, after each kind of
// write.
func TestLag(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	r := start(t, sandbox.Options{Numbers: 200, Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }})
	for _, op := range []sandbox.Operation{sandbox.List, sandbox.Market} {
		r.Script(sandbox.Fault{Operation: op, Kind: sandbox.Lag, Delay: time.Minute, Times: sandbox.Forever})
	}
	of := r.offers()[0]
	id, number := text(t, of, "i_did"), text(t, of, "number")
	shows := func(when, contact string, forSale int) {
		t.Helper()
		is := ""
		if rows := r.list("prefix", number); len(rows) > 0 {
			is = text(t, rows[0], "contact")
		}
		if n := len(r.market("prefix", number)); is != contact || n != forSale {
			t.Errorf("%s: got calls to %q, %d for sale; want %q, %d", when, is, n, contact, forSale)
		}
	}
	later := func() { ahead.Add(int64(61 * time.Second)) }
	shows("at first", "", 1)
	r.buy(id)
	shows("bought a moment ago", "", 1)
	later()
	shows("bought a minute ago", sip, 0)
	moved := "sip:new@sip.example.net:5060"
	r.post("/number/update", "submit_edit", "1", "edit", id, "contact", moved, "smpp_contact", smpp)
	shows("re-routed a moment ago", sip, 0)
	later()
	shows("re-routed a minute ago", moved, 0)
	r.post("/number/unsubscribe", "unsubscribe", id)
	shows("given up a moment ago", moved, 0)
	later()
	shows("given up a minute ago", "", 1)
}

// TestSecondID offers a number that is sold once more.
func TestSecondID(t *testing.T) {
	t.Parallel()
	r := start(t, sandbox.Options{Numbers: 200})
	of := r.offers()[0]
	id, number := text(t, of, "i_did"), text(t, of, "number")
	r.buy(id)
	r.Script(sandbox.Fault{Operation: sandbox.Market, Kind: sandbox.SecondID, Number: number})
	for range 2 { // it stays
		rows := r.market("prefix", number)
		if len(rows) != 1 || rows[0]["i_did"] == id {
			t.Fatalf("got %v, want it offered under another id", rows)
		}
		if got := r.buy(text(t, rows[0], "i_did")); !strings.Contains(got.Message, "already sold") {
			t.Errorf("got %+v, want it refused as sold", got)
		}
	}
	if got := r.buy("1" + id); got.Status != "error" {
		t.Errorf("got %+v of an id that nothing has", got)
	}
}
