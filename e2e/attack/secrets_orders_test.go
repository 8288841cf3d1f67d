package attack_test

import (
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"didops/e2e/harness"
	"didops/internal/exchange/sandbox"
	"didops/internal/testing/wide"
)

// misbehaviour is how an exchange answers what would change something.
type misbehaviour struct {
	name    string
	honest  bool // it answers as it should
	commits bool // it carries out what it was asked before it answers
	answer  func(w http.ResponseWriter, said string)
	slow    bool // every try takes a while, so there are few
}

func misbehaviours() []misbehaviour {
	asIs := func(s string) string { return s }
	return []misbehaviour{
		{name: "none", honest: true, commits: true},
		{name: "no, with reasons", answer: answerWith(200, "application/json", `{"status":"error","message":%s}`, harness.Quote)},
		{name: "no, with an unknown status", commits: true, answer: answerWith(200, "application/json", `{"status":%s}`, harness.Quote)},
		{name: "HTTP 400", answer: answerWith(400, "application/json", `{"status":"error","error":%s}`, harness.Quote)},
		{name: "HTTP 401", slow: true, answer: answerWith(401, "text/plain", "%s", asIs)},
		{name: "a wrong signature", slow: true, answer: answerWith(200, "application/json", `{"status":"fail","error":%s}`, func(s string) string { return harness.Quote("Wrong signature " + s) })},
		{name: "HTTP 500", commits: true, answer: answerWith(500, "text/html", "<html>%s</html>", html.EscapeString)},
		{name: "plain text", commits: true, answer: answerWith(200, "text/plain", "%s", asIs)},
		{name: "something before", commits: true, answer: answerWith(200, "application/json", `%s{"status":"success"}`, url.QueryEscape)},
		{name: "half of it", commits: true, answer: answerWith(200, "application/json", `{"status":"success","message":%.300s`, harness.Quote)},
		{name: "a redirect", commits: true, answer: func(w http.ResponseWriter, said string) {
			w.Header().Set("Location", "http://192.0.2.1/?"+said)
			w.WriteHeader(http.StatusTemporaryRedirect)
		}},
		{name: "a cut", commits: true, answer: func(http.ResponseWriter, string) { panic(http.ErrAbortHandler) }},
	}
}

// leaky is a user with secrets, and an exchange that gives them away.
type leaky struct {
	*harness.Target
	*vault
	bad      misbehaviour
	clients  []int       // which ask by dialogs
	troubled atomic.Bool // it misbehaves by now, in what would change something
	mute     atomic.Bool // and in what only reads
}

const leakyConfig = `
[exchange]
url = %q
api_login = %q
api_key = %q
billing_account = 1
requests_per_second = 1000
timeout = "30s"
read_deadline = %q
[routing]
contact = "sip:{number}@sip.example.net:5060"
smpp_contact = %q
[limits]
max_order_total = ""
max_day_total = ""
max_open_orders = 0
[approval]
elicitation = "on"
[store]
url = "sqlite:%s"
[http]
listen = "127.0.0.1:0"
requests_per_minute = 100000
[[http.clients]]
name = "team"
token_sha256 = "%s"
may_elicit = true
[log]
level = "trace"
`

// newLeaky makes one that gives up on what it can't read after a while.
func newLeaky(t *testing.T, bad misbehaviour, patience time.Duration) *leaky {
	t.Helper()
	o := &leaky{vault: newVault(), bad: bad}
	o.Target = &harness.Target{Machine: harness.NewMachine(t)}
	var err error
	o.Market, err = sandbox.New(sandbox.Options{Seed: harness.ExchangeSeed, Numbers: 2000, Key: markedKey, Now: o.Now})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(o)
	t.Cleanup(func() { server.Close(); _ = o.Market.Close() })
	path := filepath.Join(t.TempDir(), "config.toml") // not in the home, which is searched
	sum := sha256.Sum256([]byte(markedBearer))
	text := fmt.Sprintf(leakyConfig, server.URL, harness.ExchangeLogin, markedKey, patience.String(), markedSMPP, o.storeFile(), hex.EncodeToString(sum[:]))
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	o.Env["DIDOPS_CONFIG"] = path
	return o
}

func (o *leaky) storeFile() string { return filepath.Join(o.Env["HOME"], "orders.db") }

// ServeHTTP is the exchange: it repeats what it is told, and the key, where
// it misbehaves.
func (o *leaky) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	form, _ := url.ParseQuery(string(body))
	o.mu.Lock()
	o.signatures[form.Get("signature")] = true
	o.mu.Unlock()
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	writes := !strings.HasSuffix(r.URL.Path, "/list") && !strings.HasSuffix(r.URL.Path, "/market")
	said := string(body) + " " + form.Get("smpp_contact") + " " + form.Get("signature") + " " + markedKey
	switch {
	case !writes && o.mute.Load():
		answerWith(200, "text/html", "<html>%s</html>", html.EscapeString)(w, said+markedSMPP)
	case !writes || !o.troubled.Load() || o.bad.honest:
		o.Market.ServeHTTP(w, r)
	default:
		if o.bad.commits {
			o.Market.ServeHTTP(httptest.NewRecorder(), r)
		}
		o.bad.answer(w, said)
	}
}

// does runs a command with a person at the terminal, and keeps what it wrote.
func (o *leaky) does(t *testing.T, types harness.Typing, args ...string) harness.Result {
	t.Helper()
	r := o.AtTerminal(t, types, args...)
	o.keep(strings.Join(args, " "), r.Out+r.Err)
	return r
}

// hears keeps what a client is told, but for a handle where it belongs.
func (o *leaky) hears(c *harness.Client, tool, args string) harness.Answer {
	c.T.Helper()
	a := c.Call(tool, args)
	o.keep("mcp: "+tool, a.Raw)
	for _, q := range c.Asked {
		o.keep("a dialog", q)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, h := range c.Handles {
		o.others[h] = true
	}
	return a
}

// texting returns numbers that take messages, so that a password is needed.
func (o *leaky) texting(t *testing.T) []harness.Lot {
	t.Helper()
	r := o.does(t, "", "did", "search", "--sms", "--voice", "--documents", "not_required", "--limit", "100", "--json")
	var found struct {
		Numbers []harness.Lot `json:"numbers"`
	}
	if err := json.Unmarshal([]byte(r.Out), &found); err != nil || len(found.Numbers) < 20 {
		t.Fatalf("got exit %d and %s", r.Code, r.Err)
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(found.Numbers, func(l harness.Lot) bool { twice := seen[l.Number]; seen[l.Number] = true; return twice })
}

func last4(l harness.Lot) string { return l.Number[len(l.Number)-4:] }

// TestSecretsOfOrders runs every operation in every face to its end, at an
// exchange that misbehaves and repeats the secrets it was sent, and looks for
// them in everything that left the process.
func TestSecretsOfOrders(t *testing.T) {
	t.Parallel()
	for n, bad := range misbehaviours() {
		t.Run(bad.name, func(t *testing.T) {
			t.Parallel()
			o := newLeaky(t, bad, time.Minute)
			o.clients = []int{n % 2, 3 - n%2} // each of two, which differ in both
			if wide.Wanted() {
				o.clients = []int{0, 1, 2, 3}
			}
			lots := o.texting(t)
			for _, l := range lots[:7] { // to have some that can be re-routed and given up
				if r := o.does(t, "y", "did", "purchase", l.Number, "--json"); r.Code != 0 {
					t.Fatalf("got exit %d: %s%s", r.Code, r.Out, r.Err)
				}
			}
			o.troubled.Store(true)
			o.atTheTerminal(t, lots)
			if !bad.slow {
				o.inDialogs(t, lots)
			}
			o.looksAround(t)
			o.searched(t, 2)
		})
	}
}

func (o *leaky) atTheTerminal(t *testing.T, lots []harness.Lot) {
	t.Helper()
	r := o.does(t, "y", "did", "purchase", lots[7].Number, "--log-level", "trace", "--smpp-contact", markedGiven)
	if !strings.Contains(r.Err, "NEW HOST smpp.new.example") || !strings.Contains(r.Err, ":***:") {
		t.Errorf("got %s%s, want the quote with the password masked", r.Out, r.Err)
	}
	if want := map[bool]int{true: 0, false: 1}[o.bad.commits]; r.Code != want {
		t.Errorf("got exit %d and %s%s, want %d", r.Code, r.Out, r.Err, want)
	}
	if o.bad.slow {
		return
	}
	o.does(t, "y", "did", "purchase", lots[8].Number, lots[9].Number, "--json", "--reason", "a new office")
	o.does(t, "", "did", "purchase", lots[10].Number, "--csv", "--smpp-contact", strings.Replace(markedGiven, "other", "third", 1))
	r = o.does(t, "y", "did", "update", lots[0].Number, "--log-level", "trace", "--smpp-contact", markedGiven)
	if strings.Count(r.Err, "smpp:login:***:") == 0 || strings.Count(r.Err, "smpp:other:***:") == 0 {
		t.Errorf("got %s%s, want old and new masked", r.Out, r.Err)
	}
	o.does(t, "y", "did", "update", lots[1].Number, "--json", "--smpp-contact", strings.Replace(markedSMPP, "password", "password-too", 1))
	o.does(t, "y", "did", "update", lots[2].Number, "--csv", "--contact", "sip:desk@sip.example.net:5060")
	o.does(t, "n", "did", "update", lots[0].Number, "--smpp-contact", "template")
	o.does(t, harness.Typing(last4(lots[1])), "did", "unsubscribe", lots[1].Number, "--log-level", "trace")
	o.does(t, harness.Typing(last4(lots[2])+" x2"), "did", "unsubscribe", lots[2].Number, lots[3].Number, "--json")
	// Refused for what it is.
	o.does(t, "", "did", "purchase", lots[11].Number, "--smpp-contact", "smpp:login:marked-password@smpp.example.net:2776", "--json")
	o.does(t, "", "did", "purchase", lots[11].Number, "--contact", "sip:user:marked-password@sip.example.net:5060")
	for _, secret := range []string{"marked-password", url.QueryEscape(markedKey)} {
		if r := o.does(t, "", "did", "purchase", lots[11].Number, "--json", "--contact", "sip:"+secret+"@sip.example.net"); r.Code != 2 {
			t.Errorf("got exit code %d: %s%s, want a secret refused as user of an address", r.Code, r.Out, r.Err)
		}
	}
	o.does(t, "", "did", "purchase", lots[11].Number, "--smpp-contct="+markedGiven)
}

func (o *leaky) inDialogs(t *testing.T, lots []harness.Lot) {
	t.Helper()
	s := o.Serve(t, "--log-level", "trace")
	person := func(question string) string {
		for _, l := range lots {
			if strings.HasPrefix(question, "Give up "+l.Number) {
				return `{"action":"accept","content":{"decision":"approve","last4":` + harness.Quote(last4(l)) + `}}`
			}
		}
		return harness.SayYes
	}
	for _, i := range o.clients {
		var c *harness.Client
		if modern := i%2 == 0; i < 2 {
			c = o.Assistant(t, modern, person)
		} else {
			c = harness.Connect(t, s.Address, markedBearer, modern, person)
		}
		a := o.hears(c, "did_purchase", `{`+harness.NumbersArg(lots[12+i])+`,"smpp_contact":"template"}`)
		if state := a.Order().State; o.bad.commits && state != "done" || !o.bad.commits && state != "failed" {
			t.Errorf("got %s, want it done or failed", a.Raw)
		}
		o.hears(c, "did_purchase", `{`+harness.NumbersArg(lots[16])+`,"smpp_contact":`+harness.Quote(markedGiven)+`}`)
		o.hears(c, "did_update", `{`+harness.NumbersArg(lots[0])+`,"smpp_contact":"template","reason":"back"}`)
		o.hears(c, "did_update", `{`+harness.NumbersArg(lots[4])+`,"contact":"sip:desk`+fmt.Sprint(i)+`@sip.example.net:5060"}`)
		if i < 2 {
			o.hears(c, "did_unsubscribe", `{`+harness.NumbersArg(lots[5+i])+`}`)
		}
		o.hears(c, "order_get", `{"id":`+harness.Quote(a.Order().ID)+`,"wait_seconds":1}`)
		for _, tool := range []string{"order_list", "did_list", "did_search", "did_overview"} {
			o.hears(c, tool, `{}`)
		}
		o.hears(c, "order_cancel", `{"id":`+harness.Quote(a.Order().ID)+`}`)
		o.keep("tools/list", c.Request("tools/list", "").Raw)
		if n := len(c.Handles); n > 0 {
			for _, args := range []string{harness.NumbersArg(lots[12+i]), harness.NumbersArg(lots[17])} {
				o.keep("a replay", c.Bring("did_purchase", `{`+args+`}`, c.Handles[n-1], harness.SayYes).Raw)
			}
		} else if c.Modern {
			t.Error("got no handle: then nothing is shown of them")
		}
		c.HangUp()
	}
	stranger := harness.Connect(t, s.Address, "marked-wrong", true, nil)
	o.keep("a stranger", stranger.Request("tools/list", "").Raw)
	stranger.HangUp()
	o.measured(t, s.Address)
	s.Stop()
	o.keep("serve", s.Log.String())
}

// looksAround reads everything there is to read.
func (o *leaky) looksAround(t *testing.T) {
	t.Helper()
	o.looksAtOrders(t)
	for _, command := range []string{
		"did list --log-level trace", "did list --json --all", "did list --csv", "doctor --log-level trace", "doctor --json",
		"config print", "config print --json", "config check", "tools --json", "__complete did update +",
	} {
		o.does(t, "", strings.Fields(command)...)
	}
}

// looksAtOrders reads what there is on orders, and tries to decide the latest
// and those that wait.
func (o *leaky) looksAtOrders(t *testing.T) {
	t.Helper()
	id := o.does(t, "", "order", "list", "--json", "--limit", "1").Orders[0].ID
	waits := o.does(t, "", "order", "list", "--state", "pending", "--json").Orders
	for _, command := range []string{
		"order list --limit 100", "order list --csv --limit 100 --log-level trace", "order list --json --limit 100", "order get " + id, "order get " + id + " --json",
		"order get " + id + " --csv", "order cancel " + id, "order approve " + id, "order reject " + id + " --reason no", "audit verify", "audit verify --json --log-level trace",
		"audit export --log-level trace", "__complete order get ",
	} {
		o.does(t, "", strings.Fields(command)...)
	}
	for i, w := range waits {
		o.does(t, "", "order", []string{"reject", "cancel"}[i%2], w.ID, "--json", "--log-level", "trace")
	}
}

// searched looks for the secrets in what was kept and in the files, after so
// many requests at least.
func (o *leaky) searched(t *testing.T, requests int) {
	t.Helper()
	o.storeKeys(t)
	err := fs.WalkDir(os.DirFS(o.Env["HOME"]), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		full := filepath.Join(o.Env["HOME"], path)
		text, err := os.ReadFile(full)
		if err != nil {
			return err
		}
		if !strings.HasPrefix(full, o.storeFile()) {
			o.keep(path, string(text))
			return nil
		}
		// The store holds routing in full, and nothing else that is secret.
		if info, err := d.Info(); err != nil || info.Mode().Perm() != 0o600 && runtime.GOOS != "windows" {
			t.Errorf("%s: got %v (%v), want it for its owner only", path, info.Mode(), err)
		}
		o.storeIsDiscreet(t, path, string(text))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	delete(o.signatures, "")
	o.check(t, requests)
}

// storeKeys notes the key of the store, in the forms that it might leave in.
func (o *leaky) storeKeys(t *testing.T) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+o.storeFile()+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	rows, err := db.QueryContext(t.Context(), `SELECT value FROM meta WHERE length(value) >= 32`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	found := false
	for rows.Next() {
		var value string
		if err := rows.Scan(&value); err != nil {
			t.Fatal(err)
		}
		o.others[value], found = true, true
		if raw, err := hex.DecodeString(value); err == nil {
			o.others[string(raw)] = true
			o.others[base64.StdEncoding.EncodeToString(raw)] = true
		}
	}
	if err := rows.Err(); err != nil || !found {
		t.Errorf("got no key in the store (%v)", err)
	}
}

func (o *leaky) storeIsDiscreet(t *testing.T, path, text string) {
	t.Helper()
	secrets := []string{markedKey, url.QueryEscape(markedKey), markedBearer, "marked-wrong"}
	for s := range o.signatures {
		secrets = append(secrets, s)
	}
	for h := range o.others {
		if len(h) == 52 { // a handle; the key is the store's own
			secrets = append(secrets, h)
		}
	}
	for _, s := range secrets {
		if s != "" && strings.Contains(text, s) {
			t.Errorf("%s: got %q in the store", path, s)
		}
	}
}

// TestSecretsOfWhatIsUnknown looks at an order of which nobody knows what
// became of it, at an exchange that can't be read either, until it is settled.
func TestSecretsOfWhatIsUnknown(t *testing.T) {
	t.Parallel()
	for _, commits := range []bool{false, true} {
		t.Run(fmt.Sprintf("carried out %t", commits), func(t *testing.T) {
			t.Parallel()
			o := newLeaky(t, misbehaviour{commits: commits}, 8*time.Second)
			lots := o.texting(t)
			o.bad.answer = func(w http.ResponseWriter, said string) {
				o.mute.Store(true)
				answerWith(500, "text/html", "%s", html.EscapeString)(w, said)
			}
			o.troubled.Store(true)
			s := o.Serve(t, "--log-level", "trace")
			c := harness.Connect(t, s.Address, markedBearer, true, harness.Approve)
			a := c.Request("tools/call", harness.Params("did_purchase", `{`+harness.NumbersArg(lots[0])+`}`))
			o.mu.Lock()
			o.others[a.Result.State] = true
			o.mu.Unlock()
			c.Ask("tools/call", harness.Params("did_purchase", `{`+harness.NumbersArg(lots[0])+`}`)+`,"requestState":`+harness.Quote(a.Result.State)+`,"inputResponses":{"approval":`+harness.SayYes+`}`)
			list := o.Shell(t, "order", "list", "--json").Orders
			for list[0].State != "unknown" {
				list = o.Shell(t, "order", "list", "--json").Orders
			}
			c.HangUp()
			o.looksAtOrders(t)
			o.does(t, "", "did", "list", "--log-level", "trace")
			o.measured(t, s.Address)
			s.Stop()
			o.mute.Store(false)
			for range 4 { // over more than settle_after
				o.Forward(6 * time.Minute)
				o.does(t, "", "order", "get", list[0].ID, "--json", "--log-level", "trace")
			}
			want := map[bool]string{true: "done", false: "failed"}[commits]
			if got := o.State(t, list[0].ID); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			o.keep("serve", s.Log.String())
			o.looksAround(t)
			delete(o.others, "")
			o.searched(t, 2)
		})
	}
}

// TestSecretsInTheWrongPlace gives the password of an address where another
// parameter belongs, by a slip of a person or of a model.
func TestSecretsInTheWrongPlace(t *testing.T) {
	t.Parallel()
	o := newLeaky(t, misbehaviour{honest: true}, time.Minute)
	number := o.texting(t)[0].Number
	for _, command := range [][]string{
		{"did", "purchase", number, markedGiven},
		{"did", "purchase", markedGiven},
		{"did", "update", number, markedGiven},
		{"did", "update", markedGiven},
		{"did", "unsubscribe", markedGiven},
		{"did", "list", markedGiven},
		{"did", "list", "--number", markedGiven},
		{"did", "search", "--prefix", markedGiven},
		{"did", "search", "--country", markedGiven},
		{"did", "search", "--vendor", markedGiven},
		{"did", "search", "--pattern", markedGiven},
		{"did", "search", "--type", markedGiven},
		{"did", "search", "--limit", markedGiven},
		{"did", "search", "--max-monthly-fee", markedGiven},
		{"did", "search", "--voice=" + markedGiven},
		{"did", "search", "--cursor", markedGiven},
		{"did", "purchase", number, "--billing-account", markedGiven},
		{"did", "purchase", number, "--contact", markedGiven},
		{"did", "purchase", number, "--smpp-contct", markedGiven},
		{"did", "purchase", number, "--" + markedGiven},
		{"order", "get", markedGiven},
		{"order", "approve", markedGiven},
		{"order", "list", "--state", markedGiven},
		{"did", markedGiven},
		{markedGiven},
		{"did", "search", "--log-level", markedGiven},
		{"audit", "verify", "--head", markedGiven},
		{"mcp", markedGiven},
		{"sandbox", "--fault", markedGiven},
	} {
		for _, flag := range []string{"--json", "--csv"} {
			o.does(t, "", append(command, flag)...)
		}
	}
	s := o.Serve(t, "--log-level", "trace")
	c := harness.Connect(t, s.Address, markedBearer, true, harness.Approve)
	secret := harness.Quote(markedGiven)
	for _, call := range [][2]string{
		{"did_purchase", `{"numbers":[` + secret + `]}`},
		{"did_purchase", `{"numbers":` + secret + `}`},
		{"did_unsubscribe", `{"numbers":[` + secret + `]}`},
		{"did_update", `{"numbers":[` + secret + `],"contact":"template"}`},
		{"did_purchase", `{"numbers":[` + harness.Quote(number) + `],"billing_account":` + secret + `}`},
		{"did_purchase", `{"numbers":[` + harness.Quote(number) + `],"contact":` + secret + `}`},
		{"did_purchase", `{"numbers":[[` + secret + `]]}`},
		{"did_purchase", `{"numbers":{"a":` + secret + `}}`},
		{"did_purchase", `{` + secret + `:1}`},
		{"did_search", `{"type":` + secret + `}`},
		{"did_search", `{"limit":` + secret + `}`},
		{"did_search", `{"voice":` + secret + `}`},
		{"did_search", `{"country":` + secret + `}`},
		{"did_search", `{"vendor":` + secret + `}`},
		{"did_search", `{"pattern":` + secret + `}`},
		{"did_search", `{"prefix":` + secret + `}`},
		{"did_search", `{"cursor":` + secret + `}`},
		{"did_search", `{"max_setup_fee":` + secret + `}`},
		{"did_list", `{"number":` + secret + `}`},
		{"order_get", `{"id":` + secret + `}`},
		{"order_list", `{"state":` + secret + `}`},
		{"order_cancel", `{"id":` + secret + `}`},
	} {
		o.keep("mcp: "+call[0]+call[1], c.Request("tools/call", harness.Params(call[0], call[1])).Raw)
	}
	o.measured(t, s.Address)
	s.Stop()
	o.keep("serve", s.Log.String())
	o.keep("audit", o.Shell(t, "audit", "export").Out)
	o.check(t, 1)
}
