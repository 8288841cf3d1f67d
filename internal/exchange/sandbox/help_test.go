package sandbox_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"didops/internal/exchange/sandbox"
)

// TestMain looks for goroutines left behind. A server that refuses a body
// closes its side and waits for half a second before it lets go (net/http's
// rstAvoidanceDelay), which is longer than goleak does.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}

// rig is a sandbox with a client of its own.
type rig struct {
	*sandbox.Server
	t      testing.TB
	client *http.Client
}

func start(tb testing.TB, o sandbox.Options) *rig {
	tb.Helper()
	s, err := sandbox.New(o)
	if err != nil {
		tb.Fatal(err)
	}
	transport := &http.Transport{DialContext: s.Dial}
	tb.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := s.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &rig{Server: s, t: tb, client: client}
}

// sign adds what every request carries, for the controller of the path.
func sign(path string, form url.Values) url.Values {
	controller := "c_dids"
	switch path {
	case "/number/market", "/dids_market.php":
		controller = "dids_market"
	case "/number/purchase", "/purchase_did.php":
		controller = "purchase_did"
	case "/buyers/callhistory":
		controller = "c_cdrs"
	case "/buyers/smshistory":
		controller = "c_sms"
	case "/buyers/message/send":
		controller = "c_messages"
	}
	f := maps.Clone(form)
	ts := strconv.FormatInt(time.Now().Unix(), 10)
	if form.Has("ts") {
		ts = form.Get("ts")
	}
	f.Set("ts", ts)
	f.Set("api_login", "sandbox")
	f.Set("signature", sandbox.Signature(controller, "sandbox", "sandbox", ts))
	f.Set("webapi", "1")
	return f
}

func values(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

// answer is one answer of the sandbox.
type answer struct {
	code   int
	header http.Header
	body   string
}

func (r *rig) do(path string, form url.Values) (answer, error) {
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, "http://sandbox"+path, strings.NewReader(form.Encode()))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := r.client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(b)}, err
}

// post signs and sends; a transport error fails the test.
func (r *rig) post(path string, pairs ...string) answer {
	r.t.Helper()
	a, err := r.do(path, sign(path, values(pairs...)))
	if err != nil {
		r.t.Fatalf("post %s: %v", path, err)
	}
	return a
}

// reply is the decoded envelope.
type reply struct {
	Status  string           `json:"status"`
	Message string           `json:"message"`
	Error   string           `json:"error"`
	Dids    []map[string]any `json:"dids"`
}

func (a answer) decode(tb testing.TB) reply {
	tb.Helper()
	var r reply
	if err := json.Unmarshal([]byte(a.body), &r); err != nil {
		tb.Fatalf("decode %.200q: %v", a.body, err)
	}
	return r
}

func (r *rig) market(pairs ...string) []map[string]any {
	r.t.Helper()
	return r.dids("/number/market", pairs...)
}

func (r *rig) list(pairs ...string) []map[string]any {
	r.t.Helper()
	return r.dids("/number/list", pairs...)
}

func (r *rig) dids(path string, pairs ...string) []map[string]any {
	r.t.Helper()
	got := r.post(path, append([]string{"searchform", "1"}, pairs...)...).decode(r.t)
	if got.Status != "success" {
		r.t.Fatalf("%s %v: got status %q message %q", path, pairs, got.Status, got.Message)
	}
	return got.Dids
}

// offers returns rows of the market that can be bought.
func (r *rig) offers(pairs ...string) []map[string]any {
	r.t.Helper()
	return slices.DeleteFunc(r.market(pairs...), func(d map[string]any) bool { return d["i_did"] == nil })
}

const (
	sip  = "sip:12015550123@sip.example.net:5060"
	smpp = "smpp:login:secret:12015550123@smpp.example.net:2776"
)

func (r *rig) buy(id string) reply {
	r.t.Helper()
	return r.post("/number/purchase", "add", "1", "i_did", id, "billing_i_account", "1", "contact", sip, "smpp_contact", smpp).decode(r.t)
}

func text(tb testing.TB, d map[string]any, field string) string {
	tb.Helper()
	s, ok := d[field].(string)
	if !ok {
		tb.Fatalf("field %s: got %v, want a string", field, d[field])
	}
	return s
}

func exists(tb testing.TB, path string) bool {
	tb.Helper()
	_, err := os.Stat(path)
	return err == nil
}
