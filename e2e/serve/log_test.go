package serve_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"didops/e2e/harness"
)

// lines returns the lines of a log that say something, by their fields.
func logged(t *testing.T, log, message string) []map[string]any {
	t.Helper()
	var found []map[string]any
	for line := range strings.Lines(log) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("got the line %q, want JSON: %v", line, err)
		}
		if fields["message"] == message {
			found = append(found, fields)
		}
	}
	return found
}

// TestLogOfACall holds the fields of the one line that a call over HTTP
// leaves, and that the client is told the id of its request.
func TestLogOfACall(t *testing.T) {
	t.Parallel()
	g := harness.NewTarget(t, harness.ClientsConfig())
	s := g.Serve(t)
	message := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{` + harness.Params("did_search", `{"country":"Nowhereland"}`) +
		`,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}`
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.Address+"/mcp", strings.NewReader(message))
	if err != nil {
		t.Fatal(err)
	}
	req.Header, req.Close = harness.HeadersOf(message, "team-token", "", true), true
	req.Header.Set("X-Request-Id", "chosen-by-the-client")
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	s.Stop()
	calls := logged(t, s.Log.String(), "call")
	if len(calls) != 1 {
		t.Fatalf("got %d lines of calls, want one: %s", len(calls), s.Log.String())
	}
	got := calls[0]
	for _, field := range []string{"took", "time", "error"} {
		if got[field] == nil {
			t.Errorf("the line has no %s: %v", field, got)
		}
		delete(got, field)
	}
	want := map[string]any{
		"level": "info", "message": "call", "tool": "did_search", "face": "mcp", "principal": "http:team",
		"code": "invalid", "request": resp.Header.Get("X-Request-Id"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the line differs (-want +got):\n%s", diff)
	}
	if id := resp.Header.Get("X-Request-Id"); len(id) != 12 || strings.Contains(id, "chosen") {
		t.Errorf("got the request id %q, want one of ours", id)
	}
}

// TestLogJoinsOrdersAndTrail follows an order that was approved in a dialog
// through the log and the audit trail by the id of the request.
func TestLogJoinsOrdersAndTrail(t *testing.T) {
	t.Parallel()
	g := harness.NewTarget(t, harness.ClientsConfig()+"\n[approval]\nelicitation = \"on\"\n")
	s := g.Serve(t)
	c := harness.Connect(t, s.Address, "team-token", false, harness.Approve)
	order := c.Call("did_purchase", "{"+harness.NumbersArg(g.Lots(t, 1)...)+"}").Order()
	if order.State != "done" {
		t.Fatalf("got the order %+v, want it done", order)
	}
	c.HangUp()
	s.Stop()
	request := ""
	for _, message := range []string{"an order waits for a decision", "an order was decided", "a line was carried out or not", "call", "question", "answer"} {
		lines := logged(t, s.Log.String(), message)
		if len(lines) == 0 {
			t.Errorf("the log does not say %q: %s", message, s.Log.String())
		}
		for _, l := range lines {
			id, _ := l["request"].(string)
			if id == "" || request != "" && id != request || l["order"] != order.ID {
				t.Errorf("got the line %v, want order %s and the request %s", l, order.ID, request)
			}
			request = id
		}
	}
	trail := g.Shell(t, "audit", "export").Out
	n := 0
	for line := range strings.Lines(trail) {
		if strings.Contains(line, order.ID) {
			n++
			if !strings.Contains(line, `"request":"`+request+`"`) {
				t.Errorf("got the entry %s, want the request %s in it", line, request)
			}
		}
	}
	if n < 4 {
		t.Errorf("got %d entries about the order, want those of its request, decision, sending and outcome", n)
	}
	if a := g.Shell(t, "audit", "verify"); a.Code != 0 {
		t.Errorf("got exit %d of the trail: %s", a.Code, a.Err)
	}
}
