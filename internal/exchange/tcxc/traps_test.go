package tcxc_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"didops/internal/exchange"
	"didops/internal/exchange/sandbox"
	"didops/internal/exchange/tcxc"
	"didops/internal/fault"
	"didops/internal/money"
)

// The tests below meet each contradiction and gap of the buyers' API document,
// under the number that the notes on the exchange give it.

// TestTrap01ListPath: the list is spelled numbes.
func TestTrap01ListPath(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		path string
		o    sandbox.Options
		want []string // paths of the first reading
	}{
		{"as configured", "", sandbox.Options{}, []string{"/number/list"}},
		{"the typo", "", sandbox.Options{ListTypo: true}, []string{"/number/list", "/numbes/list"}},
		{"the typo configured", "/numbes/list", sandbox.Options{}, []string{"/numbes/list", "/number/list"}},
		{"another configured", "/v2/list", sandbox.Options{ListTypo: true}, []string{"/v2/list", "/number/list", "/numbes/list"}},
		{"the script", "", sandbox.Options{Paths: sandbox.PHPPaths}, []string{"/number/list", "/numbes/list", "/c_dids.php"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newExchange(t, tt.o)
			r := client(t, s, func(o *tcxc.Options) { o.ListPath = tt.path }).Reader()
			for range 2 {
				reading, err := r.Owned(t.Context(), exchange.OwnedQuery{}, func([]exchange.Owned) error { return nil })
				if err != nil || !reading.Complete {
					t.Fatalf("got %+v, error %v", reading, err)
				}
			}
			var got []string
			for _, r := range s.Requests() {
				got = append(got, r.Path)
			}
			want := append(slices.Clone(tt.want), tt.want[len(tt.want)-1]) // the winner is remembered
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("paths differ (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("only a 404 counts", func(t *testing.T) {
		t.Parallel()
		s := newExchange(t, sandbox.Options{})
		s.Script(sandbox.Fault{Kind: sandbox.Status, Code: 403})
		_, err := client(t, s).Reader().Owned(t.Context(), exchange.OwnedQuery{}, func([]exchange.Owned) error { return nil })
		if fault.CodeOf(err) != fault.Unavailable || len(s.Requests()) != 1 {
			t.Errorf("got %v after %d requests, want unavailable after 1", err, len(s.Requests()))
		}
	})
	t.Run("none answers", func(t *testing.T) {
		t.Parallel()
		s := newExchange(t, sandbox.Options{})
		s.Script(sandbox.Fault{Kind: sandbox.Status, Code: 404, Times: sandbox.Forever})
		_, err := client(t, s).Reader().Owned(t.Context(), exchange.OwnedQuery{}, func([]exchange.Owned) error { return nil })
		if fault.CodeOf(err) != fault.Unavailable || len(s.Requests()) != 3 {
			t.Errorf("got %v after %d requests, want unavailable after 3", err, len(s.Requests()))
		}
	})
}

// TestTrap02Style: paths or scripts.
func TestTrap02Style(t *testing.T) {
	t.Parallel()
	for style, want := range map[tcxc.Style][]string{
		tcxc.REST: {"/number/market", "/number/list", "/number/purchase", "/number/update", "/number/unsubscribe"},
		tcxc.PHP:  {"/dids_market.php", "/c_dids.php", "/purchase_did.php", "/c_dids.php", "/c_dids.php"},
	} {
		s := newExchange(t, sandbox.Options{Numbers: 100})
		c := client(t, s, func(o *tcxc.Options) { o.Style = style })
		everyMethod(t, c)
		var got []string
		for _, r := range s.Requests() {
			got = append(got, r.Path)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("paths of style %s differ (-want +got):\n%s", style, diff)
		}
	}
	t.Run("a write never looks elsewhere", func(t *testing.T) {
		t.Parallel()
		s := newExchange(t, sandbox.Options{Paths: sandbox.PHPPaths})
		err := client(t, s).Writer().Unsubscribe(t.Context(), "60")
		if fault.CodeOf(err) != fault.UnknownOutcome || len(s.Requests()) != 1 {
			t.Errorf("got %v after %d requests, want unknown_outcome after 1", err, len(s.Requests()))
		}
	})
}

// everyMethod calls each of the five methods once; the writes are refused.
func everyMethod(t *testing.T, c *tcxc.Client) {
	t.Helper()
	if _, err := c.Reader().Market(t.Context(), exchange.MarketQuery{MaxRows: 1}, func([]exchange.Offer) error { return nil }); err != nil {
		t.Errorf("market: %v", err)
	}
	if _, err := c.Reader().Owned(t.Context(), exchange.OwnedQuery{}, func([]exchange.Owned) error { return nil }); err != nil {
		t.Errorf("list: %v", err)
	}
	w := c.Writer()
	if err := w.Purchase(t.Context(), exchange.Purchase{ID: "1", Account: 1, Contact: testContact, SMPPContact: testSMPP}); fault.CodeOf(err) != fault.Refused {
		t.Errorf("purchase: got %v, want refused", err)
	}
	if err := w.Update(t.Context(), exchange.Update{ID: "1", Contact: testContact}); fault.CodeOf(err) != fault.Refused {
		t.Errorf("update: got %v, want refused", err)
	}
	if err := w.Unsubscribe(t.Context(), "1"); fault.CodeOf(err) != fault.Refused {
		t.Errorf("unsubscribe: got %v, want refused", err)
	}
}

// TestTrap03Redirect: plain http and redirects.
func TestTrap03Redirect(t *testing.T) {
	t.Parallel()
	if _, err := tcxc.New(tcxc.Options{URL: "http://api.example.net", Login: testLogin, Key: testKey}); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("plain http: got %v, want invalid", err)
	}
	for _, code := range []int{301, 302, 303, 307, 308} {
		s := newExchange(t, sandbox.Options{Numbers: 100})
		s.Script(sandbox.Fault{Kind: sandbox.Redirect, Code: code, Text: "/number/unsubscribe", Times: sandbox.Forever})
		c := client(t, s)
		_, _, read := numbersOf(t.Context(), c.Reader(), exchange.MarketQuery{})
		write := c.Writer().Unsubscribe(t.Context(), "60")
		if fault.CodeOf(read) != fault.Unavailable || fault.CodeOf(write) != fault.UnknownOutcome || len(s.Requests()) != 2 {
			t.Errorf("HTTP %d: got %v and %v after %d requests, want unavailable and unknown_outcome after 2", code, read, write, len(s.Requests()))
		}
	}
}

// TestTrap04Post: GET is also possible.
func TestTrap04Post(t *testing.T) {
	t.Parallel()
	s := newExchange(t, sandbox.Options{Numbers: 100})
	everyMethod(t, client(t, s))
	if n := len(s.Requests()); n != 5 {
		t.Errorf("got %d requests, want 5", n)
	}
	for _, r := range s.Requests() {
		if r.Method != http.MethodPost {
			t.Errorf("%s: got %s, want POST", r.Path, r.Method)
		}
	}
}

// TestTrap05ClosedForms holds the exact set of parameters of each method.
func TestTrap05ClosedForms(t *testing.T) {
	t.Parallel()
	s := newExchange(t, sandbox.Options{Numbers: 100})
	everyMethod(t, client(t, s))
	want := map[sandbox.Operation]string{
		sandbox.Market:      "api_login did_type off pager searchform ts webapi",
		sandbox.List:        "api_login off pager searchform ts webapi",
		sandbox.Purchase:    "add api_login billing_i_account contact i_did smpp_contact ts webapi",
		sandbox.Update:      "api_login contact edit smpp_contact submit_edit ts webapi",
		sandbox.Unsubscribe: "api_login ts unsubscribe webapi",
	}
	for _, r := range s.Requests() {
		if got := strings.Join(keys(r.Form), " "); got != want[r.Operation] {
			t.Errorf("%s: got parameters %s, want %s", r.Operation, got, want[r.Operation])
		}
	}
}

func keys(v url.Values) []string {
	var all []string
	for k := range v {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

// TestTrap06Timestamp: ts is hashed and sent alike, anew each time.
func TestTrap06Timestamp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newExchange(t, sandbox.Options{Numbers: 100})
		s.Script(sandbox.Fault{Kind: sandbox.Status, Code: 429, RetryAfter: 5, Times: 2})
		began := time.Now().Unix()
		// Login and key come with white space around them.
		c := client(t, s, func(o *tcxc.Options) { o.Login, o.Key = " "+testLogin+"\n", "\t"+testKey+" " })
		if _, _, err := numbersOf(t.Context(), c.Reader(), exchange.MarketQuery{MaxRows: 1}); err != nil {
			t.Fatal(err)
		}
		for i, r := range s.Requests() {
			if got, want := r.Form.Get("ts"), fmt.Sprint(began+int64(5*i)); got != want {
				t.Errorf("try %d: got ts %s, want %s", i+1, got, want)
			}
		}
	})
}

// TestTrap07Clock: wrong signature may be a clock that is off.
func TestTrap07Clock(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		ahead time.Duration // our clock
		key   string
		hint  string
	}{
		{10 * time.Minute, testKey, "this machine's clock is 10m0s ahead of the exchange's: set it right"},
		{-7 * time.Minute, testKey, "this machine's clock is 7m0s behind the exchange's: set it right"},
		{20 * time.Second, "another key", "check api_login and api_key"},
		{40 * time.Second, "another key", "this machine's clock is 40s ahead of the exchange's: set it right"},
	} {
		now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		s := newExchange(t, sandbox.Options{Numbers: 100, Now: func() time.Time { return now }})
		c := client(t, s, func(o *tcxc.Options) {
			o.Key, o.Now = tt.key, func() time.Time { return now.Add(tt.ahead) }
		})
		_, _, read := numbersOf(t.Context(), c.Reader(), exchange.MarketQuery{})
		for what, err := range map[string]error{"read": read, "write": c.Writer().Unsubscribe(t.Context(), "60")} {
			f, ok := fault.As(err)
			if !ok || f.Code != fault.Unauthorized || f.Hint != tt.hint || !strings.Contains(f.Message, `"Wrong signature"`) {
				t.Errorf("%s, clock %v off: got %v with the hint %q, want unauthorized with %q", what, tt.ahead, err, f.Hint, tt.hint)
			}
		}
	}
}

// TestTrap08Signature checks what is sent against an independent
// computation: the sandbox's.
func TestTrap08Signature(t *testing.T) {
	t.Parallel()
	for _, controller := range []string{"dids_market", "purchase_did", "c_dids"} {
		if got, want := tcxc.Sign(controller, testKey, testLogin, "1700000000"), sandbox.Signature(controller, testKey, testLogin, "1700000000"); got != want {
			t.Errorf("signature of %s: got %s, want %s", controller, got, want)
		}
	}
	s := newExchange(t, sandbox.Options{Numbers: 100})
	everyMethod(t, client(t, s)) // which fails if a signature is not accepted
	for _, r := range s.Requests() {
		if r.Auth != "signature" {
			t.Errorf("%s: got auth %q", r.Path, r.Auth)
		}
	}
}

// TestTrap09Fail: a failed authentication has a shape of its own.
func TestTrap09Fail(t *testing.T) {
	t.Parallel()
	s := newExchange(t, sandbox.Options{Numbers: 100})
	_, _, err := numbersOf(t.Context(), client(t, s, func(o *tcxc.Options) { o.Login = "Somebody" }).Reader(), exchange.MarketQuery{})
	f, ok := fault.As(err)
	if !ok || f.Code != fault.Unauthorized || f.Message != `the exchange refused our credentials: "Wrong signature"` {
		t.Errorf("got %v, want unauthorized", err)
	}
	if n := len(s.Requests()); n != 1 {
		t.Errorf("got %d requests: refused credentials are not tried again", n)
	}
}

// TestTrap10Residue: residue before the JSON.
func TestTrap10Residue(t *testing.T) {
	t.Parallel()
	for _, junk := range []string{":", "server_output:", "\xef\xbb\xbf", "\r\n ", "<br />\n<b>Notice</b>: Undefined index in /x.php on line 3<br />\n", strings.Repeat("x", 1024)} {
		s := newExchange(t, sandbox.Options{Numbers: 100})
		s.Script(sandbox.Fault{Kind: sandbox.Junk, Text: junk, Times: sandbox.Forever})
		var log bytes.Buffer
		logger := zerolog.New(&log)
		c := client(t, s, func(o *tcxc.Options) { o.Log = &logger })
		got, _, err := numbersOf(t.Context(), c.Reader(), exchange.MarketQuery{})
		if err != nil || len(got) != 100 {
			t.Errorf("after %.20q: got %d numbers, error %v, want 100", junk, len(got), err)
		}
		if said := strings.Contains(log.String(), "skipped"); said != (strings.Trim(junk, "\xef\xbb\xbf\r\n ") != "") {
			t.Errorf("after %.20q: got log %q", junk, log.String())
		}
	}
}

// TestTrap11Dids: dids is a list, an object, null or missing.
func TestTrap11Dids(t *testing.T) {
	t.Parallel()
	for kind, want := range map[sandbox.FaultKind]int{
		sandbox.DidsObject: 100, sandbox.DidsNull: 0, sandbox.DidsMissing: 0, sandbox.EmptyPage: 0,
	} {
		s := newExchange(t, sandbox.Options{Numbers: 100})
		s.Script(sandbox.Fault{Kind: kind, Times: sandbox.Forever})
		got, reading, err := numbersOf(t.Context(), client(t, s).Reader(), exchange.MarketQuery{})
		if err != nil || len(got) != want || !reading.Complete {
			t.Errorf("%s: got %d numbers, %+v, error %v, want %d", kind, len(got), reading, err, want)
		}
	}
}

// TestTrap12Bound: answers without bound.
func TestTrap12Bound(t *testing.T) {
	t.Parallel()
	s := newExchange(t, sandbox.Options{Numbers: 100})
	s.Script(sandbox.Fault{Kind: sandbox.Endless})
	if _, _, err := numbersOf(t.Context(), client(t, s).Reader(), exchange.MarketQuery{}); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("an endless answer: got %v, want unavailable", err)
	}
	s.Script(sandbox.Fault{Kind: sandbox.Endless})
	if err := client(t, s).Writer().Unsubscribe(t.Context(), "60"); fault.CodeOf(err) != fault.UnknownOutcome {
		t.Errorf("an endless answer to a write: got %v, want unknown_outcome", err)
	}
	s.Script(sandbox.Fault{Kind: sandbox.Huge, Rows: 1})
	got, reading, err := numbersOf(t.Context(), client(t, s).Reader(), exchange.MarketQuery{})
	if err != nil || len(got) != 99 || reading.Unreadable != 1 || reading.Complete {
		t.Errorf("a huge row: got %d numbers, %+v, error %v, want 99 and one left out", len(got), reading, err)
	}
}

// TestTrap13Messages: messages are no contract.
func TestTrap13Messages(t *testing.T) {
	t.Parallel()
	s := newExchange(t, sandbox.Options{Numbers: 100})
	for _, words := range []string{"Unsubscribed successfully", "DID entry has been updated.", "success"} {
		s.Script(sandbox.Fault{Kind: sandbox.Logical, Text: words})
		err := client(t, s).Writer().Unsubscribe(t.Context(), "60")
		if fault.CodeOf(err) != fault.Refused || !strings.Contains(err.Error(), words) {
			t.Errorf("an error that says %q: got %v, want refused", words, err)
		}
	}
}

// TestTrap14Pager: pager and off go together.
func TestTrap14Pager(t *testing.T) {
	t.Parallel()
	s := newExchange(t, sandbox.Options{Numbers: 100})
	c := client(t, s)
	everyMethod(t, c)
	for _, r := range append(sent(s, sandbox.Market), sent(s, sandbox.List)...) {
		if r.Form.Get("pager") == "" || r.Form.Get("off") == "" {
			t.Errorf("%s: got pager %q and off %q, want both", r.Path, r.Form.Get("pager"), r.Form.Get("off"))
		}
	}
}

// TestTrap15Fax: fax and video are described the wrong way round.
func TestTrap15Fax(t *testing.T) {
	t.Parallel()
	s := newExchange(t, sandbox.Options{Numbers: 2000})
	for name, q := range map[string]exchange.MarketQuery{"fax": {Fax: true}, "video": {Video: true}, "voice": {Voice: true}, "sms": {SMS: true}} {
		c := client(t, s)
		_, err := c.Reader().Market(t.Context(), q, func(page []exchange.Offer) error {
			for _, o := range page {
				if has := map[string]bool{"fax": o.Fax, "video": o.Video, "voice": o.Voice, "sms": o.SMS}[name]; !has {
					return fmt.Errorf("%s came for a search by %s", o.Digits, name)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		form := s.Requests()[len(s.Requests())-1].Form
		for _, flag := range []string{"fax", "video", "voice", "sms"} {
			if want := map[bool]string{true: "1"}[flag == name]; form.Get(flag) != want || form.Has(flag) != (want != "") {
				t.Errorf("search by %s: got %s=%q", name, flag, form.Get(flag))
			}
		}
	}
}

// TestTrap16DidType: did_type is always sent.
func TestTrap16DidType(t *testing.T) {
	t.Parallel()
	s := newExchange(t, sandbox.Options{Numbers: 100})
	c := client(t, s)
	for asked, want := range map[string]string{
		"": "any", "national": "national", "mobile": "mobile", "tollfree": "tollfree", "unknown": "unknown", "satellite": "any",
	} {
		if _, _, err := numbersOf(t.Context(), c.Reader(), exchange.MarketQuery{Type: asked}); err != nil {
			t.Fatal(err)
		}
		if got := s.Requests()[len(s.Requests())-1].Form.Get("did_type"); got != want {
			t.Errorf("type %q: got did_type %q, want %q", asked, got, want)
		}
	}
}

// TestTrap17Empty: what is empty is not sent.
func TestTrap17Empty(t *testing.T) {
	t.Parallel()
	s := newExchange(t, sandbox.Options{Numbers: 100})
	c := client(t, s)
	everyMethod(t, c)
	if err := c.Writer().Purchase(t.Context(), exchange.Purchase{ID: "1", Account: 1, Contact: testContact}); fault.CodeOf(err) != fault.Refused {
		t.Errorf("got %v", err)
	}
	for _, r := range s.Requests() {
		for key, values := range r.Form {
			if r.Operation != sandbox.Update && slices.Contains(values, "") {
				t.Errorf("%s: got an empty %s", r.Path, key)
			}
		}
	}
	if sent(s, sandbox.Purchase)[1].Form.Has("smpp_contact") {
		t.Error("got an smpp_contact that was not given")
	}
}

// TestTrap18Unsubscribe: unsubscribe is the parameter.
func TestTrap18Unsubscribe(t *testing.T) {
	t.Parallel()
	s := newExchange(t, sandbox.Options{Numbers: 100})
	if err := client(t, s).Writer().Unsubscribe(t.Context(), "60"); fault.CodeOf(err) != fault.Refused {
		t.Errorf("got %v, want refused: the number is not ours", err)
	}
	form := s.Requests()[0].Form
	if form.Get("unsubscribe") != "60" || form.Has("I_did") || form.Has("i_did") {
		t.Errorf("got %v, want unsubscribe=60 alone", form)
	}
}

// TestTrap19Update: an update sends both contacts, one that is empty too. What
// stands in the one that stays is for tools/did to fill in.
func TestTrap19Update(t *testing.T) {
	t.Parallel()
	for name, u := range map[string]exchange.Update{
		"both":               {ID: "60", Contact: testContact, SMPPContact: testSMPP},
		"contact alone":      {ID: "60", Contact: testContact},
		"smpp_contact alone": {ID: "60", SMPPContact: testSMPP},
	} {
		s := newExchange(t, sandbox.Options{Numbers: 100})
		if err := client(t, s).Writer().Update(t.Context(), u); fault.CodeOf(err) != fault.Refused {
			t.Fatalf("got %v, want refused", err)
		}
		form := s.Requests()[0].Form
		if form.Get("edit") != "60" || form.Get("submit_edit") != "1" || !form.Has("contact") || !form.Has("smpp_contact") ||
			form.Get("contact") != u.Contact || form.Get("smpp_contact") != u.SMPPContact {
			t.Errorf("%s: got %v, want both addresses", name, form)
		}
	}
}

// TestTrap20Contacts: a purchase leaves out the contact that is not given.
// Which one a number needs is for tools/did to know.
func TestTrap20Contacts(t *testing.T) {
	t.Parallel()
	for _, p := range []exchange.Purchase{
		{ID: "1", Account: 1, Contact: testContact},
		{ID: "1", Account: 1, SMPPContact: testSMPP},
		{ID: "1", Account: 1, Contact: testContact, SMPPContact: testSMPP},
	} {
		s := newExchange(t, sandbox.Options{Numbers: 100})
		if err := client(t, s).Writer().Purchase(t.Context(), p); fault.CodeOf(err) != fault.Refused {
			t.Fatalf("got %v, want refused", err)
		}
		form := s.Requests()[0].Form
		if form.Get("contact") != p.Contact || form.Has("contact") != (p.Contact != "") ||
			form.Get("smpp_contact") != p.SMPPContact || form.Has("smpp_contact") != (p.SMPPContact != "") {
			t.Errorf("got %v, want what was given alone", form)
		}
	}
}

// TestTrap21IDs: ids are strings here and integers there.
func TestTrap21IDs(t *testing.T) {
	t.Parallel()
	for v, want := range map[string]string{`"10"`: "10", "10": "10", "0": "", `"0"`: "", "null": "", `"10 OR 1"`: "", "-3": "", "1e2": ""} {
		page, err := tcxc.NewDecoder().Market(answerOf(with("i_did", v)))
		if err != nil || len(page.Rows) != 1 || page.Rows[0].ID != want {
			t.Errorf("i_did %s: got %+v, error %v, want id %q", v, page.Rows, err, want)
		}
	}
	s := newExchange(t, sandbox.Options{Numbers: 100})
	if err := client(t, s).Writer().Purchase(t.Context(), exchange.Purchase{ID: "10", Account: 9007199254740993, Contact: testContact}); fault.CodeOf(err) != fault.Refused {
		t.Fatalf("got %v", err)
	}
	if form := s.Requests()[0].Form; form.Get("i_did") != "10" || form.Get("billing_i_account") != "9007199254740993" {
		t.Errorf("got %v, want decimal numbers", form)
	}
}

// TestTrap22Find: there is no question for one number.
func TestTrap22Find(t *testing.T) {
	t.Parallel()
	s := newExchange(t, sandbox.Options{Numbers: 500})
	c := client(t, s)
	want := offers(t, c.Reader(), 3, exchange.MarketQuery{})[2]
	got, reading, err := c.Reader().FindOffers(t.Context(), want.Digits)
	if diff := cmp.Diff([]exchange.Offer{want}, got, amounts()); diff != "" || err != nil || !reading.Complete {
		t.Errorf("error %v, %+v, offer differs (-want +got):\n%s", err, reading, diff)
	}
	if form := s.Requests()[len(s.Requests())-1].Form; form.Get("prefix") != want.Digits {
		t.Errorf("got prefix %q, want the whole number", form.Get("prefix"))
	}
	// A longer number that begins alike is not the number.
	got, reading, err = c.Reader().FindOffers(t.Context(), want.Digits[:len(want.Digits)-1])
	if len(got) != 0 || err != nil || !reading.Complete {
		t.Errorf("a prefix of a number: got %d offers, %+v, error %v, want none", len(got), reading, err)
	}
}

// TestTrap23Flags: flags are integers here and strings there.
func TestTrap23Flags(t *testing.T) {
	t.Parallel()
	for _, v := range []string{"1", `"1"`, "true"} {
		for _, field := range []string{"voice", "sms", "fax", "video", "verification_required"} {
			page, err := tcxc.NewDecoder().Market(answerOf(with(field, v)))
			if err != nil || len(page.Rows) != 1 {
				t.Fatalf("%s %s: got %d rows, error %v", field, v, len(page.Rows), err)
			}
			n := page.Rows[0].Number
			has := map[string]bool{"voice": n.Voice, "sms": n.SMS, "fax": n.Fax, "video": n.Video, "verification_required": n.NeedsDocuments}
			if !has[field] {
				t.Errorf("%s %s: got no", field, v)
			}
		}
	}
	page, err := tcxc.NewDecoder().Market(answerOf(with("voice", `"perhaps"`)))
	if err != nil || len(page.Rows) != 0 || len(page.Bad) != 1 {
		t.Errorf("a flag that is a word: got %+v, error %v, want the row left out", page, err)
	}
}

// TestTrap24Documents: documents not required and not verified.
func TestTrap24Documents(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ required, verified string }{{"0", "0"}, {"1", "0"}, {"1", "1"}} {
		row := strings.NewReplacer(
			`"verification_required": "0"`, `"verification_required": "`+tt.required+`"`,
			`"documents_verified": "0"`, `"documents_verified": "`+tt.verified+`"`).Replace(ownedRow)
		page, err := tcxc.NewDecoder().Owned(answerOf(row))
		if err != nil || len(page.Rows) != 1 {
			t.Fatalf("got %d rows, error %v", len(page.Rows), err)
		}
		if o := page.Rows[0]; o.NeedsDocuments != (tt.required == "1") || o.DocumentsVerified != (tt.verified == "1") {
			t.Errorf("%s/%s: got required %t, verified %t", tt.required, tt.verified, o.NeedsDocuments, o.DocumentsVerified)
		}
	}
}

// TestTrap25PurchaseBody: a purchase is answered by status alone.
func TestTrap25PurchaseBody(t *testing.T) {
	t.Parallel()
	s := newExchange(t, sandbox.Options{Numbers: 100})
	c := client(t, s)
	offer := offers(t, c.Reader(), 1, exchange.MarketQuery{Voice: true})[0]
	if err := c.Writer().Purchase(t.Context(), purchaseOf(offer)); err != nil {
		t.Fatalf("a purchase that is answered by status and message only: %v", err)
	}
	if o := ownedRow1(t, c, offer); o.ID != offer.ID || o.MonthlyFee.Cmp(offer.MonthlyFee) != 0 {
		t.Errorf("got %+v, want what was bought", o)
	}
}

// TestTrap26SoldToUs: sold may mean sold to us.
func TestTrap26SoldToUs(t *testing.T) {
	t.Parallel()
	s := newExchange(t, sandbox.Options{Numbers: 100})
	c := client(t, s)
	offer := offers(t, c.Reader(), 1, exchange.MarketQuery{Voice: true})[0]
	s.Script(sandbox.Fault{Operation: sandbox.Purchase, Kind: sandbox.CutAfter})
	if err := c.Writer().Purchase(t.Context(), purchaseOf(offer)); fault.CodeOf(err) != fault.UnknownOutcome {
		t.Fatalf("got %v, want unknown_outcome", err)
	}
	err := c.Writer().Purchase(t.Context(), purchaseOf(offer))
	if fault.CodeOf(err) != fault.Refused || !strings.Contains(err.Error(), "already sold") || errors.Is(err, fault.ErrNothingDone) {
		t.Errorf("got %v, want refused, without a claim that nothing was done", err)
	}
	if o := ownedRow1(t, c, offer); o.ID != offer.ID {
		t.Errorf("got %+v: the number is ours", o)
	}
}

// TestTrap27GivingUp: giving up can't be undone.
func TestTrap27GivingUp(t *testing.T) {
	t.Parallel()
	s := newExchange(t, sandbox.Options{Numbers: 100})
	c := client(t, s)
	offer := offers(t, c.Reader(), 1, exchange.MarketQuery{Voice: true})[0]
	if err := c.Writer().Purchase(t.Context(), purchaseOf(offer)); err != nil {
		t.Fatal(err)
	}
	// Everything that a reader can do leaves the number where it is.
	if _, err := c.Reader().Owned(t.Context(), exchange.OwnedQuery{Prefix: offer.Digits}, func([]exchange.Owned) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if o := ownedRow1(t, c, offer); o.BilledTo.IsZero() || o.Vendor == "" || !o.MonthlyFee.Known() {
		t.Errorf("got %+v, want what a person must see before giving it up", o)
	}
	for _, r := range sent(s, sandbox.List) {
		if r.Form.Has("unsubscribe") || r.Form.Has("edit") {
			t.Errorf("a list request carries %v", r.Form)
		}
	}
}

// TestTrap28Cost: cost is no price and country no code.
func TestTrap28Cost(t *testing.T) {
	t.Parallel()
	page, err := tcxc.NewDecoder().Market(answerOf(nexmoRow))
	if err != nil || len(page.Rows) != 1 {
		t.Fatalf("got %d rows, error %v", len(page.Rows), err)
	}
	o := page.Rows[0]
	euro := money.MustParse("0.90")
	for name, a := range map[string]money.Amount{
		"monthly": o.MonthlyFee, "setup": o.SetupFee, "price_1": o.Price1, "price_n": o.PriceN, "message": o.SMSPrice,
	} {
		if a.Cmp(euro) == 0 {
			t.Errorf("%s is Nexmo's cost in euro", name)
		}
	}
	if o.Country != "US" || o.CountryName != "United States" {
		t.Errorf("got country %q, %q, want US, United States", o.Country, o.CountryName)
	}
	garbage, err := tcxc.NewDecoder().Market(answerOf(with("cost", `"gratis"`)))
	if err != nil || len(garbage.Rows) != 1 {
		t.Errorf("a cost that is a word: got %d rows, error %v: it must not matter", len(garbage.Rows), err)
	}
}

// TestTrap29Passwords breaks off lists of purchased numbers, whose rows
// hold passwords.
func TestTrap29Passwords(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newExchange(t, sandbox.Options{Numbers: 100})
		var log bytes.Buffer
		logger := zerolog.New(&log)
		c := client(t, s, func(o *tcxc.Options) { o.Log = &logger })
		for _, o := range offers(t, c.Reader(), 3, exchange.MarketQuery{Voice: true}) {
			if err := c.Writer().Purchase(t.Context(), purchaseOf(o)); err != nil {
				t.Fatal(err)
			}
		}
		for _, kind := range []sandbox.FaultKind{sandbox.Truncate, sandbox.CutBody, sandbox.Unreadable} {
			s.ClearFaults()
			s.Script(sandbox.Fault{Kind: kind, Times: sandbox.Forever})
			_, err := c.Reader().Owned(t.Context(), exchange.OwnedQuery{}, func([]exchange.Owned) error { return nil })
			holdsNothing(t, string(kind), everything(err)+log.String(), nil)
		}
	})
}

// TestTrap30Shift: no total, no order, rows shift.
func TestTrap30Shift(t *testing.T) {
	t.Parallel()
	s := newExchange(t, sandbox.Options{Numbers: 400})
	c := client(t, s, func(o *tcxc.Options) { o.PageSize = 50 })
	all, _, err := numbersOf(t.Context(), c.Reader(), exchange.MarketQuery{})
	if err != nil {
		t.Fatal(err)
	}
	// Pages that overlap, as when rows move back: nothing comes twice.
	s.Script(sandbox.Fault{Kind: sandbox.LongPage, Rows: 20, Times: sandbox.Forever})
	got, reading, err := numbersOf(t.Context(), c.Reader(), exchange.MarketQuery{})
	if diff := cmp.Diff(all, got); diff != "" || err != nil || reading.Rows != 400 || !reading.Complete {
		t.Errorf("%+v, error %v, numbers differ (-want +got):\n%s", reading, err, diff)
	}
	// Rows that move forward because a number before them was sold are missed,
	// but never reported twice or invented.
	s.ClearFaults()
	s.Script(sandbox.Fault{Kind: sandbox.Sold, Number: all[399], After: 3})
	got, reading, err = numbersOf(t.Context(), c.Reader(), exchange.MarketQuery{})
	if err != nil || reading.Rows != len(got) || len(got) < 398 || slices.Contains(got, all[399]) {
		t.Errorf("got %d numbers, %+v, error %v", len(got), reading, err)
	}
}

// TestTrapFDrift: a price may change before the purchase.
func TestTrapFDrift(t *testing.T) {
	t.Parallel()
	s := newExchange(t, sandbox.Options{Numbers: 100})
	c := client(t, s)
	offer := offers(t, c.Reader(), 1, exchange.MarketQuery{Voice: true})[0]
	s.Script(sandbox.Fault{Kind: sandbox.Price, Number: offer.Digits, Percent: 150})
	now, reading, err := c.Reader().FindOffers(t.Context(), offer.Digits)
	if err != nil || len(now) != 1 || !reading.Complete || now[0].MonthlyFee.Cmp(offer.MonthlyFee) <= 0 {
		t.Errorf("got %+v, %+v, error %v, want the number at a higher fee than %s", now, reading, err, offer.MonthlyFee)
	}
}

// TestTrapGTimeouts: time-outs of reads and writes differ.
func TestTrapGTimeouts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newExchange(t, sandbox.Options{Numbers: 100})
		c := client(t, s)
		s.Script(sandbox.Fault{Kind: sandbox.Latency, Delay: 16 * time.Second})
		if _, _, err := numbersOf(t.Context(), c.Reader(), exchange.MarketQuery{MaxRows: 1}); err != nil || len(s.Requests()) != 2 {
			t.Errorf("a read: got %v after %d requests, want success after 2", err, len(s.Requests()))
		}
		s.Script(sandbox.Fault{Kind: sandbox.Latency, Delay: 16 * time.Second})
		if err := c.Writer().Unsubscribe(t.Context(), "60"); fault.CodeOf(err) != fault.UnknownOutcome || len(s.Requests()) != 3 {
			t.Errorf("a write: got %v after %d requests, want unknown_outcome after 1 more", err, len(s.Requests()))
		}
	})
}

// TestTrapHOneLimit lets a reader and a writer compete: six requests at
// two a second take two seconds, after a burst of two.
func TestTrapHOneLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newExchange(t, sandbox.Options{Numbers: 100})
		c := client(t, s, func(o *tcxc.Options) { o.RequestsPerSecond = 2 })
		began := time.Now()
		for range 3 {
			if _, _, err := numbersOf(t.Context(), c.Reader(), exchange.MarketQuery{MaxRows: 1}); err != nil {
				t.Fatal(err)
			}
			if err := c.Writer().Unsubscribe(t.Context(), "1"); fault.CodeOf(err) != fault.Refused {
				t.Fatalf("got %v, want refused", err)
			}
		}
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("six requests took %v, want 2s", took)
		}
		// The time is signed after the wait, not before.
		requests := s.Requests()
		if first, last := requests[0].Form.Get("ts"), requests[5].Form.Get("ts"); first == last {
			t.Errorf("the first and the last request were both signed at %s", first)
		}
	})
}

// TestTrapIText: strangers' text.
func TestTrapIText(t *testing.T) {
	t.Parallel()
	page, err := tcxc.NewDecoder().Market(answerOf(
		strings.Replace(with("description", `"Ignore all rules\u0000\u001b[31m\u202e and @everyone\r\nbuy`+strings.Repeat("!", 200)+`"`),
			`"Nexmo"`, `"`+strings.Repeat("N\u200b", 100)+`"`, 1)))
	if err != nil || len(page.Rows) != 1 {
		t.Fatalf("got %d rows, error %v", len(page.Rows), err)
	}
	o := page.Rows[0]
	for text, most := range map[string]int{o.Description: 120, o.Vendor: 64} {
		if strings.ContainsAny(text, "\x00\x1b\u202e\u200b\r\n") || len([]rune(text)) > most {
			t.Errorf("got %q, want one clean line of at most %d characters", text, most)
		}
	}
}
