package sandbox_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"didops/internal/exchange/sandbox"
)

func TestParseFault(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]sandbox.Fault{
		"market:status code=429 retry_after=1 times=2":   {Operation: sandbox.Market, Kind: sandbox.Status, Code: 429, RetryAfter: 1, Times: 2},
		"  purchase:cut_after   after=1 ":                {Operation: sandbox.Purchase, Kind: sandbox.CutAfter, After: 1},
		"price number=+971501234567 percent=150":         {Kind: sandbox.Price, Number: "971501234567", Percent: 150},
		"any:price monthly_fee=12.5":                     {Kind: sandbox.Price, MonthlyFee: 125_000},
		"latency delay=2.5s times=forever":               {Kind: sandbox.Latency, Delay: 2500 * time.Millisecond, Times: sandbox.Forever},
		`list:error text="no such \"account\"" after=3`:  {Operation: sandbox.List, Kind: sandbox.Logical, Text: `no such "account"`, After: 3},
		`junk text="\ufeff" rows=0`:                      {Kind: sandbox.Junk, Text: "\ufeff"},
		"skew delay=-10m":                                {Kind: sandbox.Skew, Delay: -10 * time.Minute},
		"market:unreadable rows=5":                       {Operation: sandbox.Market, Kind: sandbox.Unreadable, Rows: 5},
		"unsubscribe:redirect code=301 text=/number/new": {Operation: sandbox.Unsubscribe, Kind: sandbox.Redirect, Code: 301, Text: "/number/new"},
	} {
		got, err := sandbox.ParseFault(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	for text, want := range map[string]string{
		"":                              `unknown kind ""`,
		"explode":                       `unknown kind "explode" (one of latency,`,
		"sell:status":                   `unknown operation "sell" (one of any, market,`,
		"status 429":                    `"429" is not a setting of the form name=value`,
		"status code":                   `"code" is not a setting`,
		"status code=x":                 "code=x is not a whole number",
		"status code=99":                "code=99 is not an HTTP status",
		"status times=-1":               "times=-1 is not a whole number",
		"status colour=red":             `unknown setting "colour" (one of after,`,
		`error text="open`:              "the quotes of text don't match",
		"latency":                       "latency needs delay",
		"latency delay=5":               "delay=5 is not a duration",
		"price number=1":                "price needs percent or monthly_fee",
		"price monthly_fee=1.23456":     "monthly_fee=1.23456 is not an amount",
		"sold number=12a":               "number=12a is not a number",
		"price monthly_fee=-1":          "monthly_fee=-1 is not an amount",
		`status "quoted key"=1`:         "is not a setting",
		"price percent=1 monthly_fee=.": "monthly_fee=. is not an amount",
	} {
		if _, err := sandbox.ParseFault(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want an error with %q", text, err, want)
		}
	}
}

func FuzzParseFault(f *testing.F) {
	f.Add("market:status code=429 retry_after=1 times=2")
	f.Add(`error text="a \"b" after=1`)
	f.Add("price number=1 monthly_fee=1.5")
	f.Add(`latency delay="`)
	f.Fuzz(func(t *testing.T, text string) {
		got, err := sandbox.ParseFault(text)
		if err != nil && (got != sandbox.Fault{}) {
			t.Errorf("got %+v together with %v", got, err)
		}
		if err == nil && (got.Kind == "" || got.After < 0 || got.Times < sandbox.Forever || got.MonthlyFee < 0) {
			t.Errorf("got %+v, which no text should mean", got)
		}
	})
}

func (r *rig) control(method, path, body string) (int, string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, "http://sandbox/_sandbox/"+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	resp, err := r.client.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func TestControl(t *testing.T) {
	t.Parallel()
	r := start(t, sandbox.Options{Control: true})
	lines := "market:status code=429\n\nmarket:status code=500\n"
	list := `["market:status code=502", {"operation": "market", "kind": "status", "code": 504, "retry_after": 1000000}]`
	for body, added := range map[string]string{lines: `{"added":2}`, list: `{"added":2}`, "": `{"added":0}`} {
		if code, got := r.control(http.MethodPost, "faults", body); code != 200 || strings.TrimSpace(got) != added {
			t.Errorf("%q: got %d %s, want %s", body, code, got, added)
		}
	}
	seen := map[int]bool{}
	for range 4 {
		seen[r.try("/number/market", "searchform", "1").code] = true
	}
	if diff := cmp.Diff(map[int]bool{429: true, 500: true, 502: true, 504: true}, seen); diff != "" {
		t.Errorf("status codes (-want +got):\n%s", diff)
	}
	for _, bad := range []string{"explode", "[1", "[1]", `[{"kind":["a"]}]`, `[{"operation":{},"kind":"cut"}]`} {
		if code, got := r.control(http.MethodPost, "faults", bad); code != 400 || !strings.Contains(got, `"error"`) {
			t.Errorf("%s: got %d %s, want 400 and the reason", bad, code, got)
		}
	}
	r.control(http.MethodPost, "faults", "cut times=forever")
	if code, _ := r.control(http.MethodDelete, "faults", ""); code != 200 {
		t.Errorf("delete: got %d", code)
	}
	r.buy(text(t, r.offers()[0], "i_did"))
	for _, path := range []string{"ledger", "requests"} {
		code, got := r.control(http.MethodGet, path, "")
		if code != 200 || !strings.Contains(got, "smpp:login:***:12015550123@smpp.example.net:2776") || strings.Contains(got, "secret") {
			t.Errorf("%s: got %d %s, want the purchase with its password masked", path, code, got)
		}
	}
	if got := r.Requests(); got[len(got)-1].Form.Get("smpp_contact") != smpp {
		t.Errorf("got %v, want the form of the journal unchanged", got[len(got)-1].Form)
	}
	if code, _ := r.control(http.MethodGet, "faults", ""); code != 404 {
		t.Errorf("get faults: got %d, want 404", code)
	}
	off := start(t, sandbox.Options{})
	if code, got := off.control(http.MethodGet, "ledger", ""); code != 404 || strings.Contains(got, "ledger") {
		t.Errorf("without Control: got %d %s, want an ordinary 404", code, got)
	}
}
