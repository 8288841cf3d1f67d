package tcxc_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"didops/internal/exchange"
	"didops/internal/exchange/tcxc"
)

func seeds() []string {
	return []string{
		string(answerOf(nexmoRow)), string(answerOf(ownedRow, nexmoRow)),
		`{"status":"success","dids":{"3":` + ownedRow + `}}`,
		`{"status":"success","dids":null}`, `{"error":"Wrong signature","status":"fail"}`,
		`server_output:{"status":"error","message":"There was an error."}`,
		`{"dids":[{"number":1,"setup_fee":[{}]},null,[[]]]}`, "\xef\xbb\xbf{}", "<html>", `{"dids":[` + nexmoRow[:60],
		"{\"status\":\"success\",\"message\":\"\xff\\ud800\"}",
	}
}

// checkNumber holds what every row must be, whatever was sent.
func checkNumber(t *testing.T, n exchange.Number) {
	t.Helper()
	if len(n.Digits) < 5 || len(n.Digits) > 15 || strings.Trim(n.Digits, "0123456789") != "" {
		t.Errorf("a row with the number %q", n.Digits)
	}
	if strings.Trim(n.ID, "0123456789") != "" || strings.HasPrefix(n.ID, "0") {
		t.Errorf("a row with the id %q", n.ID)
	}
	if n.Type == "" || strings.ContainsAny(n.Description+n.Vendor+n.CountryName+n.Type, "\x00\n\r\x1b\u202e") {
		t.Errorf("a row with raw text: %+v", n)
	}
}

func FuzzMarketPage(f *testing.F) {
	for _, s := range seeds() {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		d := tcxc.NewDecoder()
		page, err := d.Market(body)
		if err != nil {
			return
		}
		if page.Size != len(page.Rows)+len(page.Bad) {
			t.Errorf("got %d rows and %d left out of %d", len(page.Rows), len(page.Bad), page.Size)
		}
		for _, o := range page.Rows {
			checkNumber(t, o.Number)
			if !o.MonthlyFee.Known() || !o.SetupFee.Known() {
				t.Errorf("a row without fees: %+v", o)
			}
		}
		again, err := d.Market(body)
		if err != nil || len(again.Rows) != len(page.Rows) {
			t.Errorf("the same page again: got %d rows, error %v; want %d", len(again.Rows), err, len(page.Rows))
		}
	})
}

func FuzzOwnedPage(f *testing.F) {
	for _, s := range seeds() {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		page, err := tcxc.NewDecoder().Owned(body)
		if err != nil {
			return
		}
		for _, o := range page.Rows {
			checkNumber(t, o.Number)
		}
	})
}

func FuzzEnvelope(f *testing.F) {
	for _, s := range seeds() {
		f.Add([]byte(s))
	}
	for _, s := range []string{`{"a":[1,]}`, `{"a":}`, `{"a":-0.1e+3}`, `{"a":01}`, `{"a":"\u12"}`, `{"a" : [ { } , [ ] ] }`, `{"a":1 2}`, "{\"a\n\":1}"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		status, message, _, err := tcxc.Envelope(body)
		if bytes.HasPrefix(body, []byte("{")) {
			want := jsontext.Value(body).IsValid(jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
			if got := err == nil; got != want {
				t.Fatalf("%q: got valid = %t (%v), want %t", body, got, err, want)
			}
		}
		if err != nil {
			return
		}
		page, err := tcxc.NewDecoder().Market(body)
		if err == nil && (page.Status != status || page.Message != message) {
			t.Errorf("got %q, %q as an envelope and %q, %q as a page", status, message, page.Status, page.Message)
		}
	})
}

func FuzzValues(f *testing.F) {
	for _, s := range []string{`"1"`, "1", "null", `""`, "true", `"2019-09-15 12:55:19"`, `"\u0031"`, `[1]`, `"+12025550147"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, v string) {
		if _, _, _, err := tcxc.Envelope([]byte(`{"status":` + v + `}`)); err != nil || strings.TrimSpace(v) != v {
			return
		}
		if strings.HasPrefix(v, `"`) != strings.HasSuffix(v, `"`) || strings.ContainsAny(v, ",:") {
			return
		}
		if n, ok := tcxc.Integer(v); ok && n != nil && *n < 0 {
			t.Errorf("integer %s: got %d", v, *n)
		}
		if id, ok := tcxc.Identifier(v); ok && strings.HasPrefix(id, "0") {
			t.Errorf("identifier %s: got %q", v, id)
		}
		if d, ok := tcxc.Msisdn(v); ok && (len(d) < 5 || len(d) > 15) {
			t.Errorf("number %s: got %q", v, d)
		}
		tcxc.Boolean(v)
		tcxc.Instant(v)
	})
}
