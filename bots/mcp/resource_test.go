package mcp_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"didops/bots/mcp"
	"didops/internal/identity"
)

// addressReply is what is answered about addresses and prompts.
type addressReply struct {
	raw    string
	status int

	Result struct {
		Contents  []addressText `json:"contents"`
		List      []addressText `json:"resources"`
		Templates []struct {
			Template string        `json:"uriTemplate"`
			Icons    []addressIcon `json:"icons"`
		} `json:"resourceTemplates"`
		Prompts []struct {
			Name      string            `json:"name"`
			Arguments []json.RawMessage `json:"arguments"`
		} `json:"prompts"`
		Messages []struct {
			Role    string      `json:"role"`
			Content addressText `json:"content"`
		} `json:"messages"`
		Completion struct {
			Values []string `json:"values"`
		} `json:"completion"`
		TTL   *int64 `json:"ttlMs"`
		Scope string `json:"cacheScope"`
	} `json:"result"`
	Error struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

type addressText struct {
	URI   string `json:"uri"`
	MIME  string `json:"mimeType"`
	Title string `json:"title"`
	Text  string `json:"text"`
}

type addressIcon struct {
	Src  string `json:"src"`
	MIME string `json:"mimeType"`
}

// asksAddress sends a request of one era over one transport.
type asksAddress func(method, params string) addressReply

// eachWay runs a test on both transports in both eras, as somebody.
func eachWay(t *testing.T, who identity.Principal, run func(t *testing.T, o *orderHarness, modern bool, ask asksAddress)) {
	t.Helper()
	for _, w := range ways() {
		t.Run(w.String(), func(t *testing.T) {
			t.Parallel()
			o := newOrderHarness(t)
			s := o.server(t, zerolog.Nop())
			write := old
			if w.modern {
				write = modern
			}
			parse := func(raw string) (r addressReply) {
				t.Helper()
				if err := json.Unmarshal([]byte(raw), &r); err != nil {
					t.Fatalf("%q: %v", raw, err)
				}
				r.raw = raw
				return r
			}
			if w.over == "stdio" {
				c := dial(t, s, who)
				if !w.modern {
					c.send(initialize)
					c.receive()
				}
				run(t, o, w.modern, func(method, params string) addressReply {
					t.Helper()
					c.send(write("5", method, params))
					return parse(c.receive())
				})
				return
			}
			h := handler(t, s, mcp.HTTP{LoopbackPrincipal: who})
			session := ""
			if !w.modern {
				session = begin(t, h)
			}
			run(t, o, w.modern, func(method, params string) addressReply {
				t.Helper()
				q := post(write("5", method, params), "Mcp-Session-Id", session)
				if w.modern {
					q = modernPost("5", method, params)
					for _, key := range []string{`"uri":"`, `"name":"`} {
						if _, rest, ok := strings.Cut(params, key); ok && method != "completion/complete" {
							name, _, _ := strings.Cut(rest, `"`)
							q.Header.Set("Mcp-Name", name)
							break
						}
					}
				}
				answer := serve(h, q)
				r := parse(answer.Body.String())
				r.status = answer.Code
				return r
			})
		})
	}
}

func TestReadingIsACall(t *testing.T) {
	t.Parallel()
	eachWay(t, alice(), func(t *testing.T, o *orderHarness, modern bool, ask asksAddress) {
		t.Helper()
		ask("tools/call", buy)
		o.seen()
		got := ask("resources/read", `"uri":"didops://slip/sb-0001"`)
		if len(got.Result.Contents) != 1 {
			t.Fatalf("got %s, want one text", got.raw)
		}
		c := got.Result.Contents[0]
		if c.URI != "didops://slip/sb-0001" || c.MIME != "text/markdown" || !strings.Contains(c.Text, "pending") || !strings.Contains(c.Text, "slip accept sb-0001") {
			t.Errorf("got %+v, want the order with how it is decided", c)
		}
		if calls := o.seen(); !slices.Equal(calls, []string{"slip_show"}) {
			t.Errorf("got the calls %v, want one of slip_show", calls)
		}
		if modern && (got.Result.TTL == nil || *got.Result.TTL != 0 || got.Result.Scope != "private") {
			t.Errorf("got %s, want it not to be kept", got.raw)
		}
		for _, town := range []string{"x", "%78", "+x"} { // a town that there is, and one that has a plus
			got := ask("resources/read", `"uri":"didops://town/`+town+`"`)
			if len(got.Result.Contents) != 1 || strings.Contains(got.Result.Contents[0].Text, "+97150") != (town != "+x") {
				t.Errorf("%s: got %s", town, got.raw)
			}
		}
	})
}

func TestWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	eachWay(t, alice(), func(t *testing.T, _ *orderHarness, modern bool, ask asksAddress) {
		t.Helper()
		missing, status := -32002, http.StatusOK
		if modern {
			missing, status = -32602, http.StatusBadRequest
		}
		for uri, want := range map[string]int{
			"didops://slip/sb-9999": missing, "didops://slip/": missing, "didops://slip": missing, "didops://fare/1": missing, "file:///etc/passwd": missing,
			"didops://slip/a%2": missing, "didops://slip/a b": missing, "didops://slip/sb-0001/more": missing, "didops://note/x": missing, "": missing,
			"didops://town/fault": -32602, "didops://town/plain": -32603, "didops://town/panic": -32603, "didops://town/draw": -32603,
		} {
			got := ask("resources/read", `"uri":"`+uri+`"`)
			if got.Error.Code != want || strings.Contains(got.raw, secret) || got.Error.Message == "" {
				t.Errorf("%s: got %s, want the code %d", uri, got.raw, want)
			}
			wantStatus := status
			if want == -32603 {
				wantStatus = http.StatusOK
			}
			if got.status != 0 && got.status != wantStatus {
				t.Errorf("%s: got the status %d, want %d", uri, got.status, wantStatus)
			}
		}
		if got := ask("resources/read", `"uri":7`); got.Error.Code != -32602 {
			t.Errorf("got %s, want it refused", got.raw)
		}
	})
}

// TestNobodyReadsMoreThanTheirTools asks as somebody who may call nothing.
func TestNobodyReadsMoreThanTheirTools(t *testing.T) {
	t.Parallel()
	nobody := identity.Principal{Realm: "os", ID: "nobody", Name: "nobody"}
	eachWay(t, nobody, func(t *testing.T, _ *orderHarness, _ bool, ask asksAddress) {
		t.Helper()
		if got := ask("resources/read", `"uri":"didops://town/x"`); got.Error.Code != -32000 || got.Result.Contents != nil {
			t.Errorf("got %s, want it refused", got.raw)
		}
		for _, method := range []string{"resources/list", "resources/templates/list", "prompts/list"} {
			got := ask(method, "")
			if len(got.Result.List)+len(got.Result.Templates)+len(got.Result.Prompts) > 0 || got.Error.Code != 0 {
				t.Errorf("%s: got %s, want an empty list", method, got.raw)
			}
		}
		if got := ask("prompts/get", `"name":"find_lines"`); got.Error.Code != -32602 {
			t.Errorf("got %s, want it refused", got.raw)
		}
		for _, ref := range []string{`{"type":"ref/resource","uri":"didops://town/{name}"}`, `{"type":"ref/prompt","name":"find_lines"}`} {
			if got := ask("completion/complete", `"ref":`+ref+`,"argument":{"name":"town","value":""}`); len(got.Result.Completion.Values) > 0 {
				t.Errorf("got %s, want nothing", got.raw)
			}
		}
	})
}

func TestAddressesAreListed(t *testing.T) {
	t.Parallel()
	eachWay(t, alice(), func(t *testing.T, _ *orderHarness, _ bool, ask asksAddress) {
		t.Helper()
		if got := ask("resources/list", ""); !strings.Contains(got.raw, `"resources":[]`) {
			t.Errorf("got %s, want none yet", got.raw)
		}
		ask("tools/call", buy)
		got := ask("resources/list", "")
		if len(got.Result.List) != 1 || got.Result.List[0].URI != "didops://slip/sb-0001" || got.Result.List[0].Title != "sb-0001 buy" {
			t.Errorf("got %s, want the order", got.raw)
		}
		got = ask("resources/templates/list", "")
		var templates []string
		for _, r := range got.Result.Templates {
			templates = append(templates, r.Template)
			for _, icon := range r.Icons {
				if icon.MIME != "image/svg+xml" || !strings.HasPrefix(icon.Src, "data:image/svg+xml;base64,") || len(icon.Src) > 400 {
					t.Errorf("got the icon %+v", icon)
				}
			}
		}
		if want := []string{"didops://slip/{id}", "didops://town/{name}"}; !slices.Equal(templates, want) {
			t.Errorf("got %v, want %v", templates, want)
		}
	})
}

func TestAddressesAreCompleted(t *testing.T) {
	t.Parallel()
	eachWay(t, alice(), func(t *testing.T, _ *orderHarness, _ bool, ask asksAddress) {
		t.Helper()
		ask("tools/call", buy)
		for _, tt := range []struct{ ref, name, typed, want string }{
			{`{"type":"ref/resource","uri":"didops://slip/{id}"}`, "id", "", "[sb-0001]"},
			{`{"type":"ref/resource","uri":"didops://slip/{id}"}`, "id", "sb", "[sb-0001]"},
			{`{"type":"ref/resource","uri":"didops://slip/{id}"}`, "id", "zz", "[]"},
			{`{"type":"ref/resource","uri":"didops://fare/{id}"}`, "id", "", "[]"},
			{`{"type":"ref/prompt","name":"find_lines"}`, "town", "Du", "[Dubai Abu Dhabi]"},
			{`{"type":"ref/prompt","name":"find_lines"}`, "need", "", "[]"},
			{`{"type":"ref/prompt","name":"lose_lines"}`, "town", "", "[]"},
		} {
			got := ask("completion/complete", `"ref":`+tt.ref+`,"argument":{"name":"`+tt.name+`","value":"`+tt.typed+`"}`)
			if text := strings.Join(got.Result.Completion.Values, " "); "["+text+"]" != tt.want || got.Error.Code != 0 {
				t.Errorf("%s %q: got %s, want %s", tt.ref, tt.typed, got.raw, tt.want)
			}
		}
	})
}

func TestPrompts(t *testing.T) {
	t.Parallel()
	eachWay(t, alice(), func(t *testing.T, _ *orderHarness, _ bool, ask asksAddress) {
		t.Helper()
		got := ask("prompts/list", "")
		if len(got.Result.Prompts) != 1 || got.Result.Prompts[0].Name != "find_lines" || len(got.Result.Prompts[0].Arguments) != 2 {
			t.Errorf("got %s, want one", got.raw)
		}
		got = ask("prompts/get", `"name":"find_lines","arguments":{"town":"Du\nbai\u202e","need":"`+strings.Repeat("x", 500)+`"}`)
		if len(got.Result.Messages) != 1 || got.Result.Messages[0].Role != "user" {
			t.Fatalf("got %s, want a message of the user's", got.raw)
		}
		text := got.Result.Messages[0].Content.Text
		if !strings.HasPrefix(text, "Find lines in Du bai for x") || len(text) > 300 {
			t.Errorf("got %q, want what was filled in on one line and cut", text)
		}
		if got := ask("prompts/get", `"name":"find_lines"`); len(got.Result.Messages) != 1 {
			t.Errorf("got %s, want blanks to be left open", got.raw)
		}
		for _, params := range []string{`"name":"lose_lines"`, `"name":"find_lines","arguments":{"city":"Dubai"}`, `"name":7`, `"name":"find_lines","arguments":["x"]`} {
			if got := ask("prompts/get", params); got.Error.Code != -32602 {
				t.Errorf("%s: got %s, want it refused", params, got.raw)
			}
		}
	})
}
