package mcp_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"didops/bots/mcp"
	"didops/internal/identity"
	"didops/internal/testing/fakeorders"
)

const (
	pageURL       = "https://didops.example.net"
	pages         = `"elicitation":{"url":{}}`
	formsAndPages = `"elicitation":{"form":{},"url":{}}`
)

// visit is what a client is asked to open.
type visit struct {
	question
	url, mode, id string
	raw           string
}

// askedToOpen makes a call and returns the address that it leads to.
func (p *peer) askedToOpen(params string) visit {
	p.tb.Helper()
	p.calls++
	p.call("7", params)
	raw := p.next()
	var h struct {
		ID     json.RawMessage `json:"id"`
		Method string          `json:"method"`
		Params json.RawMessage `json:"params"`
		Result struct {
			Type     string `json:"resultType"`
			State    string `json:"requestState"`
			Requests map[string]struct {
				Method string          `json:"method"`
				Params json.RawMessage `json:"params"`
			} `json:"inputRequests"`
		} `json:"result"`
	}
	if err := json.Unmarshal([]byte(raw), &h); err != nil {
		p.tb.Fatalf("got %q: %v", raw, err)
	}
	v := visit{question: question{params: params}, raw: raw}
	given := h.Params
	if p.modern {
		v.ref, given = h.Result.State, h.Result.Requests["page"].Params
	} else {
		_ = json.Unmarshal(h.ID, &v.ref)
	}
	var asked struct {
		Mode    string          `json:"mode"`
		Message string          `json:"message"`
		URL     string          `json:"url"`
		ID      string          `json:"elicitationId"`
		Schema  json.RawMessage `json:"requestedSchema"`
	}
	if err := json.Unmarshal(given, &asked); err != nil || len(asked.Schema) > 0 {
		p.tb.Fatalf("got %s, %v, want an address to open", raw, err)
	}
	v.url, v.mode, v.text, v.id = asked.URL, asked.Mode, asked.Message, asked.ID
	return v
}

// opened answers that.
func (p *peer) opened(v visit, result string) {
	p.tb.Helper()
	if !p.modern {
		p.say(v.question, result)
		return
	}
	p.call("8", v.params+`,"requestState":"`+v.ref+`","inputResponses":{"page":`+result+`}`)
}

// result is the next message that answers a call; what it is told besides is
// returned too.
func (p *peer) result() (heard, []string) {
	p.tb.Helper()
	var told []string
	for {
		h := p.hear()
		if h.Method == "" {
			return h, told
		}
		told = append(told, h.Method)
	}
}

func withPage(s *orderHarness) {
	s.Switch(func(w *fakeorders.Switches) { w.Page = pageURL })
}

const accepted = `{"action":"accept"}`

// TestPageIsOpened holds that what a client says to an address decides nothing,
// and that its call tells what was decided there.
func TestPageIsOpened(t *testing.T) {
	t.Parallel()
	const id = "sb-0001"
	for name, tt := range map[string]struct {
		before, after func(testing.TB, *orderHarness) // before the answer, and while the call is held
		answer, state string
		soon          bool // the answer comes at once
	}{
		"accepted, and nobody decides": {answer: accepted, state: "pending"},
		"accepted, and decided then":   {answer: accepted, state: "done", after: func(tb testing.TB, s *orderHarness) { tb.Helper(); s.elsewhere(tb, id, true) }},
		"accepted, and rejected then":  {answer: accepted, state: "rejected", after: func(tb testing.TB, s *orderHarness) { tb.Helper(); s.elsewhere(tb, id, false) }},
		"with a decision in it":        {answer: `{"action":"accept","content":{"decision":"approve"}}`, state: "pending"},
		"declined":                     {answer: `{"action":"decline"}`, state: "pending", soon: true},
		"cancelled":                    {answer: `{"action":"cancel"}`, state: "pending", soon: true},
		"something else":               {answer: `{"action":"approve"}`, state: "pending", soon: true},
		"declined with yes in it":      {answer: `{"action":"decline","content":{"decision":"approve"}}`, state: "pending", soon: true},
		"of the shape of a form's yes": {answer: yes, state: "pending"},
		"accepted, and decided before": {answer: accepted, state: "done", soon: true, before: func(tb testing.TB, s *orderHarness) { tb.Helper(); s.elsewhere(tb, id, true) }},
		"declined, and decided before": {answer: `{"action":"decline"}`, state: "done", soon: true, before: func(tb testing.TB, s *orderHarness) { tb.Helper(); s.elsewhere(tb, id, true) }},
		"accepted, and it is too late": {answer: accepted, state: "expired", soon: true, before: func(tb testing.TB, s *orderHarness) {
			tb.Helper()
			s.Change(id, fakeorders.To("expired", "skipped", ""))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			everyWay(t, func(t *testing.T, w way, s *orderHarness) {
				t.Helper()
				withPage(s)
				if !w.modern && tt.before != nil {
					return // see TestPageIsClosed
				}
				p := w.meet(t, s.server(t, nop()), pages)
				v := p.askedToOpen(buy)
				if v.mode != "url" || v.url != pageURL+"/orders/"+id || strings.Contains(v.text, "example.net") || (v.id == "") != w.modern || (v.id != "" && v.id != v.ref) {
					t.Fatalf("got %s", v.raw)
				}
				time.Sleep(2 * time.Second)
				if tt.before != nil {
					tt.before(t, s)
				}
				begun := time.Now()
				p.opened(v, tt.answer)
				if tt.after != nil {
					synctest.Wait()
					tt.after(t, s)
				}
				got, told := p.result()
				if got.Result.Content.Order.State != tt.state || got.Result.IsError {
					t.Errorf("got %s, want %s", got.Raw, tt.state)
				}
				took := time.Since(begun)
				if tt.soon != (took < time.Second) || took > 10*time.Second {
					t.Errorf("it took %s", took)
				}
				if complete := strings.Join(told, " ") == "notifications/elicitation/complete"; complete != (!w.modern && tt.after != nil) {
					t.Errorf("was told of %v", told)
				}
				if tt.before == nil && tt.after == nil && len(s.said()) > 0 {
					t.Errorf("got the decisions %v, want none", s.said())
				}
			})
		})
	}
}

// TestPageIsClosed closes the dialog of a client of the handshake era when the
// order is decided first, and when nobody answers.
func TestPageIsClosed(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		do    func(testing.TB, *orderHarness)
		state string
	}{
		"decided elsewhere": {func(tb testing.TB, s *orderHarness) { tb.Helper(); s.elsewhere(tb, "sb-0001", true) }, "done"},
		"nobody answers":    {func(testing.TB, *orderHarness) {}, "pending"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			everyWay(t, func(t *testing.T, w way, s *orderHarness) {
				t.Helper()
				if w.modern {
					return
				}
				withPage(s)
				p := w.meet(t, s.server(t, nop()), pages)
				v := p.askedToOpen(buy)
				tt.do(t, s)
				got, told := p.result()
				if strings.Join(told, " ") != "notifications/cancelled" || got.Result.Content.Order.State != tt.state {
					t.Errorf("got %v and %s, want %s", told, got.Raw, tt.state)
				}
				p.say(v.question, yes) // too late, and nothing that decides
				if tt.state == "pending" && len(s.said()) > 0 {
					t.Errorf("got the decisions %v, want none", s.said())
				}
			})
		})
	}
}

// TestPageIsNotOffered holds when no client is asked to open a page.
func TestPageIsNotOffered(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		can  string
		page bool
	}{
		"a client with forms alone":   {`"elicitation":{"form":{}}`, true},
		"one that says nothing of it": {`"elicitation":{}`, true},
		"one without dialogs":         {``, true},
		"an order without a page":     {pages, false},
		"one with forms, and no page": {formsAndPages, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			everyWay(t, func(t *testing.T, w way, s *orderHarness) {
				t.Helper()
				s.Switch(func(w *fakeorders.Switches) {
					w.Refuses.Approval = errors.New("no")
					if tt.page {
						w.Page = pageURL
					}
				})
				p := w.meet(t, s.server(t, nop()), tt.can)
				p.call("3", buy)
				if got := p.hear(); got.Result.Content.Order.State != "pending" || strings.Contains(got.Raw, "inputRequests") {
					t.Errorf("got %s, want the order as it waits", got.Raw)
				}
			})
		})
	}
}

// TestPageOrForm asks by a form where that can decide, and else by the page.
func TestPageOrForm(t *testing.T) {
	t.Parallel()
	everyWay(t, func(t *testing.T, w way, s *orderHarness) {
		t.Helper()
		withPage(s)
		p := w.meet(t, s.server(t, nop()), formsAndPages)
		p.say(p.ask(buy), yes)
		if got := p.hear(); got.Result.Content.Order.State != "done" {
			t.Errorf("got %s", got.Raw)
		}
		s.Switch(func(w *fakeorders.Switches) { w.Refuses.Approval = errors.New("a passkey is needed") })
		if v := p.askedToOpen(drop); v.url != pageURL+"/orders/sb-0002" {
			t.Errorf("got %s", v.raw)
		}
	})
}

// TestPageThatNobodySees is not offered again to a client that closes dialogs by
// itself.
func TestPageThatNobodySees(t *testing.T) {
	t.Parallel()
	everyWay(t, func(t *testing.T, w way, s *orderHarness) {
		t.Helper()
		withPage(s)
		p := w.meet(t, s.server(t, nop()), pages)
		v := p.askedToOpen(buy)
		time.Sleep(40 * time.Millisecond)
		p.opened(v, `{"action":"cancel"}`)
		if got, _ := p.result(); got.Result.Content.Order.State != "pending" {
			t.Errorf("got %s", got.Raw)
		}
		p.call("9", drop)
		if got := p.hear(); got.Result.Content.Order.State != "pending" {
			t.Errorf("got %s, want no address to open", got.Raw)
		}
	})
}

// TestPageOfAnother holds that the state which a client echoes proves nothing:
// of another's order, and of none, there is nothing to be seen.
func TestPageOfAnother(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newOrderHarness(t)
		withPage(s)
		server := s.server(t, nop())
		client := func(id string) identity.Principal {
			return identity.Principal{Realm: identity.HTTP, ID: id, Name: id, Role: identity.Requester}
		}
		p := overHTTP(t, network(t, handler(t, server, mcp.HTTP{LoopbackPrincipal: client("alice")})), pages, true)
		v := p.askedToOpen(buy)
		q := overHTTP(t, network(t, handler(t, server, mcp.HTTP{LoopbackPrincipal: client("mallory")})), pages, true)
		q.opened(v, accepted)
		if got, _ := q.result(); !got.Result.IsError || got.Result.Content.Error.Code != "not_found" {
			t.Errorf("got %s, want nothing of another's order", got.Raw)
		}
		for _, state := range []string{"page-sb-0009-x", "page-", "page--", "page-../x-y"} {
			w := v
			w.ref = state
			p.opened(w, accepted)
			if got, _ := p.result(); got.Result.Content.Order.ID == "sb-0009" || len(s.said()) > 0 {
				t.Errorf("%s: got %s", state, got.Raw)
			}
		}
		s.elsewhere(t, "sb-0001", true)
		for range 2 { // the same state, again
			p.opened(v, accepted)
			if got, _ := p.result(); got.Result.Content.Order.State != "done" {
				t.Errorf("got %s", got.Raw)
			}
		}
		if s.Executions() != 1 {
			t.Errorf("got %d executions, want one", s.Executions())
		}
	})
}
