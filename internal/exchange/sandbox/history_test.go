package sandbox_test

import (
	"database/sql"
	"encoding/json"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"didops/internal/exchange/sandbox"
)

// dated is a sandbox whose time is set.
type dated struct {
	*rig
	now time.Time
}

func startDated(t *testing.T, o sandbox.Options) *dated {
	t.Helper()
	d := &dated{now: time.Date(2028, 2, 20, 9, 0, 0, 0, time.UTC)}
	o.Now = func() time.Time { return d.now }
	d.rig = start(t, o)
	return d
}

// ask posts at the sandbox's time.
func (d *dated) ask(path string, pairs ...string) answer {
	d.t.Helper()
	return d.post(path, append(pairs, "ts", strconv.FormatInt(d.now.Unix(), 10))...)
}

// history reads one page.
func (d *dated) history(path string, pairs ...string) []map[string]any {
	d.t.Helper()
	a := d.ask(path, append(pairs, "pager", "250", "off", "0")...)
	var r struct {
		Status string           `json:"status"`
		Cdrs   []map[string]any `json:"cdrs"`
		SMS    []map[string]any `json:"sms"`
	}
	if err := json.Unmarshal([]byte(a.body), &r); err != nil || r.Status != "success" {
		d.t.Fatalf("got %s, %v", a.body, err)
	}
	return append(r.Cdrs, r.SMS...)
}

// buyFor buys numbers that take calls and messages.
func (d *dated) buyFor(n int) []string {
	d.t.Helper()
	var numbers []string
	for _, row := range d.ask("/number/market", "searchform", "1", "voice", "1", "sms", "1", "pager", "100", "off", "0").decode(d.t).Dids {
		id, _ := row["i_did"].(string)
		number, _ := row["number"].(string)
		if id == "" || len(numbers) == n {
			continue
		}
		a := d.ask("/number/purchase", "add", "1", "i_did", id, "billing_i_account", "1",
			"contact", "sip:1@192.0.2.1:5060", "smpp_contact", "smpp:a:b:1@192.0.2.1:2776")
		if a.decode(d.t).Status != "success" {
			d.t.Fatalf("buy %s: %s", id, a.body)
		}
		numbers = append(numbers, number)
	}
	return numbers
}

// TestHistories holds what the histories are like: newest first, the same when
// read again but for what was late, filtered as the exchange does, and quiet about
// numbers that nobody uses.
func TestHistories(t *testing.T) {
	t.Parallel()
	d := startDated(t, sandbox.Options{})
	numbers := d.buyFor(8)
	d.now = d.now.AddDate(0, 0, 3)
	span := []string{"date_from", "2028-02-21 00:00:00", "date_to", "2028-02-22 23:59:59"}
	first := d.history("/buyers/callhistory", span...)
	d.now = d.now.AddDate(0, 0, 2)
	again := d.history("/buyers/callhistory", span...)
	if len(first) == 0 || len(again) != len(first) {
		t.Fatalf("got %d calls and %d later, want the same: none of them is late after a day", len(first), len(again))
	}
	d.now = time.Date(2028, 2, 21, 23, 59, 59, 0, time.UTC)
	day := []string{"date_from", "2028-02-21 00:00:00", "date_to", "2028-02-21 23:59:59"}
	atOnce := len(d.history("/buyers/callhistory", day...)) + len(d.history("/buyers/smshistory", day...))
	d.now = d.now.Add(6 * time.Hour)
	late := len(d.history("/buyers/callhistory", day...)) + len(d.history("/buyers/smshistory", day...))
	if late <= atOnce {
		t.Errorf("got %d records at the end of a day and %d six hours later, want some that are late", atOnce, late)
	}
	d.now = time.Date(2028, 3, 10, 0, 0, 0, 0, time.UTC)
	whole := []string{"date_from", "2028-02-21 00:00:00", "date_to", "2028-02-25 00:00:00"}
	used, bad, strangers := map[string]bool{}, 0, 0
	var before string
	for _, row := range d.history("/buyers/callhistory", whole...) {
		number := strings.TrimPrefix(plain(row["CLD"]), "+")
		used[number] = true
		if row["disconnect_reason"] != "Normal call clearing" {
			bad++
		}
		if !slices.Contains(numbers, number) {
			strangers++
		}
		if at := plain(row["connect_time"]); at != "0000-00-00 00:00:00" {
			if before != "" && at > before {
				t.Errorf("got %s behind %s, want the newest first", at, before)
			}
			before = at
		}
	}
	if got := len(d.history("/buyers/callhistory", append(whole, "show", "bad")...)); got != bad || bad == 0 {
		t.Errorf("got %d calls that went wrong, want %d", got, bad)
	}
	if unused := slices.ContainsFunc(numbers, func(n string) bool { return !used[n] }); !unused || strangers == 0 {
		t.Errorf("got the numbers %v of %v and %d calls to strangers, want some that nobody calls, and some strangers", used, numbers, strangers)
	}
	for _, row := range d.history("/buyers/callhistory", append(whole, "prefix", "4930")...) {
		if !strings.HasPrefix(strings.TrimPrefix(plain(row["CLD"]), "+"), "4930") {
			t.Errorf("got %v, want the prefix", row)
		}
	}
	sent, failed := d.history("/buyers/smshistory", append(whole, "sent", "1")...), d.history("/buyers/smshistory", append(whole, "sent", "0")...)
	if all := d.history("/buyers/smshistory", whole...); len(sent) == 0 || len(failed) == 0 || len(all) != len(sent)+len(failed) {
		t.Errorf("got %d messages, %d sent and %d not", len(all), len(sent), len(failed))
	}
}

// plain is a value as it reads.
func plain(v any) string {
	if n, ok := v.(float64); ok {
		return strconv.FormatFloat(n, 'f', -1, 64)
	}
	s, _ := v.(string)
	return s
}

// TestHistoriesRefuse holds what is checked.
func TestHistoriesRefuse(t *testing.T) {
	t.Parallel()
	d := startDated(t, sandbox.Options{})
	for name, a := range map[string]answer{
		"a wrong date":       d.ask("/buyers/callhistory", "date_from", "yesterday"),
		"off without pager":  d.ask("/buyers/smshistory", "off", "0"),
		"another controller": d.signedAs("c_dids", "/buyers/callhistory"),
	} {
		if r := a.decode(t); r.Status == "success" {
			t.Errorf("%s: got %s", name, a.body)
		}
	}
	if a := d.ask("/buyers/callhistory"); !strings.Contains(a.body, `"cdrs":[]`) {
		t.Errorf("without anything: got %s", a.body)
	}
	for _, text := range []string{"calls:unreadable", "messages:dids_null", "message:cut_after", "calls:lag delay=2h"} {
		f, err := sandbox.ParseFault(text)
		if err != nil {
			t.Error(err)
		}
		d.Script(f)
	}
	if a := d.ask("/buyers/smshistory"); !strings.Contains(a.body, `"sms":null`) {
		t.Errorf("got %s", a.body)
	}
}

// signedAs posts with the signature of a controller.
func (d *dated) signedAs(controller, path string) answer {
	d.t.Helper()
	ts := strconv.FormatInt(d.now.Unix(), 10)
	a, err := d.do(path, values("ts", ts, "api_login", "sandbox", "signature", sandbox.Signature(controller, "sandbox", "sandbox", ts)))
	if err != nil {
		d.t.Fatal(err)
	}
	return a
}

// TestMessagesAreKept holds that messages are kept with a number each, but for
// those to nobody and of nothing, and are gone after a reset.
func TestMessagesAreKept(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sandbox.db")
	r := start(t, sandbox.Options{State: path, Control: true})
	for _, bad := range [][]string{{"id", "8", "subject", "a", "message", "b"}, {"id", "9", "subject", "a"}, {"subject", "a", "message", "b"}} {
		if a := r.post("/buyers/message/send", bad...); a.decode(t).Status != "error" {
			t.Errorf("%v: got %s", bad, a.body)
		}
	}
	for i := range 2 {
		if a := r.post("/buyers/message/send", "id", "9", "subject", "Documents", "message", "Which?\nAll?"); a.body != `{"status":"success","i_message":"`+strconv.Itoa(i+1)+`"}` {
			t.Errorf("got %s", a.body)
		}
	}
	other := start(t, sandbox.Options{State: path})
	sent, err := other.SentMessages(t.Context())
	if err != nil || len(sent) != 2 || sent[1].ID != 2 || sent[1].Vendor != 9 || sent[1].Text != "Which?\nAll?" || sent[1].Buyer != "sandbox" {
		t.Errorf("got %+v, %v", sent, err)
	}
	if err := other.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if sent, err := r.SentMessages(t.Context()); err != nil || len(sent) > 0 {
		t.Errorf("after a reset: got %+v, %v", sent, err)
	}
}

// TestOldStateIsTakenOver holds that what was bought before there were messages
// is still there, with room for them.
func TestOldStateIsTakenOver(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sandbox.db")
	first := start(t, sandbox.Options{State: path})
	first.post("/buyers/message/send", "id", "9", "subject", "a", "message", "b")
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), `DROP TABLE messages; PRAGMA user_version = 1`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	second := start(t, sandbox.Options{State: path})
	if a := second.post("/buyers/message/send", "id", "9", "subject", "a", "message", "b"); a.decode(t).Status != "success" {
		t.Errorf("got %s", a.body)
	}
}
