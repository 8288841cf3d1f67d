package fakediscord_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"didops/internal/testing/fakediscord"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bot is a bot that is moved by hand.
type bot struct {
	t      *testing.T
	f      *fakediscord.Fake
	conn   *websocket.Conn
	client *http.Client
}

func newBot(t *testing.T, settings ...fakediscord.Setting) *bot {
	t.Helper()
	b := &bot{t: t, f: fakediscord.New(t, settings...), client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
	t.Cleanup(b.client.CloseIdleConnections)
	return b
}

// call makes a request and returns status and body of the answer.
func (b *bot) call(method, path, body string, token bool) (int, string) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, b.f.URL+"/api/v10"+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if token {
		r.Header.Set("Authorization", "Bot "+b.f.Token)
	}
	resp, err := b.client.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err.Error()
	}
	return resp.StatusCode, string(text)
}

// want makes a request that has to be answered with a status and a text.
func (b *bot) want(method, path, body string, token bool, status int, text string) {
	b.t.Helper()
	if got, said := b.call(method, path, body, token); got != status || !strings.Contains(said, text) {
		b.t.Errorf("%s %s: got %d %s, want %d with %q", method, path, got, said, status, text)
	}
}

// blamed wants that the last requests were found bad for a reason.
func (b *bot) blamed(why string) {
	b.t.Helper()
	if got := strings.Join(b.f.Forgive(), "\n"); !strings.Contains(got, why) {
		b.t.Errorf("got the violations %q, want %q", got, why)
	}
}

func (b *bot) connect(intents int) {
	b.t.Helper()
	conn, resp, err := websocket.DefaultDialer.DialContext(b.t.Context(), "ws"+strings.TrimPrefix(b.f.URL, "http"), nil)
	if err != nil {
		b.t.Fatal(err)
	}
	_ = resp.Body.Close()
	b.conn = conn
	b.t.Cleanup(func() { _ = conn.Close() })
	b.read(10, "")
	b.send(map[string]any{"op": 2, "d": map[string]any{"token": "Bot " + b.f.Token, "intents": intents, "properties": map[string]any{"os": "linux"}}})
}

func (b *bot) send(v any) {
	b.t.Helper()
	if err := b.conn.WriteJSON(v); err != nil {
		b.t.Fatal(err)
	}
}

// read reads a frame of an operation and event and returns its data.
func (b *bot) read(op int, event string) json.RawMessage {
	b.t.Helper()
	var m struct {
		Op   int             `json:"op"`
		Type string          `json:"t"`
		Data json.RawMessage `json:"d"`
	}
	if err := b.conn.ReadJSON(&m); err != nil || m.Op != op || m.Type != event {
		b.t.Fatalf("got op %d %q, %v, want op %d %q", m.Op, m.Type, err, op, event)
	}
	return m.Data
}

func (b *bot) callback(i *fakediscord.Interaction) string {
	return "/interactions/" + i.ID + "/" + i.Token + "/callback"
}

func (b *bot) webhook(i *fakediscord.Interaction) string {
	return "/webhooks/" + b.f.AppID + "/" + i.Token
}

func alice() fakediscord.Actor {
	return fakediscord.Actor{ID: "1001", Name: "alice", Roles: []string{"7"}}
}

func TestGateway(t *testing.T) {
	t.Parallel()
	b := newBot(t, fakediscord.Lenient)
	b.connect(0)
	b.read(0, "READY")
	b.f.Connected(t, 1)
	b.send(map[string]any{"op": 1, "d": nil})
	b.read(11, "")
	b.f.Slash(t, alice(), "did search", fakediscord.Options{"country": "UAE", "limit": 5})
	var i struct {
		Data   map[string]any `json:"data"`
		Member struct {
			Roles []string `json:"roles"`
		} `json:"member"`
	}
	if err := json.Unmarshal(b.read(0, "INTERACTION_CREATE"), &i); err != nil || i.Data["name"] != "did" || i.Member.Roles[0] != "7" {
		t.Errorf("got %+v, %v, want the command of alice", i, err)
	}
	b.f.Reconnect()
	b.read(7, "")
	b.f.InvalidSession(true)
	if got := string(b.read(9, "")); got != "true" {
		t.Errorf("got %s, want true", got)
	}
	b.f.CloseGateway(4009)
	if _, _, err := b.conn.ReadMessage(); !websocket.IsCloseError(err, 4009) {
		t.Errorf("got %v, want close 4009", err)
	}
	b.f.Disconnected(t)

	b.connect(1 << 9)
	b.read(0, "READY")
	b.blamed("intents")
	b.f.Drop()
	b.f.Disconnected(t)
}

func TestResponses(t *testing.T) {
	t.Parallel()
	const hello = `{"type":4,"data":{"content":"hello","allowed_mentions":{"parse":[]}}}`
	const text = `{"content":"done","allowed_mentions":{"parse":[]}}`
	b := newBot(t, fakediscord.Lenient)
	b.connect(0)
	use := func() *fakediscord.Interaction { return b.f.Slash(t, alice(), "did search", nil) }

	i := use()
	b.want("PATCH", b.webhook(i)+"/messages/@original", text, false, 404, "10015")
	b.want("POST", b.callback(i), `{"type":5,"data":{"flags":64}}`, false, 204, "")
	b.want("POST", b.callback(i), hello, false, 400, "40060")
	b.want("PATCH", b.webhook(i)+"/messages/@original", text, false, 200, "done")
	b.want("POST", b.webhook(i), text, false, 200, "done")
	b.want("GET", b.webhook(i)+"/messages/@original", "", false, 200, "done")
	if m := i.Message(t); !m.Ephemeral() || m.Content != "done" || len(b.f.Messages(b.f.Channel)) != 1 {
		t.Errorf("got %+v and %d public messages, want an ephemeral one and a public followup", m, len(b.f.Messages(b.f.Channel)))
	}
	i.Expire()
	b.want("PATCH", b.webhook(i)+"/messages/@original", text, false, 401, "50027")
	b.want("POST", "/interactions/1/x/callback", hello, false, 404, "10062")

	i = use()
	b.want("POST", b.callback(i), `{"type":5}`, false, 204, "")
	b.want("POST", b.webhook(i), text, false, 200, "done")
	b.blamed("followup right after a deferral")

	i = use()
	b.want("POST", b.callback(i), hello, true, 400, "50035")
	b.blamed("the bot's token was sent")

	i = use()
	b.want("POST", b.callback(i), `{"type":6}`, false, 400, "50035")
	b.blamed("does not suit")
	b.want("POST", b.callback(i), `{"type":4,"data":{"content":"hello"}}`, false, 400, "50035")
	b.blamed("allowed_mentions")
	b.want("POST", b.callback(i), `{"type":5,"data":{"flags":32832}}`, false, 400, "50035")
	b.blamed("no flag but ephemeral")
	i = use()
	b.want("POST", b.callback(i), `{"type":5}`, false, 204, "")
	b.want("PATCH", b.webhook(i)+"/messages/@original", `{"components":[{"type":10,"content":"x"}],"allowed_mentions":{"parse":[]}}`, false, 400, "50035")
	b.blamed("needs the components-v2 flag")
	i = use()
	b.want("POST", b.callback(i), `{"type":5}`, false, 204, "")
	b.want("PATCH", b.webhook(i)+"/messages/@original", `{"flags":32768,"components":[{"type":13,"file":{"url":"attachment://a.csv"}}],"allowed_mentions":{"parse":[]}}`, false, 200, "")
	b.blamed(`names the files ["a.csv"] and has []`)
	b.want("GET", "/users/@all", "", true, 404, "")
	b.blamed("no such path")
}

func TestMessages(t *testing.T) {
	t.Parallel()
	const once = `{"content":"once","nonce":"n","enforce_nonce":true,"allowed_mentions":{"parse":[]}}`
	b := newBot(t)
	b.want("POST", "/channels/5/messages", once, false, 401, "401")
	b.blamed("there is no Authorization")
	b.want("POST", "/channels/5/messages", once, true, 200, "once")
	b.want("POST", "/channels/5/messages", once, true, 200, "once")
	m := b.f.Posted(t, "5", 1)
	if got := len(b.f.Messages("5")); got != 1 {
		t.Errorf("got %d messages, want 1 of two with the same nonce", got)
	}
	b.want("PATCH", "/channels/5/messages/"+m.ID, `{"embeds":[{"title":"Order","fields":[{"name":"Fee","value":"2.19"}]}],"components":[{"type":1,"components":[{"type":2,"style":1,"label":"Buy","custom_id":"b"}]}],"allowed_mentions":{"parse":[]}}`, true, 200, "Order")
	m = b.f.MessageWhere(t, "5", func(m *fakediscord.Message) bool { return m.Edits == 1 })
	if want := "once\nOrder\nFee: 2.19\n[Buy]"; m.Text() != want || len(m.Live()) != 1 {
		t.Errorf("got %q with %d buttons, want %q with one", m.Text(), len(m.Live()), want)
	}
	b.want("PATCH", "/channels/5/messages/1", `{"content":"x","allowed_mentions":{"parse":[]}}`, true, 404, "10008")
	b.f.Delete(m)
	b.want("GET", "/channels/5/messages/"+m.ID, "", true, 404, "10008")
}

func TestFaults(t *testing.T) {
	t.Parallel()
	const route = "GET /applications/@me"
	b := newBot(t)
	get := func(status int, text string) {
		t.Helper()
		b.want("GET", "/applications/@me", "", true, status, text)
	}
	b.f.Inject(fakediscord.Fault{Route: route, Status: 429, RetryAfter: 1500 * time.Millisecond, Times: 1})
	b.f.Inject(fakediscord.Fault{Route: route, Status: 502, HTML: true, Times: 1})
	b.f.Inject(fakediscord.Fault{Route: route, Status: 403, Code: 50013, Text: "Missing Permissions", Times: 1})
	b.f.Inject(fakediscord.Fault{Route: route, Cut: true, Times: 1})
	lift := b.f.Inject(fakediscord.Fault{Status: 500})
	get(429, `"retry_after":1.5`)
	get(502, "<html>")
	get(403, "50013")
	get(0, "EOF")
	get(500, "")
	lift()
	get(200, b.f.AppID)
	hold := make(chan struct{})
	b.f.Inject(fakediscord.Fault{Route: route, Hold: hold, Times: 1})
	answered := make(chan int)
	go func() {
		status, _ := b.call("GET", "/applications/@me", "", true)
		answered <- status
	}()
	if r := b.f.Request(t, route, 7); r.Status != 0 {
		t.Errorf("got status %d, want none yet", r.Status)
	}
	close(hold)
	if got := <-answered; got != 200 {
		t.Errorf("got %d, want 200", got)
	}
}

func TestSignedRequests(t *testing.T) {
	t.Parallel()
	b := newBot(t, fakediscord.Lenient)
	r := b.f.Signed(t, "http://bot.example/", []byte("{}"), time.Unix(1000, 0))
	if got := r.Header.Get("X-Signature-Timestamp"); got != "1000" || len(r.Header.Get("X-Signature-Ed25519")) != 128 {
		t.Errorf("got %v, want a signature of second 1000", r.Header)
	}
	var body bytes.Buffer
	if _, err := body.ReadFrom(r.Body); err != nil || body.String() != "{}" {
		t.Errorf("got %s, %v", &body, err)
	}
	if len(b.f.PublicKey()) != 64 {
		t.Errorf("got the key %q, want 64 digits", b.f.PublicKey())
	}
}
