package mcp_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"didops/bots/mcp"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/testing/fakeorders"
)

// tasks is the capability of a client that follows tasks.
const tasks = `"extensions":{"io.modelcontextprotocol/tasks":{}}`

// taskReply is what a client of tasks is answered.
type taskReply struct {
	raw    string
	status int // over HTTP

	Result struct {
		Type    string          `json:"resultType"`
		ID      string          `json:"taskId"`
		Status  string          `json:"status"`
		Message string          `json:"statusMessage"`
		Created time.Time       `json:"createdAt"`
		Updated time.Time       `json:"lastUpdatedAt"`
		TTL     int64           `json:"ttlMs"`
		Poll    int64           `json:"pollIntervalMs"`
		State   string          `json:"requestState"`
		Content json.RawMessage `json:"content"`
		Inputs  json.RawMessage `json:"inputRequests"`
		Result  *struct {
			Type    string            `json:"resultType"`
			Content []json.RawMessage `json:"content"`
			Order   struct {
				Order taskOrder `json:"order"`
			} `json:"structuredContent"`
		} `json:"result"`
		Order struct {
			Order taskOrder `json:"order"`
		} `json:"structuredContent"`
	} `json:"result"`
	Error struct {
		Code int             `json:"code"`
		Text string          `json:"message"`
		Data json.RawMessage `json:"data"`
	} `json:"error"`
}

type taskOrder struct {
	State string `json:"state"`
}

// asks sends one request of the newer era, with what the client can do, and
// returns the answer.
type asks func(can, method, params string, headers ...string) taskReply

func readTaskReply(tb testing.TB, raw string) taskReply {
	tb.Helper()
	r := taskReply{raw: raw}
	if err := json.Unmarshal([]byte(raw), &r); err != nil {
		tb.Fatalf("%q: %v", raw, err)
	}
	return r
}

func request(can, method, params string) string {
	return strings.Replace(modern("7", method, params), `clientCapabilities":{}`, `clientCapabilities":{`+can+`}`, 1)
}

var taskParam = regexp.MustCompile(`"taskId":"([^"]*)"`)

// tasksOverHTTP asks a handler.
func tasksOverHTTP(tb testing.TB, h http.Handler) asks {
	tb.Helper()
	return func(can, method, params string, headers ...string) taskReply {
		tb.Helper()
		q := post(request(can, method, params), "Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", method)
		if name := called(params); name != "" {
			q.Header.Set("Mcp-Name", name)
		}
		if id := taskParam.FindStringSubmatch(params); id != nil {
			q.Header.Set("Mcp-Name", id[1])
		}
		set(q, headers)
		w := serve(h, q)
		text := w.Body.String()
		if i := strings.LastIndex(text, "data: "); i >= 0 {
			text = text[i+len("data: "):]
		}
		r := readTaskReply(tb, text)
		r.status = w.Code
		return r
	}
}

func tasksOverStdio(tb testing.TB, s *mcp.Server, who identity.Principal) asks {
	tb.Helper()
	c := dial(tb, s, who)
	return func(can, method, params string, _ ...string) taskReply {
		tb.Helper()
		c.send(request(can, method, params))
		return readTaskReply(tb, c.receive())
	}
}

// onTransports runs a test of a client of tasks over both.
func onTransports(t *testing.T, run func(t *testing.T, o *orderHarness, ask asks)) {
	t.Helper()
	for _, over := range []string{"http", "stdio"} {
		t.Run(over, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				o := newOrderHarness(t)
				s := o.server(t, zerolog.Nop())
				if over == "http" {
					run(t, o, tasksOverHTTP(t, handler(t, s, mcp.HTTP{LoopbackPrincipal: carol()})))
					return
				}
				run(t, o, tasksOverStdio(t, s, carol()))
			})
		})
	}
}

func byTask(id string) string { return `"taskId":"` + id + `"` }

// bought is the task of an order that waits.
func bought(t *testing.T, ask asks) taskReply {
	t.Helper()
	r := ask(tasks, "tools/call", buy)
	if r.Result.Type != "task" || r.Result.Status != "working" || len(r.Result.ID) < 40 {
		t.Fatalf("got %s, want a task that works", r.raw)
	}
	return r
}

// refused holds an answer against a code.
func (r taskReply) refused(t *testing.T, what string, code int) {
	t.Helper()
	if r.Error.Code != code {
		t.Errorf("%s: got %s, want the code %d", what, r.raw, code)
	}
	want, known := map[int]int{-32601: http.StatusNotFound, -32000: http.StatusOK}[code]
	if !known {
		want = http.StatusBadRequest
	}
	if r.status != 0 && r.status != want {
		t.Errorf("%s: got the status %d, want %d", what, r.status, want)
	}
}

func TestACallBecomesATask(t *testing.T) {
	t.Parallel()
	onTransports(t, func(t *testing.T, o *orderHarness, ask asks) {
		t.Helper()
		begun := time.Now()
		made := bought(t, ask)
		f := made.Result
		if f.Content != nil || f.Inputs != nil || f.Result != nil || strings.Contains(made.raw, "structuredContent") {
			t.Errorf("got %s, want nothing but a task", made.raw)
		}
		for _, want := range []string{"11.00 USD", "slip accept sb-0001", begun.Add(fakeorders.Life).UTC().Format("2006-01-02 15:04 UTC")} {
			if !strings.Contains(f.Message, want) {
				t.Errorf("got the message %q, want %s in it", f.Message, want)
			}
		}
		if want := (fakeorders.Life + 24*time.Hour).Milliseconds(); f.TTL < want || f.Poll < 5000 || f.Poll > 15000 || !f.Created.Equal(begun.Truncate(time.Second)) {
			t.Errorf("got %s, want it readable for %d ms, asked for every 5 to 15 s and made at %s", made.raw, want, begun)
		}
		for range 3 {
			got := ask(tasks, "tasks/get", byTask(f.ID))
			if got.Result.Type != "complete" || got.Result.Status != "working" || got.Result.ID != f.ID || got.Result.Result != nil {
				t.Errorf("got %s, want it working", got.raw)
			}
		}
		time.Sleep(time.Minute)
		o.elsewhere(t, "sb-0001", true)
		for range 2 {
			got := ask(tasks, "tasks/get", byTask(f.ID))
			r := got.Result.Result
			if got.Result.Status != "completed" || r == nil || r.Type != "complete" || r.Order.Order.State != "done" || len(r.Content) != 1 {
				t.Fatalf("got %s, want the order done", got.raw)
			}
		}
		if got := ask(tasks, "tools/call", `"name":"line_find","arguments":{}`); got.Result.Type != "complete" {
			t.Errorf("a search: got %s, want a result", got.raw)
		}
		if got := ask(tasks, "tools/call", `"name":"slip_show","arguments":{"id":"sb-0001"}`); got.Result.Type != "complete" {
			t.Errorf("a look: got %s, want a result", got.raw)
		}
	})
}

// TestHowATaskEnds holds what becomes of the task of an order.
func TestHowATaskEnds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		end    func(*testing.T, *orderHarness)
		status string
		state  order.State
	}{
		{"rejected", func(t *testing.T, o *orderHarness) { t.Helper(); o.elsewhere(t, "sb-0001", false) }, "completed", order.Rejected},
		{"expired", func(*testing.T, *orderHarness) { time.Sleep(fakeorders.Life + time.Second) }, "completed", order.Expired},
		{"cancelled elsewhere", func(t *testing.T, o *orderHarness) {
			t.Helper()
			if _, err := o.Cancel(t.Context(), "sb-0001", identity.Caller{Principal: carol(), Frontend: identity.FrontShell}); err != nil {
				t.Error(err)
			}
		}, "cancelled", order.Cancelled},
		{"partly done", func(t *testing.T, o *orderHarness) { t.Helper(); o.ends(t, order.Partial, order.LineDone) }, "completed", order.Partial},
		{"failed", func(t *testing.T, o *orderHarness) { t.Helper(); o.ends(t, order.Failed, order.LineFailed) }, "completed", order.Failed},
		{"unknown", func(t *testing.T, o *orderHarness) { t.Helper(); o.ends(t, order.Unknown, order.LineUnknown) }, "working", order.Unknown},
		{"unknown for long", func(t *testing.T, o *orderHarness) {
			t.Helper()
			o.ends(t, order.Unknown, order.LineUnknown)
			time.Sleep(time.Hour + time.Second)
		}, "completed", order.Unknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			onTransports(t, func(t *testing.T, o *orderHarness, ask asks) {
				t.Helper()
				made := bought(t, ask)
				tt.end(t, o)
				got := ask(tasks, "tasks/get", byTask(made.Result.ID))
				if got.Result.Status != tt.status || (got.Result.Result != nil) != (tt.status == "completed") {
					t.Fatalf("got %s, want it %s", got.raw, tt.status)
				}
				if r := got.Result.Result; r != nil && r.Order.Order.State != string(tt.state) {
					t.Errorf("got the order %s, want %s", r.Order.Order.State, tt.state)
				}
			})
		})
	}
}

// ends has the first order approved and come to an end.
func (o *orderHarness) ends(t *testing.T, state order.State, line order.LineState) {
	t.Helper()
	t.Helper()
	o.Change("sb-0001", fakeorders.To(state, line, "As it was made up."), func(o *order.Order) { o.DecidedAt = time.Now() })
}

func TestATaskOfWhatIsBeingCarriedOut(t *testing.T) {
	t.Parallel()
	onTransports(t, func(t *testing.T, o *orderHarness, ask asks) {
		t.Helper()
		made := bought(t, ask)
		o.takes(time.Minute)
		decided := make(chan struct{})
		go func() {
			defer close(decided)
			o.elsewhere(t, "sb-0001", true)
		}()
		time.Sleep(time.Second)
		if got := ask(tasks, "tasks/get", byTask(made.Result.ID)); got.Result.Status != "working" || got.Result.Poll != 5000 || strings.Contains(got.Result.Message, "waits") {
			t.Errorf("got %s, want it working and no more waiting", got.raw)
		}
		again := bought(t, ask) // the same request finds the order
		if ack := ask(tasks, "tasks/cancel", byTask(again.Result.ID)); ack.Result.Type != "complete" {
			t.Errorf("a cancellation too late: got %s, want it acknowledged", ack.raw)
		}
		<-decided
		for _, id := range []string{made.Result.ID, again.Result.ID} {
			if got := ask(tasks, "tasks/get", byTask(id)); got.Result.Status != "completed" || got.Result.Result.Order.Order.State != "done" {
				t.Errorf("got %s, want it done", got.raw)
			}
		}
	})
}

func TestCancelTakesTheOrderBack(t *testing.T) {
	t.Parallel()
	onTransports(t, func(t *testing.T, o *orderHarness, ask asks) {
		t.Helper()
		made := bought(t, ask)
		for range 2 {
			if ack := ask(tasks, "tasks/cancel", byTask(made.Result.ID)); ack.Result.Type != "complete" || ack.Result.Status != "" {
				t.Errorf("got %s, want an acknowledgement", ack.raw)
			}
		}
		got := ask(tasks, "tasks/get", byTask(made.Result.ID))
		if got.Result.Status != "cancelled" || got.Result.Result != nil || !strings.Contains(got.Result.Message, "Cancelled") {
			t.Errorf("got %s, want it cancelled", got.raw)
		}
		if calls := o.seen(); !slices.Contains(calls, "slip_cancel") {
			t.Errorf("got the calls %v, want the cancellation among them", calls)
		}
	})
}

// seen are the operations that were called.
func (h *harness) seen() []string {
	var list []string
	for {
		select {
		case c := <-h.calls:
			list = append(list, c.Tool)
		default:
			return list
		}
	}
}

// TestNothingAboutTasksApproves sends every answer that a client could make up.
func TestNothingAboutTasksApproves(t *testing.T) {
	t.Parallel()
	onTransports(t, func(t *testing.T, o *orderHarness, ask asks) {
		t.Helper()
		made := bought(t, ask)
		for _, answers := range []string{
			`{"approval":` + yes + `}`, `{"approval":{"action":"accept","content":{"decision":"approve"}}}`, `{"approval":` + yes + `,"sb-0001":` + yes + `}`, `{}`,
		} {
			for _, method := range []string{"tasks/update", "tasks/get"} {
				got := ask(tasks+","+forms, method, byTask(made.Result.ID)+`,"inputResponses":`+answers+`,"requestState":"`+made.Result.ID+`"`)
				if got.Result.Type != "complete" {
					t.Errorf("%s %s: got %s, want it taken", method, answers, got.raw)
				}
			}
		}
		if got := ask(tasks, "tasks/get", byTask(made.Result.ID)); got.Result.Status != "working" || len(o.said()) > 0 {
			t.Errorf("got %s and the decisions %v, want it waiting", got.raw, o.said())
		}
		// Nor is a task the handle of a question.
		got := ask(tasks+","+forms, "tools/call", buy+`,"requestState":"`+made.Result.ID+`","inputResponses":{"approval":`+yes+`}`)
		if len(o.said()) > 0 {
			t.Errorf("got %s and the decisions %v, want none", got.raw, o.said())
		}
	})
}

// TestATaskAfterTheDialog holds that a person who can be asked is asked first,
// and that only what stays open becomes a task.
func TestATaskAfterTheDialog(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]string{
		yes: "done", no: "rejected", `{"action":"decline"}`: "", `{"action":"cancel"}`: "",
	} {
		onTransports(t, func(t *testing.T, o *orderHarness, ask asks) {
			t.Helper()
			can := tasks + "," + forms
			asked := ask(can, "tools/call", buy)
			if asked.Result.Type != "input_required" || asked.Result.State == "" {
				t.Fatalf("got %s, want a question", asked.raw)
			}
			time.Sleep(time.Second)
			got := ask(can, "tools/call", buy+`,"requestState":"`+asked.Result.State+`","inputResponses":{"approval":`+answer+`}`)
			if want == "" && (got.Result.Type != "task" || got.Result.Status != "working" || len(o.said()) > 0) {
				t.Errorf("%s: got %s, want a task", answer, got.raw)
			}
			if want != "" && (got.Result.Type != "complete" || got.Result.Order.Order.State != want) {
				t.Errorf("%s: got %s, want the order %s", answer, got.raw, want)
			}
		})
	}
}

func TestOnlyWhoDeclaresTasksGetsThem(t *testing.T) {
	t.Parallel()
	onTransports(t, func(t *testing.T, o *orderHarness, ask asks) {
		t.Helper()
		made := bought(t, ask)
		for _, can := range []string{"", `"extensions":{}`, `"extensions":{"io.modelcontextprotocol/tasks":null}`, `"extensions":{"io.modelcontextprotocol/ui":{}}`, `"tasks":{"requests":{"tools":{"call":{}}}}`} {
			got := ask(can, "tools/call", buy)
			if got.Result.Type != "complete" || got.Result.Order.Order.State != "pending" || strings.Contains(got.raw, "taskId") {
				t.Errorf("%s: got %s, want the order", can, got.raw)
			}
			for _, method := range []string{"tasks/get", "tasks/update", "tasks/cancel"} {
				got := ask(can, method, byTask(made.Result.ID))
				got.refused(t, method+" of "+can, -32021)
				if want := `{"requiredCapabilities":{"extensions":{"io.modelcontextprotocol/tasks":{}}}}`; string(got.Error.Data) != want {
					t.Errorf("got %s, want %s", got.Error.Data, want)
				}
			}
		}
		listening := `"notifications":{"taskIds":["` + made.Result.ID + `"]}`
		ask("", "subscriptions/listen", listening).refused(t, "listening", -32021)
		for _, method := range []string{"tasks/list", "tasks/result"} {
			ask(tasks, method, byTask(made.Result.ID)).refused(t, method, -32601)
		}
		if got := ask("", "server/discover", ""); !strings.Contains(got.raw, `"extensions":{"io.modelcontextprotocol/tasks":{}}`) {
			t.Errorf("got %s, want the extension", got.raw)
		}
		if state := o.state(t); state != order.Pending {
			t.Errorf("got the order %s, want it to wait still", state)
		}
	})
}

func (o *orderHarness) state(t *testing.T) order.State {
	t.Helper()
	got, err := o.Order(t.Context(), "sb-0001", identity.Caller{Principal: carol(), Frontend: identity.FrontShell}, 0)
	if err != nil {
		t.Error(err)
	}
	return got.State
}

// TestTheHandshakeEraHasNoTasks lets its clients declare them all the same.
func TestTheHandshakeEraHasNoTasks(t *testing.T) {
	t.Parallel()
	for _, over := range []string{"stdio", "http"} {
		t.Run(over, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newOrderHarness(t).server(t, zerolog.Nop())
				p := way{over, false}.meet(t, s, tasks)
				p.call("4", buy)
				if got := p.next(); !strings.Contains(got, `"state":"pending"`) || strings.Contains(got, "taskId") {
					t.Errorf("got %s, want the order", got)
				}
			})
		})
	}
	c := dial(t, newOrderHarness(t).server(t, zerolog.Nop()), carol())
	c.send(strings.Replace(initialize, `"capabilities":{}`, `"capabilities":{`+tasks+`}`, 1))
	if got := c.receive(); strings.Contains(got, "extensions") {
		t.Errorf("got %s, want no extension", got)
	}
	for _, method := range []string{"tasks/get", "tasks/update", "tasks/cancel", "tasks/list", "tasks/result"} {
		c.send(old("9", method, `"taskId":"x"`))
		readTaskReply(t, c.receive()).refused(t, method, -32601)
	}
}

func TestTasksThatAreNotThere(t *testing.T) {
	t.Parallel()
	onTransports(t, func(t *testing.T, o *orderHarness, ask asks) {
		t.Helper()
		made := bought(t, ask)
		for name, params := range map[string]string{
			"forged": byTask(strings.Repeat("A", len(made.Result.ID))), "the order's id": byTask("sb-0001"), "lower case": byTask(strings.ToLower(made.Result.ID)),
			"a part": byTask(made.Result.ID[1:]), "empty": byTask(""), "missing": "", "a number": `"taskId":7`, "null": `"taskId":null`,
		} {
			for _, method := range []string{"tasks/get", "tasks/update", "tasks/cancel"} {
				ask(tasks, method, params).refused(t, method+" of what is "+name, -32602)
			}
		}
		time.Sleep(fakeorders.Life + 24*time.Hour + time.Second)
		ask(tasks, "tasks/get", byTask(made.Result.ID)).refused(t, "what is out of time", -32602)
		if len(o.said()) > 0 {
			t.Errorf("got the decisions %v", o.said())
		}
	})
}

func TestTasksOfOthers(t *testing.T) {
	t.Parallel()
	o := newOrderHarness(t)
	h := handler(t, o.server(t, zerolog.Nop()), mcp.HTTP{Clients: twoClients()})
	ask := tasksOverHTTP(t, h)
	as := func(token string) []string { return []string{"Authorization", "Bearer " + token} }
	made := ask(tasks, "tools/call", buy, as(teamToken)...)
	if made.Result.Type != "task" {
		t.Fatalf("got %s, want a task", made.raw)
	}
	for _, method := range []string{"tasks/get", "tasks/update", "tasks/cancel"} {
		ask(tasks, method, byTask(made.Result.ID), as(guestToken)...).refused(t, method, -32602)
	}
	if got := ask(tasks, "tasks/get", byTask(made.Result.ID), as(teamToken)...); got.Result.Status != "working" {
		t.Errorf("got %s, want it working", got.raw)
	}
	if w := serve(h, modernPost("1", "tasks/get", tasks)); w.Code != http.StatusUnauthorized {
		t.Errorf("without a token: got %d, want 401", w.Code)
	}
}

// TestWhoMayNotAskAnyMoreTakesNothingBack lets a role be taken away.
func TestWhoMayNotAskAnyMoreTakesNothingBack(t *testing.T) {
	t.Parallel()
	o := newOrderHarness(t)
	h := handler(t, o.server(t, zerolog.Nop()), mcp.HTTP{Clients: twoClients()})
	ask := tasksOverHTTP(t, h)
	token := []string{"Authorization", "Bearer " + teamToken}
	made := ask(tasks, "tools/call", buy, token...)
	list := twoClients()
	list[0].Role = identity.Reader
	swap, err := h.Exchange(list)
	if err != nil {
		t.Fatal(err)
	}
	swap()
	ask(tasks, "tasks/cancel", byTask(made.Result.ID), token...).refused(t, "a reader's cancellation", -32000)
	if got := ask(tasks, "tasks/get", byTask(made.Result.ID), token...); got.Result.Status != "working" {
		t.Errorf("got %s, want it waiting", got.raw)
	}
}

func TestHeadersOfTasks(t *testing.T) {
	t.Parallel()
	o := newOrderHarness(t)
	ask := tasksOverHTTP(t, handler(t, o.server(t, zerolog.Nop()), mcp.HTTP{LoopbackPrincipal: carol()}))
	made := bought(t, ask)
	id := made.Result.ID
	for name, tt := range map[string]struct {
		headers []string
		code    int
	}{
		"another name":        {[]string{"Mcp-Name", id[1:]}, -32020},
		"no name":             {[]string{"Mcp-Name", ""}, -32020},
		"unreadable name":     {[]string{"Mcp-Name", "=?base64?***?="}, -32020},
		"another method":      {[]string{"Mcp-Method", "tasks/cancel"}, -32020},
		"no method":           {[]string{"Mcp-Method", ""}, -32020},
		"another version":     {[]string{"Mcp-Protocol-Version", "2025-11-25"}, -32020},
		"no version":          {[]string{"Mcp-Protocol-Version", ""}, -32020},
		"a place in a stream": {[]string{"Last-Event-ID", "7"}, -32020},
		"another type":        {[]string{"Content-Type", "text/plain"}, -32600},
		"an encoded name":     {[]string{"Mcp-Name", "=?base64?" + base64.StdEncoding.EncodeToString([]byte(id)) + "?="}, 0},
		"a useless session":   {[]string{"Mcp-Session-Id", "x"}, 0},
	} {
		for _, method := range []string{"tasks/get", "tasks/update"} {
			if name == "another method" && method == "tasks/cancel" {
				continue
			}
			got := ask(tasks, method, byTask(id), tt.headers...)
			if got.Error.Code != tt.code || (tt.code == 0) != (got.status == http.StatusOK) {
				t.Errorf("%s, %s: got %d %s, want the code %d", method, name, got.status, got.raw, tt.code)
			}
		}
	}
	if o.state(t) != order.Pending {
		t.Error("got the order decided")
	}
	for name, bad := range map[string][2]string{
		"a later version": {`2026-07-28"`, `2027-07-28"`}, "another protocol": {`"jsonrpc":"2.0"`, `"jsonrpc":"1.0"`},
		"no capabilities": {`clientCapabilities":{` + tasks + `}`, `clientCapabilities":null`},
	} {
		text := strings.Replace(request(tasks, "tasks/get", byTask(id)), bad[0], bad[1], 1)
		version := "2026-07-28"
		if strings.Contains(text, "2027-07-28") {
			version = "2027-07-28"
		}
		w := serve(handler(t, o.server(t, zerolog.Nop()), mcp.HTTP{LoopbackPrincipal: carol()}),
			post(text, "Mcp-Protocol-Version", version, "Mcp-Method", "tasks/get", "Mcp-Name", id))
		want := map[string]int{"a later version": -32022, "another protocol": -32600, "no capabilities": -32602}[name]
		if got := readTaskReply(t, w.Body.String()); w.Code != 400 || got.Error.Code != want {
			t.Errorf("%s: got %d %s, want the code %d", name, w.Code, w.Body, want)
		}
	}
}

// TestAnOrderThatCannotBeFollowed is a store without room: the client gets the
// order.
func TestAnOrderThatCannotBeFollowed(t *testing.T) {
	t.Parallel()
	onTransports(t, func(t *testing.T, o *orderHarness, ask asks) {
		t.Helper()
		o.Switch(func(w *fakeorders.Switches) { w.Refuses.Task = errors.New("the disk is full") })
		if got := ask(tasks, "tools/call", buy); got.Result.Type != "complete" || got.Result.Order.Order.State != "pending" {
			t.Errorf("got %s, want the order", got.raw)
		}
	})
}
