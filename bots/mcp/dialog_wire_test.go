package mcp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/mark3labs/mcp-go/client"
	mcpgo "github.com/mark3labs/mcp-go/mcp"
	"github.com/rs/zerolog"

	"didops/internal/testing/golden"
)

var askID = regexp.MustCompile(`ask-(?:line|note|slip)_[a-z]+-[A-Z2-7]{52}`)

// script is a conversation that is written down. ASK in what is sent is the id
// of the last question.
type script struct {
	*conn
	text bytes.Buffer
	ask  string
}

func (s *script) say(line string, answers int) {
	fmt.Fprintf(&s.text, "-- client --\n%s\n", line)
	s.send(strings.ReplaceAll(line, "ASK", s.ask))
	s.listen(answers)
}

func (s *script) listen(answers int) {
	for range answers {
		got := s.receive()
		if id := askID.FindString(got); id != "" {
			s.ask = id
		}
		fmt.Fprintf(&s.text, "-- server --\n%s\n", askID.ReplaceAllString(got, "ASK"))
	}
}

func TestDialogTranscripts(t *testing.T) {
	t.Parallel()
	asks := func(id, params string) string {
		return strings.Replace(modern(id, "tools/call", params), `clientCapabilities":{}`, `clientCapabilities":{`+forms+`}`, 1)
	}
	retry := func(id, params, handle, answer string) string {
		return asks(id, params+`,"inputResponses":{"approval":`+answer+`},"requestState":"`+handle+`"`)
	}
	legacy := func(answer string) string { return `{"jsonrpc":"2.0","id":"ASK","result":` + answer + `}` }
	typed := `{"action":"accept","content":{"decision":"approve","last4":"4567"}}`
	withToken := func(params string) string { return `"_meta":{"progressToken":"p"},` + params }
	tests := map[string]func(*script){
		"dialog-handshake": func(s *script) {
			s.say(strings.Replace(initialize, `"capabilities":{}`, `"capabilities":{`+forms+`}`, 1), 1)
			s.say(initialized, 0)
			s.say(old("2", "tools/call", withToken(buy)), 2)
			s.say(legacy(`{"action":"decline"}`), 1)
			s.say(old("3", "tools/call", buy), 1)
			s.say(legacy(yes), 1)
			s.say(old("4", "tools/call", drop), 1)
			s.say(legacy(yes), 1) // without the digits
			s.say(old("5", "tools/call", drop), 1)
			s.say(legacy(typed), 1)
			s.say(old("6", "tools/call", buy), 1)
			s.listen(2) // nobody answers
			s.say(legacy(yes), 0)
			s.say(old("7", "tools/call", buy), 1)
			s.say(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7,"reason":"no longer needed"}}`, 1)
			s.say(old("8", "tools/call", buy), 1)
			s.say(legacy(no), 1)
		},
		"dialog-stateless": func(s *script) {
			s.say(modern("2", "tools/call", buy), 1) // a client without dialogs
			s.say(asks("3", buy), 1)
			s.say(retry("4", buy, "handle-1", `{"action":"cancel"}`), 1)
			s.say(retry("5", buy, "handle-1", yes), 1) // once more
			s.say(retry("6", buy, "forged", yes), 1)
			s.say(asks("7", buy+`,"inputResponses":{"approval":`+yes+`}`), 1) // without a handle
			s.say(retry("8", drop, "handle-2", yes), 1)                       // other arguments
			s.say(retry("9", buy, "handle-2", yes), 1)
			s.say(asks("10", drop), 1)
			s.say(retry("11", drop, "handle-3", typed), 1)
		},
	}
	for name, talk := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &script{conn: dial(t, newOrderHarness(t).server(t, zerolog.Nop()), carol())}
				talk(s)
				if err := s.finish(); err != nil {
					t.Error(err)
				}
				golden.Check(t, "stdio/"+name+".txtar", s.text.Bytes())
			})
		})
	}
}

// person answers the dialogs of mcp-go's client.
type person struct {
	asked  atomic.Int64
	answer mcpgo.ElicitationResponse
}

func (p *person) Elicit(_ context.Context, r mcpgo.ElicitationRequest) (*mcpgo.ElicitationResult, error) {
	if strings.Contains(r.Params.Message, "An answer here counts until") {
		p.asked.Add(1)
	}
	return &mcpgo.ElicitationResult{ElicitationResponse: p.answer}, nil
}

func TestDialogOfClients(t *testing.T) {
	t.Parallel()
	accept := func(content map[string]any) mcpgo.ElicitationResponse {
		return mcpgo.ElicitationResponse{Action: mcpgo.ElicitationResponseActionAccept, Content: content}
	}
	tests := []struct {
		name, tool string
		answer     mcpgo.ElicitationResponse
		want       string
	}{
		{"yes", "line_buy", accept(map[string]any{"decision": "approve"}), "done"},
		{"no", "line_buy", accept(map[string]any{"decision": "reject"}), "rejected"},
		{"decline", "line_buy", mcpgo.ElicitationResponse{Action: mcpgo.ElicitationResponseActionDecline}, "pending"},
		{"cancel", "line_buy", mcpgo.ElicitationResponse{Action: mcpgo.ElicitationResponseActionCancel}, "pending"},
		{"digits", "line_drop", accept(map[string]any{"decision": "approve", "last4": "0001"}), "done"},
		{"other digits", "line_drop", accept(map[string]any{"decision": "approve", "last4": "0002"}), "pending"},
	}
	for _, tt := range tests {
		for _, w := range ways() {
			t.Run(tt.name+" "+w.String(), func(t *testing.T) {
				t.Parallel()
				s, p := newOrderHarness(t), &person{answer: tt.answer}
				c := connectAs(t, s.server(t, zerolog.Nop()), carol(), w.over, !w.modern, client.WithElicitationHandler(p))
				result, err := c.CallTool(t.Context(), rpcRequest(tt.tool, map[string]any{"numbers": []string{"+97150000001"}}))
				if err != nil || result.IsError {
					t.Fatalf("got %+v, %v, want an order", result, err)
				}
				var got heard
				if err := json.Unmarshal(result.RawStructuredContent, &got.Result.Content); err != nil {
					t.Fatal(err)
				}
				if state := got.Result.Content.Order.State; state != tt.want || p.asked.Load() != 1 {
					t.Errorf("got %s and %d questions, want %s and one", state, p.asked.Load(), tt.want)
				}
			})
		}
	}
}
