package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"didops/internal/exchange/sandbox"
)

// outcome is what a client sees of one answer.
type outcome struct {
	answer
	err error
}

func (r *rig) try(path string, pairs ...string) outcome {
	r.t.Helper()
	a, err := r.do(path, sign(path, values(pairs...)))
	return outcome{a, err}
}

// TestFaultsOfAnswers sends a purchase into each fault and looks at what the
// client sees and at whether the purchase was carried out.
func TestFaultsOfAnswers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		fault    sandbox.Fault
		done     bool
		expected func(outcome) bool
	}{
		{sandbox.Fault{Kind: sandbox.Status}, false, func(o outcome) bool { return o.code == 503 && strings.HasPrefix(o.body, "<!DOCTYPE") }},
		{sandbox.Fault{Kind: sandbox.Status, Code: 429}, false, func(o outcome) bool { return o.code == 429 && o.header.Get("Retry-After") == "" }},
		{sandbox.Fault{Kind: sandbox.Status, Code: 429, RetryAfter: 7}, false, func(o outcome) bool { return o.code == 429 && o.header.Get("Retry-After") == "7" }},
		{sandbox.Fault{Kind: sandbox.StatusAfter, Code: 502}, true, func(o outcome) bool { return o.code == 502 }},
		{sandbox.Fault{Kind: sandbox.Cut}, false, func(o outcome) bool { return errors.Is(o.err, io.EOF) }},
		{sandbox.Fault{Kind: sandbox.CutAfter}, true, func(o outcome) bool { return errors.Is(o.err, io.EOF) }},
		{sandbox.Fault{Kind: sandbox.CutBody}, true, func(o outcome) bool { return errors.Is(o.err, io.ErrUnexpectedEOF) && o.code == 200 }},
		{sandbox.Fault{Kind: sandbox.Truncate}, true, func(o outcome) bool { return o.err == nil && o.code == 200 && !json.Valid([]byte(o.body)) }},
		{sandbox.Fault{Kind: sandbox.Junk}, true, func(o outcome) bool { return strings.HasPrefix(o.body, `:{"status":"success"`) }},
		{sandbox.Fault{Kind: sandbox.Junk, Text: "\ufeffserver_output:"}, true, func(o outcome) bool { return strings.HasPrefix(o.body, "\ufeffserver_output:{") }},
		{sandbox.Fault{Kind: sandbox.HTML}, false, func(o outcome) bool { return o.code == 200 && strings.Contains(o.body, "<html>") }},
		{sandbox.Fault{Kind: sandbox.HTMLAfter}, true, func(o outcome) bool { return o.code == 200 && strings.Contains(o.body, "<html>") }},
		{sandbox.Fault{Kind: sandbox.Redirect}, false, func(o outcome) bool { return o.code == 307 && o.header.Get("Location") == "/number/purchase" }},
		{sandbox.Fault{Kind: sandbox.Redirect, Code: 301, Text: "https://example.net/x"}, false, func(o outcome) bool { return o.code == 301 && o.header.Get("Location") == "https://example.net/x" }},
		{sandbox.Fault{Kind: sandbox.Logical}, false, func(o outcome) bool { return o.body == `{"status":"error","message":"There was an error."}` }},
		{sandbox.Fault{Kind: sandbox.Logical, Text: "No money/credit"}, false, func(o outcome) bool { return o.body == `{"status":"error","message":"No money\/credit"}` }},
		{sandbox.Fault{Kind: sandbox.Sold}, false, func(o outcome) bool { return strings.Contains(o.body, "already sold") }},
		{sandbox.Fault{Kind: sandbox.Skew, Delay: time.Hour}, false, func(o outcome) bool { return strings.Contains(o.body, "Wrong signature") }},
	} {
		t.Run(string(test.fault.Kind)+test.fault.Text, func(t *testing.T) {
			t.Parallel()
			r := start(t, sandbox.Options{Numbers: 100})
			test.fault.Operation = sandbox.Purchase
			r.Script(test.fault)
			form := []string{"add", "1", "i_did", text(t, r.offers()[0], "i_did"), "billing_i_account", "1", "contact", sip, "smpp_contact", smpp}
			if got := r.try("/number/purchase", form...); !test.expected(got) {
				t.Errorf("got %d %.100q %v, which is not what the fault is", got.code, got.body, got.err)
			}
			ledger, err := r.Ledger(t.Context())
			if err != nil || len(ledger) == 1 != test.done {
				t.Errorf("got ledger %v %v, want it carried out: %v", ledger, err, test.done)
			}
			if test.fault.Kind == sandbox.Sold {
				if got := r.list(); len(got) != 0 {
					t.Errorf("got %v in the list, want nothing: another buyer has it", got)
				}
				return
			}
			got := r.try("/number/purchase", form...)
			if test.done != strings.Contains(got.body, "already sold") || got.err != nil {
				t.Errorf("the second time: got %s %v, want the fault to be over", got.body, got.err)
			}
		})
	}
}

func TestFaultsOfPages(t *testing.T) {
	t.Parallel()
	r := start(t, sandbox.Options{PageMost: 20})
	page := func(off string) outcome {
		t.Helper()
		return r.try("/number/market", "searchform", "1", "pager", "20", "off", off)
	}
	plain, next := page("0"), page("20")
	rows := func(o outcome) int { return len(o.decode(t).Dids) }
	strike := func(f sandbox.Fault, off string) outcome {
		t.Helper()
		r.Script(f)
		got := page(off)
		if after := page(off); got.err != nil || rows(after) != 20 {
			t.Errorf("%s: got error %v and then %d rows, want the fault to strike once", f.Kind, got.err, rows(after))
		}
		return got
	}
	for kind, want := range map[sandbox.FaultKind]int{sandbox.EmptyPage: 0, sandbox.ShortPage: 10, sandbox.LongPage: 30} {
		if got := rows(strike(sandbox.Fault{Kind: kind}, "0")); got != want {
			t.Errorf("%s: got %d rows, want %d", kind, got, want)
		}
	}
	if got := rows(strike(sandbox.Fault{Kind: sandbox.ShortPage, Rows: 3}, "0")); got != 3 {
		t.Errorf("short to 3: got %d rows", got)
	}
	if got := strike(sandbox.Fault{Kind: sandbox.RepeatPage}, "20"); got.body != plain.body || got.body == next.body {
		t.Error("repeat: the page is not the one before")
	}
	if got := strike(sandbox.Fault{Kind: sandbox.WrongUnit}, "1"); got.body != next.body {
		t.Error("off_unit: page 1 is not what row 20 starts")
	}
	if got := strike(sandbox.Fault{Kind: sandbox.DidsNull}, "0").body; got != `{"status":"success","dids":null}` {
		t.Errorf("null: got %s", got)
	}
	if got := strike(sandbox.Fault{Kind: sandbox.DidsMissing}, "0").body; got != `{"status":"success"}` {
		t.Errorf("missing: got %s", got)
	}
	var object struct {
		Dids map[string]map[string]any `json:"dids"`
	}
	got := strike(sandbox.Fault{Kind: sandbox.DidsObject}, "0")
	if err := json.Unmarshal([]byte(got.body), &object); err != nil || len(object.Dids) != 20 {
		t.Errorf("object: got %d rows %v, want 20", len(object.Dids), err)
	}
	for i, d := range plain.decode(t).Dids {
		if diff := cmp.Diff(d, object.Dids[jsonInt(i)]); diff != "" {
			t.Errorf("object, row %d (-want +got):\n%s", i, diff)
		}
	}
	huge := strike(sandbox.Fault{Kind: sandbox.Huge}, "0").decode(t).Dids
	if n := len(text(t, huge[0], "description")); n != 10_000_000 || len(huge) != 20 {
		t.Errorf("huge: got a description of %d characters and %d rows", n, len(huge))
	}
	odd := strike(sandbox.Fault{Kind: sandbox.Unreadable, Rows: 6}, "0").decode(t).Dids
	for i, d := range odd {
		maybe, isText := d["voice"].(string)
		spoilt := d["monthly_fee"] == "abc" || d["number"] == nil || isText && strings.HasPrefix(maybe, "maybe")
		if spoilt != (i < 6) {
			t.Errorf("unreadable, row %d: got %v", i, d)
		}
	}
}

func jsonInt(i int) string {
	b, _ := json.Marshal(i) // an integer
	return string(b)
}

func TestFaultsThatStay(t *testing.T) {
	t.Parallel()
	r := start(t, sandbox.Options{PageMost: 10_000})
	offers := r.offers()
	i := slices.IndexFunc(offers, func(d map[string]any) bool { return d["verification_required"] == "1" })
	number, id := text(t, offers[i], "number"), text(t, offers[i], "i_did")
	other := text(t, offers[i+1], "number")
	feeOf := func(n string) string { return text(t, r.market("prefix", n)[0], "monthly_fee") }
	before := feeOf(other)
	r.Script(sandbox.Fault{Kind: sandbox.Price, Number: number, MonthlyFee: 123_456}, sandbox.Fault{Kind: sandbox.Price, Number: number, Percent: 200})
	r.list()
	if got := feeOf(number); got != "24.6912" {
		t.Errorf("got fee %s, want 24.6912", got)
	}
	if got := feeOf(other); got != before {
		t.Errorf("another number: got fee %s, want %s", got, before)
	}
	r.Script(sandbox.Fault{Operation: sandbox.List, Kind: sandbox.Sold, Number: other})
	r.list()
	if got := r.market("prefix", other); len(got) != 0 {
		t.Errorf("sold meanwhile: got %v in the market", got)
	}
	r.buy(id)
	if got := r.list(); got[0]["monthly_fee"] != "24.6912" || got[0]["documents_verified"] != "0" {
		t.Errorf("got %v, want the changed fee and no documents verified", got)
	}
	r.Script(sandbox.Fault{Kind: sandbox.Verified})
	if got := r.list(); got[0]["documents_verified"] != "1" {
		t.Errorf("got %v, want documents verified", got)
	}
}

func TestScriptIsConsumedInOrder(t *testing.T) {
	t.Parallel()
	r := start(t, sandbox.Options{})
	r.Script(
		sandbox.Fault{Operation: sandbox.Market, Kind: sandbox.Status, Code: 429},
		sandbox.Fault{Operation: sandbox.Market, Kind: sandbox.Status, Code: 500, Times: 2},
		sandbox.Fault{Kind: sandbox.Status, Code: 502, After: 5},
		sandbox.Fault{Kind: sandbox.ShortPage, Rows: 1, Times: sandbox.Forever},
	)
	var got []int
	for range 7 {
		a := r.try("/number/market", "searchform", "1")
		if got = append(got, a.code); a.code == 200 && len(a.decode(t).Dids) != 1 {
			t.Errorf("got a page of %d rows, want 1", len(a.decode(t).Dids))
		}
	}
	if diff := cmp.Diff([]int{429, 500, 500, 200, 200, 502, 200}, got); diff != "" {
		t.Errorf("status codes (-want +got):\n%s", diff)
	}
	r.ClearFaults()
	if got := len(r.market()); got != 250 {
		t.Errorf("after ClearFaults: got %d rows, want 250", got)
	}
}

func TestLatencyHonoursTheClient(t *testing.T) {
	t.Parallel()
	for kind, done := range map[sandbox.FaultKind]int{sandbox.Latency: 0, sandbox.LateAnswer: 1} {
		synctest.Test(t, func(t *testing.T) {
			s, err := sandbox.New(sandbox.Options{Numbers: 100})
			if err != nil {
				t.Fatal(err)
			}
			transport := &http.Transport{DialContext: s.Dial}
			r := &rig{Server: s, t: t, client: &http.Client{Transport: transport, Timeout: time.Minute}}
			id := text(t, r.offers()[0], "i_did")
			s.Script(sandbox.Fault{Operation: sandbox.Market, Kind: kind, Delay: 20 * time.Second},
				sandbox.Fault{Operation: sandbox.Purchase, Kind: kind, Delay: time.Hour})
			began := time.Now()
			if got := len(r.market()); got == 0 || time.Since(began) != 20*time.Second {
				t.Errorf("%s: got %d rows after %v, want some after 20s", kind, got, time.Since(began))
			}
			form := []string{"add", "1", "i_did", id, "billing_i_account", "1", "contact", sip, "smpp_contact", smpp}
			if got := r.try("/number/purchase", form...); !errors.Is(got.err, context.DeadlineExceeded) {
				t.Errorf("%s: got %v, want a time-out", kind, got.err)
			}
			synctest.Wait()
			if ledger, err := s.Ledger(t.Context()); err != nil || len(ledger) != done {
				t.Errorf("%s: got ledger %v %v, want %d entries", kind, ledger, err, done)
			}
			transport.CloseIdleConnections()
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestSkewShiftsTheDate(t *testing.T) {
	t.Parallel()
	now := time.Now().Truncate(time.Second)
	r := start(t, sandbox.Options{Now: func() time.Time { return now }})
	r.Script(sandbox.Fault{Kind: sandbox.Skew, Delay: -2 * time.Hour})
	got := r.try("/number/market", "searchform", "1")
	if want := now.Add(-2 * time.Hour).UTC().Format(http.TimeFormat); got.header.Get("Date") != want {
		t.Errorf("got Date %s, want %s", got.header.Get("Date"), want)
	}
}

func TestEndlessAnswer(t *testing.T) {
	t.Parallel()
	r := start(t, sandbox.Options{})
	r.Script(sandbox.Fault{Kind: sandbox.Endless})
	form := sign("/number/market", values("searchform", "1")).Encode()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://sandbox/number/market", strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := r.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	head := make([]byte, 5_000_000)
	if _, err := io.ReadFull(resp.Body, head); err != nil {
		t.Fatalf("read five million bytes: %v", err)
	}
	if !bytes.HasPrefix(head, []byte(`{"status":"success","dids":[{"i_did":"1",`)) {
		t.Errorf("got %.60s, want rows", head)
	}
}
