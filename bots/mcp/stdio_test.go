package mcp_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"didops/bots/mcp"
	"didops/internal/identity"
	"didops/internal/testing/golden"
)

// conn is a client on a pair of streams that writes raw lines.
type conn struct {
	tb     testing.TB
	in     *io.PipeWriter
	out    *bufio.Reader
	result chan error
}

func dial(tb testing.TB, s *mcp.Server, who identity.Principal) *conn {
	tb.Helper()
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	c := &conn{tb: tb, in: inW, out: bufio.NewReader(outR), result: make(chan error, 1)}
	go func() {
		err := s.Stdio(tb.Context(), inR, outW, who)
		_ = outW.Close()
		c.result <- err
	}()
	tb.Cleanup(func() {
		_ = inW.Close()
		_ = outR.Close()
	})
	return c
}

func (c *conn) send(line string) {
	c.tb.Helper()
	if _, err := io.WriteString(c.in, line+"\n"); err != nil {
		c.tb.Fatal(err)
	}
}

func (c *conn) receive() string {
	c.tb.Helper()
	line, err := c.out.ReadString('\n')
	if err != nil {
		c.tb.Fatalf("read an answer: %v", err)
	}
	if !json.Valid([]byte(line)) {
		c.tb.Fatalf("the output has a line that is not JSON: %q", line)
	}
	return strings.TrimSuffix(line, "\n")
}

// finish closes the input and returns what Stdio returned.
func (c *conn) finish() error {
	c.tb.Helper()
	_ = c.in.Close()
	rest, err := io.ReadAll(c.out)
	if err != nil || len(rest) > 0 {
		c.tb.Errorf("after the end of the input: got %q, %v, want nothing", rest, err)
	}
	return <-c.result
}

const (
	initialize  = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"example-client","version":"1.0.0"}}}`
	initialized = `{"jsonrpc":"2.0","method":"notifications/initialized"}`
	modernMeta  = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"example-client","version":"2.0.0"},"io.modelcontextprotocol/clientCapabilities":{}`
)

// old is a request of the handshake era, modern one of the present.
func old(id, method, params string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":%q,"params":{%s}}`, id, method, params)
}

func modern(id, method, params string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":%q,"params":{%s}}`, id, method, strings.TrimSuffix(modernMeta+"},"+params, ","))
}

var reference = regexp.MustCompile(`reference [A-Z0-9]{10}`)

type step struct {
	send    string
	answers int // how many lines come back before the next step
}

// waits makes a test wait until note_wait waits.
const waits = -1

// sharedSteps are what both eras have in common.
func sharedSteps(call func(id, method, params string) string) []step {
	return []step{
		{call("2", "tools/list", ""), 1},
		{call(`"a"`, "tools/call", `"name":"line_find","arguments":{"town":"x","limit":"2","tags":"new"}`), 1},
		{call("4", "tools/call", `"name":"line_find","arguments":{"town":"x","limit":1000,"knd":"mobile"}`), 1},
		{call("5", "tools/call", `"name":"note_fail","arguments":{"code":"rate_limited"}`), 1},
		{call("6", "tools/call", `"name":"note_fail","arguments":{"code":"plain"}`), 1},
		{call("7", "tools/call", `"name":"line_fnd","arguments":{}`), 1},
		{call("8", "tools/call", `"name":"note_sign","arguments":{}`), 1},
		{call("9", "tools/call", `"name":7`), 1},
		{call("10", "tools/call", `"name":"line_find","arguments":["x"]`), 1},
		{call("11", "resources/list", ""), 1},
		{call("12", "no/such", ""), 1},
		{`{"jsonrpc":"2.0","id":13,"method":"tools/call","params":{"name":`, 1},
		{`[` + call("14", "ping", "") + `]`, 1},
		{`{"jsonrpc":"2.0","id":{"a":1},"method":"ping"}`, 1},
		{`{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}`, 1},
		{`{"jsonrpc":"2.0","id":15}`, 1},
		{`{"jsonrpc":"2.0","id":16,"method":"tools/list","params":[]}`, 1},
		{`{"jsonrpc":"1.0","id":17,"method":"ping"}`, 1},
		{`{"jsonrpc":"2.0","id":18,"result":{}}`, 0},
		{"", 0},
		{"nonsense", 1},
		{call("30", "tools/call", `"name":"note_wait"`), waits},
		{`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":30,"reason":"no longer needed"}}`, 0},
		{call("31", "tools/call", `"name":"line_keep","arguments":{"numbers":["1"]}`), 1},
	}
}

func TestStdioTranscripts(t *testing.T) {
	t.Parallel()
	withToken := strings.Replace(modernMeta, `{`, `{"progressToken":"p",`, 1)
	tests := map[string][]step{
		"handshake": append([]step{
			{initialize, 1},
			{initialized, 0},
			{old("3", "tools/call", `"_meta":{"progressToken":3},"name":"line_find","arguments":{"town":"x"}`), 2},
			{old("19", "ping", ""), 1},
			{old("20", "server/discover", ""), 1},
		}, sharedSteps(old)...),
		"stateless": append([]step{
			{modern("1", "server/discover", ""), 1},
			{old("3", "tools/call", withToken+`},"name":"line_find","arguments":{"town":"x"}`), 2},
			{modern("19", "subscriptions/listen", `"notifications":{"toolsListChanged":true}`), 2},
			{modern("20", "initialize", ""), 1},
			{strings.ReplaceAll(modern("21", "tools/list", ""), "2026-07-28", "2031-01-01"), 1},
		}, sharedSteps(modern)...),
	}
	for name, steps := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y := newHarness(t)
			c := dial(t, y.server(t, zerolog.Nop()), alice())
			var transcript bytes.Buffer
			for _, s := range steps {
				fmt.Fprintf(&transcript, "-- client --\n%s\n", s.send)
				c.send(s.send)
				if s.answers == waits {
					<-y.waits.Begun
				}
				for range s.answers {
					fmt.Fprintf(&transcript, "-- server --\n%s\n", reference.ReplaceAllString(c.receive(), "reference XXXXXXXXXX"))
				}
			}
			if err := c.finish(); err != nil {
				t.Errorf("got %v at the end of the input, want nil", err)
			}
			if strings.Contains(transcript.String(), secret) {
				t.Error("the transcript holds the secret")
			}
			golden.Check(t, "stdio/"+name+".txtar", transcript.Bytes())
		})
	}
}

func TestStdioCancelledRequestGetsNoAnswer(t *testing.T) {
	t.Parallel()
	for _, era := range []struct {
		name string
		call func(id, method, params string) string
	}{{"handshake", old}, {"stateless", modern}} {
		t.Run(era.name, func(t *testing.T) {
			t.Parallel()
			y := newHarness(t)
			c := dial(t, y.server(t, zerolog.Nop()), alice())
			c.send(era.call("5", "tools/call", `"name":"note_wait"`))
			<-y.waits.Begun
			c.send(era.call("5", "tools/list", "")) // the id is taken
			if got := c.receive(); !strings.Contains(got, `"id":5`) || !strings.Contains(got, "still open") {
				t.Errorf("a second request with the id: got %s", got)
			}
			c.send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5,"reason":"x"}}`)
			if err := <-y.waits.Ended; err == nil {
				t.Error("the call was not cancelled")
			}
			c.send(era.call("6", "tools/list", ""))
			if got := c.receive(); !strings.Contains(got, `"id":6`) {
				t.Errorf("got %s, want the answer to 6", got)
			}
			if err := c.finish(); err != nil {
				t.Errorf("got %v, want nil", err)
			}
		})
	}
}

func TestStdioEndOfInput(t *testing.T) {
	t.Parallel()
	t.Run("answers what was asked", func(t *testing.T) {
		t.Parallel()
		y := newHarness(t)
		var in, out bytes.Buffer
		for i := range 100 {
			in.WriteString(modern(fmt.Sprint(i), "tools/call", `"name":"line_find","arguments":{"town":"x"}`) + "\n")
		}
		in.Truncate(in.Len() - 1) // no line feed after the last
		if err := y.server(t, zerolog.Nop()).Stdio(t.Context(), &in, &out, alice()); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(out.String(), `"sandbox":true`); got != 100 {
			t.Errorf("got %d answers, want 100", got)
		}
	})
	t.Run("cancels what does not end", func(t *testing.T) {
		t.Parallel()
		y := newHarness(t)
		var out bytes.Buffer
		in := strings.NewReader(modern("1", "tools/call", `"name":"note_wait"`))
		if err := y.server(t, zerolog.Nop()).Stdio(t.Context(), in, &out, alice()); err != nil {
			t.Errorf("got %v, want nil", err)
		}
		if err := <-y.waits.Ended; err == nil {
			t.Error("the call was not cancelled")
		}
	})
	t.Run("ends with its context", func(t *testing.T) {
		t.Parallel()
		y := newHarness(t)
		ctx, cancel := context.WithCancel(t.Context())
		in, w := io.Pipe()
		defer w.Close() //nolint:errcheck // a pipe's Close can't fail
		done := make(chan error)
		go func() { done <- y.server(t, zerolog.Nop()).Stdio(ctx, in, io.Discard, alice()) }()
		_, _ = io.WriteString(w, modern("1", "tools/call", `"name":"note_wait"`)+"\n")
		<-y.waits.Begun
		cancel()
		if err := <-done; err != nil {
			t.Errorf("got %v, want nil", err)
		}
	})
	t.Run("reports a broken input", func(t *testing.T) {
		t.Parallel()
		broken := errors.New("broken")
		err := newHarness(t).server(t, zerolog.Nop()).Stdio(t.Context(), io.MultiReader(strings.NewReader(initialize+"\n"), failing{broken}), io.Discard, alice())
		if !errors.Is(err, broken) {
			t.Errorf("got %v, want %v", err, broken)
		}
	})
	t.Run("reports a broken output", func(t *testing.T) {
		t.Parallel()
		in, w := io.Pipe()
		defer w.Close() //nolint:errcheck // a pipe's Close can't fail
		go func() { _, _ = io.WriteString(w, initialize+"\n") }()
		broken := errors.New("broken")
		if err := newHarness(t).server(t, zerolog.Nop()).Stdio(t.Context(), in, failing{broken}, alice()); !errors.Is(err, broken) {
			t.Errorf("got %v, want %v", err, broken)
		}
	})
}

// failing is a stream that is broken.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error)  { return 0, f.err }
func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestStdioBadInput(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("x", 10<<20)
	tests := []struct {
		name, line string
		want       []string
	}{
		{"10 MB, id first", old("7", "tools/call", `"name":"line_find","arguments":{"town":"`+big+`"}`), []string{`"id":7`, `-32600`, "longer than 1048576 bytes"}},
		{"10 MB, id last", `{"method":"tools/call","params":{"id":1,"q":["` + big + `"]},"jsonrpc":"2.0","id":"z"}`, []string{`"id":"z"`, `-32600`}},
		{"10 MB of garbage", big, []string{`"id":null`, `-32600`}},
		{"10 MB of brackets", strings.Repeat("[", 10<<20), []string{`"id":null`, `-32600`}},
		{"just too many arguments", old("7", "tools/call", `"name":"line_find","arguments":{"town":"`+big[:500<<10]+`"}`), []string{`"id":7`, `"isError":true`, `"code":"invalid"`, "at most"}},
		{"nested 20,000 deep", `{"jsonrpc":"2.0","id":8,"method":"tools/call","params":{"name":"line_find","arguments":{"town":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}}}`, []string{`"id":8`, `-32700`}},
		{"nested 5,000 deep", old("9", "tools/call", `"name":"line_find","arguments":{"town":`+strings.Repeat("[", 5000)+strings.Repeat("]", 5000)+`}`), []string{`"id":9`, `"isError":true`, `"field":"town"`}},
		{"invalid UTF-8", old("10", "tools/call", `"name":"line_find","arguments":{"town":"`+"\xff\xfe"+`"}`), []string{`"id":10`, `"isError":true`, "UTF-8"}},
		{"a name twice", old("11", "tools/call", `"name":"line_find","arguments":{"town":"a","town":"b"}`), []string{`"id":11`, `"isError":true`, `"code":"invalid"`}},
		{"wrong type", old("12", "tools/call", `"name":"line_find","arguments":{"town":{"a":1}}`), []string{`"id":12`, `"isError":true`, `"field":"town"`}},
		{"meta of a wrong type", old("13", "tools/call", `"name":"line_find","_meta":"x"`), []string{`"id":13`, `-32602`, "do not fit"}},
		{"handshake of a wrong type", old("14", "initialize", `"protocolVersion":7`), []string{`"id":14`, `-32602`, "do not fit"}},
		{"panic while drawing", old("15", "tools/call", `"name":"line_find","arguments":{"town":"draw"}`), []string{`"id":15`, `"isError":true`, "internal error", "reference"}},
		{"panic in the operation", old("16", "tools/call", `"name":"note_fail","arguments":{"code":"panic"}`), []string{`"id":16`, `"isError":true`, "internal error", "reference"}},
	}
	y := newHarness(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := dial(t, y.server(t, zerolog.Nop()), alice())
			go func() { _, _ = io.WriteString(c.in, tt.line+"\n"+old("99", "ping", "")+"\n") }()
			answers := map[bool]string{}
			for range 2 {
				got := c.receive()
				answers[strings.Contains(got, `"id":99`)] = got
			}
			if answers[true] == "" {
				t.Error("the next request got no answer")
			}
			for _, want := range tt.want {
				if !strings.Contains(answers[false], want) {
					t.Errorf("got %.400s, want it to contain %s", answers[false], want)
				}
			}
			if strings.Contains(answers[false], secret) && !strings.Contains(tt.line, secret) {
				t.Errorf("got %s, which holds the secret", answers[false])
			}
		})
	}
}

// TestStdioByteOrderMark has what Windows programs write before the first line.
func TestStdioByteOrderMark(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]string{
		"mark": "\ufeff", "mark and an empty line": "\ufeff\r\n", "none": "", "twice": "\ufeff\ufeff",
		"behind an empty line": "\r\n\ufeff", "on lines of their own": "\n\n \ufeff\n\t\ufeff\ufeff\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := dial(t, newHarness(t).server(t, zerolog.Nop()), alice())
			go func() { _, _ = io.WriteString(c.in, before+initialize+"\n") }()
			if got := c.receive(); !strings.Contains(got, `"protocolVersion"`) {
				t.Errorf("got %s, want the answer to initialize", got)
			}
		})
	}
}

// Clients lose progress that comes in one piece with the result.
func TestProgressHasTimeBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := dial(t, newHarness(t).server(t, zerolog.Nop()), alice())
		c.send(old("1", "tools/call", `"_meta":{"progressToken":"p"},"name":"line_find","arguments":{"town":"x"}`))
		if got := c.receive(); !strings.Contains(got, "notifications/progress") {
			t.Fatalf("got %s, want progress", got)
		}
		start := time.Now()
		c.receive()
		if took := time.Since(start); took != 5*time.Millisecond {
			t.Errorf("got the answer %v after the progress, want 5ms", took)
		}
		c.send(old("2", "tools/call", `"name":"line_find","arguments":{"town":"x"}`))
		start = time.Now()
		c.receive()
		if took := time.Since(start); took != 0 {
			t.Errorf("got the answer without progress after %v, want no delay", took)
		}
		if err := c.finish(); err != nil {
			t.Error(err)
		}
	})
}

func TestStdioTooManyOpenRequests(t *testing.T) {
	t.Parallel()
	y := newHarness(t)
	c := dial(t, y.server(t, zerolog.Nop()), alice())
	for i := range 128 {
		c.send(old(fmt.Sprint(i), "tools/call", `"name":"note_wait"`))
	}
	c.send(old("200", "ping", ""))
	if got := c.receive(); !strings.Contains(got, `"id":200`) || !strings.Contains(got, "128 requests are open") {
		t.Errorf("got %s", got)
	}
	for i := range 128 {
		c.send(fmt.Sprintf(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%d}}`, i))
	}
	if err := c.finish(); err != nil {
		t.Errorf("got %v, want nil", err)
	}
}

func TestToolList(t *testing.T) {
	t.Parallel()
	y := newHarness(t)
	for _, who := range []identity.Principal{alice(), bob(), {Realm: "os", ID: "nobody"}} {
		c := dial(t, y.server(t, zerolog.Nop()), who)
		c.send(old("1", "tools/list", ""))
		var answer struct {
			Result struct {
				Tools []json.RawMessage `json:"tools"`
			} `json:"result"`
		}
		if err := json.Unmarshal([]byte(c.receive()), &answer); err != nil {
			t.Fatal(err)
		}
		var list bytes.Buffer
		for _, tool := range answer.Result.Tools {
			if err := json.Indent(&list, tool, "", "  "); err != nil {
				t.Fatal(err)
			}
			list.WriteByte('\n')
		}
		golden.Check(t, "list/"+who.ID+".json", list.Bytes())
	}
}

// TestReaderMayNotCallWhatItIsNotOffered tells a tool that is beyond the role,
// in a result, from one that does not exist.
func TestReaderMayNotCallWhatItIsNotOffered(t *testing.T) {
	t.Parallel()
	y := newHarness(t)
	c := dial(t, y.server(t, zerolog.Nop()), bob())
	c.send(old("1", "tools/call", `"name":"line_keep","arguments":{"numbers":1}`))
	got := c.receive()
	for _, want := range []string{`"isError":true`, `"error":{"code":"forbidden","message":"os:bob may not call line_keep","hint":"the role requester is needed"}`} {
		if !strings.Contains(got, want) {
			t.Errorf("got %s, want it to contain %q", got, want)
		}
	}
	for _, none := range []string{"note_sign", "note_nothing"} {
		c.send(old("2", "tools/call", `"name":"`+none+`"`))
		if got := c.receive(); !strings.Contains(got, `-32602`) || strings.Contains(got, "result") {
			t.Errorf("%s: got %s, want a protocol error", none, got)
		}
	}
}

func TestCallReachesTheGateAsItCame(t *testing.T) {
	t.Parallel()
	y := newHarness(t)
	c := dial(t, y.server(t, zerolog.Nop()), alice())
	c.send(initialize)
	c.receive()
	c.send(old("2", "tools/call", `"name":"note_copy","arguments":{"text":9007199254740993.0}`))
	if got := c.receive(); !strings.Contains(got, `"rows":[["9007199254740993",`) {
		t.Errorf("got %s, want every digit of the argument", got)
	}
	call := <-y.calls
	if got, want := call.Principal.Client, "example-client 1.0.0"; got != want {
		t.Errorf("got client %q, want %q", got, want)
	}
	if call.Frontend != identity.FrontMCP || call.Principal.ID != "alice" {
		t.Errorf("got %+v, want a call of alice over MCP", call)
	}
}

func FuzzStdio(f *testing.F) {
	for _, s := range sharedSteps(old) {
		f.Add([]byte(s.send))
	}
	f.Add([]byte(modern("1", "tools/call", `"name":"line_find","arguments":{"town":"x"}`)))
	f.Add([]byte(initialize + "\n" + initialized))
	f.Fuzz(func(t *testing.T, in []byte) {
		y := newHarness(t)
		var out bytes.Buffer
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() {
			select {
			case <-y.waits.Begun:
				cancel()
			case <-ctx.Done():
			}
		}()
		if err := y.server(t, zerolog.Nop()).Stdio(ctx, bytes.NewReader(in), &out, alice()); err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(out.Bytes()) {
			if !json.Valid(line) {
				t.Errorf("got the line %q, want JSON", line)
			}
		}
	})
}
