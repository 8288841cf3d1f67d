package tcxc_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"didops/internal/exchange"
	"didops/internal/exchange/sandbox"
	"didops/internal/exchange/tcxc"
	"didops/internal/fault"
)

// clock is a time of day that a test sets.
type clock struct{ at atomic.Pointer[time.Time] }

func newClock(t time.Time) *clock {
	c := &clock{}
	c.set(t)
	return c
}

func (c *clock) set(t time.Time) { c.at.Store(&t) }
func (c *clock) now() time.Time  { return *c.at.Load() }

// begun is when the numbers of these tests are bought.
func begun() time.Time { return time.Date(2026, 2, 26, 9, 30, 0, 0, time.UTC) }

// ownNumbers returns a sandbox in which n numbers were bought, and its client.
func ownNumbers(t *testing.T, n int, o sandbox.Options, change ...func(*tcxc.Options)) (*clock, *sandbox.Server, *tcxc.Client, []string) {
	t.Helper()
	c := newClock(begun())
	o.Now = c.now
	s := newExchange(t, o)
	cl := client(t, s, append([]func(*tcxc.Options){func(o *tcxc.Options) { o.Now = c.now }}, change...)...)
	var digits []string
	for _, offer := range offers(t, cl.Reader(), n, exchange.MarketQuery{Voice: true, SMS: true}) {
		p := exchange.Purchase{ID: offer.ID, Account: 1, Contact: testContact, SMPPContact: testSMPP}
		if err := cl.Writer().Purchase(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		digits = append(digits, offer.Digits)
	}
	return c, s, cl, digits
}

// counted reads a history and counts it by number.
func counted(ctx context.Context, read func(context.Context, exchange.HistoryQuery, func([]exchange.Used) error) (exchange.Reading, error), q exchange.HistoryQuery) (map[string]int, exchange.Reading, error) {
	got := map[string]int{}
	reading, err := read(ctx, q, func(page []exchange.Used) error {
		for _, u := range page {
			got[u.Number]++
		}
		return nil
	})
	return got, reading, err
}

func day(from time.Time) exchange.HistoryQuery {
	return exchange.HistoryQuery{From: from, To: from.AddDate(0, 0, 1)}
}

// TestHistoriesAreWhole holds that the days of a month come to the same as the
// month at once, whatever the size of a page and with whatever authentication
// and style, and that something of it is of own numbers and something is not.
func TestHistoriesAreWhole(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*tcxc.Options){
		"as it is":    func(*tcxc.Options) {},
		"small pages": func(o *tcxc.Options) { o.PageSize = 7 },
		"php":         func(o *tcxc.Options) { o.Style = tcxc.PHP },
		"digest":      func(o *tcxc.Options) { o.Auth = tcxc.Digest },
		"pages":       func(o *tcxc.Options) { o.Paging = tcxc.Pages; o.PageSize = 9 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := sandbox.Options{Digest: name == "digest"}
			if name == "pages" {
				o.OffUnit = sandbox.OffPages
			}
			c, s, cl, digits := ownNumbers(t, 6, o, change)
			c.set(begun().AddDate(0, 0, 31))
			from, to := begun().Truncate(24*time.Hour), c.now()
			for kind, read := range map[string]func(context.Context, exchange.HistoryQuery, func([]exchange.Used) error) (exchange.Reading, error){
				"calls": cl.Reader().Calls, "messages": cl.Reader().Messages,
			} {
				whole, reading, err := counted(t.Context(), read, exchange.HistoryQuery{From: from, To: to})
				if err != nil || !reading.Complete {
					t.Fatalf("%s: got %+v, %v", kind, reading, err)
				}
				days := map[string]int{}
				for d := from; d.Before(to); d = d.AddDate(0, 0, 1) {
					part, reading, err := counted(t.Context(), read, day(d))
					if err != nil || !reading.Complete {
						t.Fatalf("%s of %s: got %+v, %v", kind, d, reading, err)
					}
					for number, n := range part {
						days[number] += n
					}
				}
				if diff := cmp.Diff(whole, days); diff != "" {
					t.Errorf("%s (-at once +by days):\n%s", kind, diff)
				}
				if !slices.ContainsFunc(digits, func(d string) bool { return whole[d] > 0 }) {
					t.Errorf("%s: got %v, none of our numbers", kind, whole)
				}
				if kind == "calls" && len(slices.Collect(maps.Keys(whole))) <= len(digits) {
					t.Errorf("calls: got %v, no strangers", whole)
				}
			}
			for op, path := range map[sandbox.Operation]string{sandbox.Calls: "/buyers/callhistory", sandbox.Messages: "/buyers/smshistory"} {
				r := sent(s, op)[0]
				if name != "php" && r.Path != path || r.Form.Get("date_from") != "2026-02-26 00:00:00" || r.Form.Get("webapi") != "1" || r.Form.Get("searchform") != "1" {
					t.Errorf("%s: got %+v", op, r)
				}
			}
		})
	}
}

// TestRowsOfHistories is what single rows come to.
func TestRowsOfHistories(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 10, 20, 30, 0, time.UTC)
	for _, tt := range []struct {
		name, row string
		want      exchange.Used
		bad       bool
	}{
		{name: "text", row: `{"call_id":"a","CLD":"971501234567","connect_time":"2026-03-01 10:20:30"}`, want: exchange.Used{Number: "971501234567", At: at}},
		{name: "integer", row: `{"call_id":1,"CLD":971501234567,"connect_time":"2026-03-01 10:20:30"}`, want: exchange.Used{Number: "971501234567", At: at}},
		{name: "plus", row: `{"CLD":"+971501234567","connect_time":"2026-03-01 10:20:30.123"}`, want: exchange.Used{Number: "971501234567", At: at.Add(123 * time.Millisecond)}},
		{name: "double zero", row: `{"CLD":"00971501234567"}`, want: exchange.Used{Number: "971501234567"}},
		{name: "SIP address", row: `{"CLD":"sip:971501234567@192.0.2.1"}`, want: exchange.Used{Number: "971501234567"}},
		{name: "small letters", row: `{"cld":"971501234567","ts":"2026-03-01 10:20:30"}`, want: exchange.Used{Number: "971501234567", At: at}},
		{name: "destination", row: `{"i_message":"1","destination":"971501234567","ts":"2026-03-01 10:20:30"}`, want: exchange.Used{Number: "971501234567", At: at}},
		{name: "never connected", row: `{"CLD":"971501234567","connect_time":"0000-00-00 00:00:00"}`, want: exchange.Used{Number: "971501234567"}},
		{name: "time null", row: `{"CLD":"971501234567","connect_time":null}`, want: exchange.Used{Number: "971501234567"}},
		{name: "short code", row: `{"CLD":"112"}`},
		{name: "name", row: `{"CLD":"anonymous"}`},
		{name: "technical prefix", row: `{"CLD":"1234#971501234567"}`},
		{name: "not sent", row: `{"destination":"971501234567","sent":"0"}`},
		{name: "sent", row: `{"destination":"971501234567","sent":1}`, want: exchange.Used{Number: "971501234567"}},
		{name: "nested stranger", row: `{"CLD":"971501234567","route":{"CLD":["x"]}}`, want: exchange.Used{Number: "971501234567"}},
		{name: "no number", row: `{"call_id":"a","connect_time":"2026-03-01 10:20:30"}`, bad: true},
		{name: "number null", row: `{"CLD":null}`, bad: true},
		{name: "number of a float", row: `{"CLD":9.71501234567e+11}`, bad: true},
		{name: "number with decimals", row: `{"CLD":"971501234567.0"}`, bad: true},
		{name: "number is a list", row: `{"CLD":["971501234567"]}`, bad: true},
		{name: "time is garbage", row: `{"CLD":"971501234567","connect_time":"yesterday"}`, bad: true},
		{name: "sent is garbage", row: `{"CLD":"971501234567","sent":"perhaps"}`, bad: true},
		{name: "no object", row: `[]`, bad: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for name, d := range map[string]tcxc.Decoder{"cdrs": tcxc.NewCallDecoder(), "sms": tcxc.NewMessageDecoder()} {
				page, err := d.Used(fmt.Appendf(nil, `:{"status":"success","%s":[%s]}`, name, tt.row))
				if err != nil {
					t.Fatal(err)
				}
				var want []exchange.Used
				var bad []tcxc.Bad
				if want = []exchange.Used{tt.want}; tt.bad {
					want, bad = nil, page.Bad
				}
				if diff := cmp.Diff(want, page.Rows); diff != "" || tt.bad != (len(page.Bad) == 1) {
					t.Errorf("%s: got %+v (-want +got):\n%s", name, page, diff)
				}
				for _, b := range bad {
					if b.Number != "" || b.ID != "" {
						t.Errorf("%s: a row left out tells %+v", name, b)
					}
				}
			}
		})
	}
}

// TestAnswersOfHistories holds what whole answers come to: rows by another name
// are no empty history.
func TestAnswersOfHistories(t *testing.T) {
	t.Parallel()
	const row = `{"call_id":"MARKED-CALL","CLD":"4930901820999","CLI":"4930901820888","connect_time":"2026-03-01 10:20:30"}`
	for _, tt := range []struct {
		name, answer string
		rows         int
		code         fault.Code
		says         string
	}{
		{name: "none", answer: `{"status":"success","cdrs":[]}`},
		{name: "null", answer: `{"status":"success","cdrs":null}`},
		{name: "nothing at all", answer: `{"status":"success"}`},
		{name: "object", answer: `{"status":"success","cdrs":{"4":` + row + `}}`, rows: 1},
		{name: "junk before", answer: "<br />\nNotice: x\n" + `{"status":"success","cdrs":[` + row + `]}`, rows: 1},
		{name: "the same twice", answer: `{"status":"success","cdrs":[` + row + `,` + row + `]}`, rows: 1},
		{name: "other name", answer: `{"status":"success","calls":[` + row + `]}`, code: fault.Unavailable, says: `has no "cdrs"`},
		{name: "error with HTTP 200", answer: `{"status":"error","message":"There was an error."}`, code: fault.Refused, says: "There was an error."},
		{name: "wrong signature", answer: `{"status":"fail","error":"Wrong signature"}`, code: fault.Unauthorized, says: "Wrong signature"},
		{name: "cut short", answer: `{"status":"success","cdrs":[` + row, code: fault.Unavailable, says: "other than JSON"},
		{name: "page", answer: `<html>4930901820999`, code: fault.Unavailable, says: "web page"},
		{name: "rows are a text", answer: `{"status":"success","cdrs":"` + "none" + `"}`, code: fault.Unavailable, says: "other than JSON"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.FormValue("off") != "0" {
					_, _ = io.WriteString(w, `{"status":"success","cdrs":[]}`)
					return
				}
				_, _ = io.WriteString(w, tt.answer)
			}))
			defer s.Close()
			var out bytes.Buffer
			log := zerolog.New(&out)
			c, err := tcxc.New(tcxc.Options{URL: s.URL, Login: testLogin, Key: testKey, Log: &log, Rand: func() float64 { return 0 }})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			_, reading, err := counted(t.Context(), c.Reader().Calls, day(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)))
			if fault.CodeOf(err) != tt.code && (err != nil || tt.code != "") || reading.Rows != tt.rows || reading.Complete != (tt.code == "") {
				t.Errorf("got %+v, %v", reading, err)
			}
			said := everything(err) + out.String()
			if tt.says != "" && !strings.Contains(said, tt.says) {
				t.Errorf("got %s, want %q in it", said, tt.says)
			}
			for _, secret := range []string{testKey, "4930901820", "MARKED-CALL"} {
				if strings.Contains(said, secret) {
					t.Errorf("%s is told: %s", secret, said)
				}
			}
		})
	}
}

// TestSpoiltHistory holds that rows that can't be understood make a reading
// incomplete, and that nobody's number is logged.
func TestSpoiltHistory(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := zerolog.New(&out)
	c, s, cl, digits := ownNumbers(t, 4, sandbox.Options{}, func(o *tcxc.Options) { o.Log = &log })
	c.set(begun().AddDate(0, 0, 3))
	out.Reset()
	s.Script(sandbox.Fault{Operation: sandbox.Calls, Kind: sandbox.Unreadable, Rows: 2})
	_, reading, err := counted(t.Context(), cl.Reader().Calls, exchange.HistoryQuery{From: begun(), To: c.now()})
	if err != nil || reading.Complete || !reading.End || reading.Unreadable != 2 || len(reading.Unread) > 0 {
		t.Errorf("got %+v, %v", reading, err)
	}
	for _, d := range append(digits, "4930901820", "1202555010") {
		if strings.Contains(out.String(), d) {
			t.Errorf("%s is logged: %s", d, out.String())
		}
	}
}

// TestHistoryIsBounded holds that a bound of rows is said.
func TestHistoryIsBounded(t *testing.T) {
	t.Parallel()
	c, _, cl, _ := ownNumbers(t, 4, sandbox.Options{})
	c.set(begun().AddDate(0, 0, 3))
	_, reading, err := counted(t.Context(), cl.Reader().Calls, exchange.HistoryQuery{From: begun(), To: c.now(), MaxRows: 5})
	if err != nil || !reading.Bounded || reading.Rows != 5 || reading.Reason != "stopped at 5 rows; there are more" {
		t.Errorf("got %+v, %v", reading, err)
	}
}

func FuzzUsePage(f *testing.F) {
	for _, s := range append(seeds(),
		`{"status":"success","cdrs":[{"call_id":"a@192.0.2.1","CLD":"971501234567","connect_time":"2026-03-01 10:20:30","i_vendor":9}]}`,
		`{"status":"success","cdrs":{"3":{"call_id":1,"CLD":971501234567.0,"connect_time":"0000-00-00 00:00:00"}}}`,
		`{"status":"success","cdrs":[{"CLD":"sip:00971501234567@x","\u0043LD":"1"},null,{"cld":{}}],"calls":[1]}`,
		`{"status":"success","calls":[1]}`,
	) {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		d := tcxc.NewCallDecoder()
		page, err := d.Used(body)
		if err != nil {
			return
		}
		if page.Size != len(page.Rows)+len(page.Bad) {
			t.Errorf("got %d rows and %d left out of %d", len(page.Rows), len(page.Bad), page.Size)
		}
		for _, u := range page.Rows {
			if u.Number != "" && (len(u.Number) < 5 || len(u.Number) > 15 || strings.Trim(u.Number, "0123456789") != "") {
				t.Errorf("a row with the number %q", u.Number)
			}
		}
		for _, b := range page.Bad {
			if b.Number != "" || b.ID != "" {
				t.Errorf("a row left out tells %+v", b)
			}
		}
		if scanned, ok := tcxc.Scanned[exchange.Used](d, body); ok {
			parsed, err := tcxc.Parsed[exchange.Used](d, body)
			if diff := cmp.Diff(scanned, parsed); err != nil || diff != "" {
				t.Errorf("error %v (-scanned +parsed):\n%s", err, diff)
			}
		}
	})
}
