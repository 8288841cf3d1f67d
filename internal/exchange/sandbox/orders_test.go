package sandbox_test

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"didops/internal/exchange/sandbox"
)

// clock is a time that a test sets.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func offerWith(r *rig, voice, sms string) map[string]any {
	r.t.Helper()
	all := r.offers()
	i := slices.IndexFunc(all, func(d map[string]any) bool {
		return d["voice"] == voice && d["sms"] == sms && d["fax"] == "0" && d["video"] == "0"
	})
	if i < 0 {
		r.t.Fatalf("no offer with voice %s and sms %s", voice, sms)
	}
	return all[i]
}

// order returns the signed parameters of a purchase with some of them
// replaced, or left out where the new value is "".
func order(id string, pairs ...string) url.Values {
	f := sign("/number/purchase", values("add", "1", "i_did", id, "billing_i_account", "1", "contact", sip))
	for i := 0; i < len(pairs); i += 2 {
		if f.Del(pairs[i]); pairs[i+1] != "" {
			f.Set(pairs[i], pairs[i+1])
		}
	}
	return f
}

func TestPurchaseRefused(t *testing.T) {
	t.Parallel()
	r := start(t, sandbox.Options{PageMost: 10_000})
	voice, sms := text(t, offerWith(r, "1", "0"), "i_did"), text(t, offerWith(r, "0", "1"), "i_did")
	for _, test := range []struct {
		name  string
		pairs []string
	}{
		{"no add", []string{"add", ""}},
		{"no webapi", []string{"webapi", "0"}},
		{"no id", []string{"i_did", ""}},
		{"id 0", []string{"i_did", "0"}},
		{"id of nothing", []string{"i_did", "99999999"}},
		{"id no number", []string{"i_did", "x1"}},
		{"no account", []string{"billing_i_account", ""}},
		{"account 0", []string{"billing_i_account", "0"}},
		{"voice without contact", []string{"contact", ""}},
		{"voice with SMPP only", []string{"contact", "", "smpp_contact", smpp}},
		{"SMS without SMPP", []string{"i_did", sms}},
		{"contact with a space", []string{"contact", "sip:1@sip.example.net :5060"}},
		{"contact with a display name", []string{"contact", "Desk<sip:1@sip.example.net>"}},
		{"contact with a parameter of another kind", []string{"contact", "sip:1@sip.example.net;lr"}},
		{"contact of another scheme", []string{"contact", "iax:1@sip.example.net:5060"}},
		{"contact without user", []string{"contact", "sip:@sip.example.net:5060"}},
		{"contact that is a template", []string{"contact", "sip:{number}@sip.example.net:5060"}},
		{"port 0", []string{"contact", "sip:1@sip.example.net:0"}},
		{"SMPP without password", []string{"smpp_contact", "smpp:login:1@smpp.example.net:2776"}},
		{"SMPP with a colon too many", []string{"smpp_contact", "smpp:a:b:c:1@smpp.example.net:2776"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a, err := r.do("/number/purchase", order(voice, test.pairs...))
			if err != nil {
				t.Fatal(err)
			}
			if got := a.decode(t); a.code != 200 || got.Status != "error" || got.Message != texterror {
				t.Errorf("got %d %s, want the documented error", a.code, a.body)
			}
			if entries, err := r.Ledger(t.Context()); err != nil || len(entries) != 0 {
				t.Errorf("ledger: got %v %v, want none", entries, err)
			}
		})
	}
}

func TestPurchase(t *testing.T) {
	t.Parallel()
	r := start(t, sandbox.Options{PageMost: 10_000})
	voice, sms := text(t, offerWith(r, "1", "0"), "i_did"), text(t, offerWith(r, "0", "1"), "i_did")
	for name, form := range map[string]url.Values{"voice": order(voice), "sms": order(sms, "contact", "", "smpp_contact", smpp)} {
		for _, want := range []string{"success", "already sold"} {
			if got, err := r.do("/number/purchase", form); err != nil || !strings.Contains(got.body, want) {
				t.Errorf("%s: got %s %v, want %s", name, got.body, err, want)
			}
		}
	}
	if got := len(r.list()); got != 2 {
		t.Errorf("got %d numbers in the list, want 2", got)
	}
}

func TestNexmoRowsCanNotBeBought(t *testing.T) {
	t.Parallel()
	r := start(t, sandbox.Options{Numbers: 100})
	all, sellable := r.market(), r.offers()
	if len(all) == len(sellable) {
		t.Fatal("the market has no Nexmo row")
	}
	for _, d := range sellable {
		if got := r.buy(text(t, d, "i_did")); got.Status != "success" {
			t.Errorf("buy %v: got %+v, want success", d["number"], got)
		}
	}
	for _, d := range r.market() {
		if d["is_nexmo"] != float64(1) {
			t.Errorf("got %v in the market after all was bought, want Nexmo rows only", d)
		}
	}
}

func TestOwnedRowIsAsTheDocument(t *testing.T) {
	t.Parallel()
	c := &clock{time.Now().UTC().Truncate(time.Second)}
	r := start(t, sandbox.Options{PageMost: 10_000, Now: c.now, Window: time.Hour})
	all := r.offers()
	offer := all[slices.IndexFunc(all, func(d map[string]any) bool {
		return d["verification_required"] == "1" && d["vendor_name"] != nil && d["capacity"] != nil && d["price_n"] != nil
	})]
	if got := r.buy(text(t, offer, "i_did")); got.Status != "success" {
		t.Fatalf("buy: got %+v, want success", got)
	}
	if i := slices.IndexFunc(r.offers(), func(d map[string]any) bool { return d["i_did"] == offer["i_did"] }); i >= 0 {
		t.Error("a bought number is still in the market")
	}
	want := map[string]any{
		"status": "purchased", "contact": sip, "smpp_contact": smpp, "notes": "",
		"billed_to": c.at.AddDate(0, 1, 0).Format(time.DateTime), "monthly_start_ts": c.at.Format(time.DateTime),
		"documents_verified": "0", "account_name": "Demo",
	}
	maps.Copy(want, offer)
	if diff := cmp.Diff([]map[string]any{want}, r.list()); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
	c.at = c.at.Add(10*time.Minute - time.Second)
	if got := r.list()[0]["documents_verified"]; got != "0" {
		t.Errorf("before ten minutes: got verified %v, want 0", got)
	}
	c.at = c.at.Add(time.Second)
	if got := r.list()[0]["documents_verified"]; got != "1" {
		t.Errorf("after ten minutes: got verified %v, want 1", got)
	}
	number := text(t, offer, "number")
	for _, filter := range [][]string{
		{"prefix", number}, {"country", text(t, offer, "country_name")}, {"description", text(t, offer, "description")},
	} {
		if got := r.list(filter...); len(got) != 1 {
			t.Errorf("filter %v: got %d, want 1", filter, len(got))
		}
		if got := r.list(filter[0], filter[1]+"0"); len(got) != 0 {
			t.Errorf("filter %v with a 0: got %d, want none", filter, len(got))
		}
	}
}

func TestUpdateAndUnsubscribe(t *testing.T) {
	t.Parallel()
	r := start(t, sandbox.Options{PageMost: 10_000})
	both, voice := text(t, offerWith(r, "1", "1"), "i_did"), text(t, offerWith(r, "1", "0"), "i_did")
	r.buy(both)
	r.buy(voice)
	const other = "sip:9@192.0.2.7:5061"
	for _, test := range []struct {
		name    string
		form    []string
		message string
	}{
		{"both contacts", []string{"submit_edit", "1", "edit", both, "contact", other, "smpp_contact", smpp}, "DID entry has been updated."},
		{"one that is needed is missing", []string{"submit_edit", "1", "edit", both, "contact", other}, texterror},
		{"one that is not needed is missing", []string{"submit_edit", "1", "edit", voice, "contact", other}, "DID entry has been updated."},
		{"no submit_edit", []string{"edit", both, "contact", other, "smpp_contact", smpp}, texterror},
		{"a number of nobody", []string{"submit_edit", "1", "edit", "1", "contact", other, "smpp_contact", smpp}, texterror},
	} {
		for _, path := range []string{"/number/update", "/c_dids.php"} {
			if got := r.post(path, test.form...).decode(t); got.Message != test.message {
				t.Errorf("%s on %s: got %+v, want %q", test.name, path, got, test.message)
			}
		}
	}
	for _, d := range r.list() {
		if d["contact"] != other || d["i_did"] == voice && d["smpp_contact"] != "" {
			t.Errorf("got contacts %v and %v, want the updated ones", d["contact"], d["smpp_contact"])
		}
	}
	if got := r.post("/number/unsubscribe", "I_did", both, "i_did", both).decode(t); got.Message != texterror {
		t.Errorf("unsubscribe by I_did: got %+v, want an error", got)
	}
	if got := r.post("/number/unsubscribe", "unsubscribe", both).decode(t); got.Status != "success" || got.Message != "Unsubscribed successfully" {
		t.Errorf("unsubscribe: got %+v, want success", got)
	}
	if got := r.post("/number/unsubscribe", "unsubscribe", both).decode(t); got.Message != texterror {
		t.Errorf("unsubscribe again: got %+v, want an error", got)
	}
	if !slices.ContainsFunc(r.offers(), func(d map[string]any) bool { return d["i_did"] == both }) {
		t.Error("a released number is not in the market again")
	}
	// The trap of the shared controller: a read with a stray parameter.
	r.post("/c_dids.php", "searchform", "1", "unsubscribe", voice)
	if got := r.list(); len(got) != 0 {
		t.Errorf("after a stray unsubscribe: got %v, want nothing left", got)
	}
	ledger, err := r.Ledger(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i, e := range ledger {
		got = append(got, string(e.Operation)+" "+e.ID)
		if e.Number == "" || e.Buyer != "sandbox" || e.Time.IsZero() || i > 0 && e.Seq <= ledger[i-1].Seq {
			t.Errorf("entry %+v: want number, buyer, time and a rising order", e)
		}
	}
	want := []string{
		"purchase " + both, "purchase " + voice, "update " + both, "update " + both, "update " + voice, "update " + voice,
		"unsubscribe " + both, "unsubscribe " + voice,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ledger (-want +got):\n%s", diff)
	}
}

func TestBilledToMovesOn(t *testing.T) {
	t.Parallel()
	c := &clock{time.Date(2026, 1, 31, 8, 0, 0, 0, time.UTC)}
	r := start(t, sandbox.Options{Now: c.now, Window: 100 * 365 * 24 * time.Hour})
	r.buy(text(t, r.offers()[0], "i_did"))
	for at, want := range map[string]string{
		"2026-01-31 08:00:00": "2026-02-28 08:00:00",
		"2026-02-28 07:59:59": "2026-02-28 08:00:00",
		"2026-02-28 08:00:00": "2026-03-31 08:00:00",
		"2027-01-15 00:00:00": "2027-01-31 08:00:00",
		"2025-01-01 00:00:00": "2026-02-28 08:00:00",
	} {
		var err error
		if c.at, err = time.Parse(time.DateTime, at); err != nil {
			t.Fatal(err)
		}
		if got := r.list()[0]["billed_to"]; got != want {
			t.Errorf("at %s: got billed to %v, want %s", at, got, want)
		}
	}
}
