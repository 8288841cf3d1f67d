package replicas_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"didops/e2e/harness"
)

// visitor is an MCP client behind the load balancer that takes a broken
// connection as what it is: it may ask again.
type visitor struct {
	*tally
	url, token string
	modern     bool
	dialogs    bool // approves whatever it is asked
	session    string
	last       int
}

var errBroken = errors.New("the answer was cut off")

// buy asks for a number until it is bought.
func (v *visitor) buy(ctx context.Context, number string, decide func(id string)) error {
	for ctx.Err() == nil {
		a, err := v.call(ctx, "did_purchase", `{`+harness.NumbersArg(harness.Lot{Number: number})+`}`)
		if err != nil {
			v.broken.Add(1)
			continue
		}
		o := a.Order()
		for ctx.Err() == nil && (o.State == "pending" && decide != nil || o.State == "executing" || o.State == "unknown") {
			if o.State == "pending" {
				decide(o.ID)
			}
			b, err := v.call(ctx, "order_get", `{"id":`+harness.Quote(o.ID)+`,"wait_seconds":5}`)
			if err != nil {
				v.broken.Add(1)
				continue
			}
			o = b.Order()
		}
		switch o.State {
		case "done":
			v.bought.Add(1)
			return nil
		case "pending", "failed", "":
			if code := a.Result.Data.Error.Code; code != "" && code != "unavailable" {
				return fmt.Errorf("%s: %s", number, a.Raw)
			}
		default:
			return fmt.Errorf("%s: order %s is %s", number, o.ID, o.State)
		}
	}
	return fmt.Errorf("%s: %w", number, ctx.Err())
}

// call makes a call, and brings or sends the answer to a question.
func (v *visitor) call(ctx context.Context, tool, args string) (harness.Answer, error) {
	if !v.modern && v.session == "" {
		if err := v.greet(ctx); err != nil {
			return harness.Answer{}, err
		}
	}
	a, at, err := v.request(ctx, "tools/call", harness.Params(tool, args))
	if err != nil || a.Result.State == "" {
		return a, err
	}
	v.asked.Add(1)
	a, then, err := v.request(ctx, "tools/call", harness.Params(tool, args)+`,"requestState":`+harness.Quote(a.Result.State)+`,"inputResponses":{"approval":`+harness.SayYes+`}`)
	if at != then {
		v.moved.Add(1)
	}
	return a, err
}

func (v *visitor) capabilities() string {
	if v.dialogs {
		return `{"elicitation":{}}`
	}
	return `{}`
}

func (v *visitor) greet(ctx context.Context) error {
	_, _, err := v.request(ctx, "initialize", `"protocolVersion":"2025-11-25","capabilities":`+v.capabilities()+`,"clientInfo":{"name":"visitor","version":"1"}`)
	return err
}

// request sends a request and returns its answer and which replica gave it.
func (v *visitor) request(ctx context.Context, method, params string) (harness.Answer, string, error) {
	v.last++
	if v.modern {
		params += `,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"visitor","version":"1"},` +
			`"io.modelcontextprotocol/clientCapabilities":` + v.capabilities() + `}`
	}
	resp, err := v.post(ctx, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%q,"params":{%s}}`, v.last, method, params))
	if err != nil {
		return harness.Answer{}, "", err
	}
	defer func() { _ = resp.Body.Close() }()
	at := resp.Header.Get(replicaHeader)
	switch {
	case resp.StatusCode >= http.StatusInternalServerError:
		return harness.Answer{}, at, fmt.Errorf("status %d: %w", resp.StatusCode, errBroken)
	case resp.StatusCode != http.StatusOK:
		body, _ := io.ReadAll(resp.Body)
		return harness.Answer{}, at, fmt.Errorf("status %d: %s", resp.StatusCode, body)
	case method == "initialize":
		v.session = resp.Header.Get("Mcp-Session-Id")
	}
	a, err := v.read(ctx, resp, at)
	return a, at, err
}

// read reads an answer, and answers the questions before it.
func (v *visitor) read(ctx context.Context, resp *http.Response, at string) (harness.Answer, error) {
	lines := bufio.NewReader(resp.Body)
	for {
		line, err := lines.ReadString('\n')
		line = strings.TrimPrefix(strings.TrimSpace(line), "data: ")
		if strings.HasPrefix(line, "{") {
			a := harness.ParseAnswer(line)
			switch a.Method {
			case "elicitation/create":
				v.asked.Add(1)
				v.say(ctx, string(a.ID), at)
			case "":
				return a, nil
			}
		}
		if err != nil {
			return harness.Answer{}, errBroken
		}
	}
}

// say sends the answer to a question, which another replica takes.
func (v *visitor) say(ctx context.Context, id, at string) {
	resp, err := v.post(ctx, `{"jsonrpc":"2.0","id":`+id+`,"result":`+harness.SayYes+`}`)
	if err != nil {
		v.broken.Add(1)
		return
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.Header.Get(replicaHeader) != at {
		v.moved.Add(1)
	}
}

func (v *visitor) post(ctx context.Context, message string) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, v.url+"/mcp", strings.NewReader(message))
	if err != nil {
		cancel()
		return nil, err
	}
	req.Header, req.Close = harness.HeadersOf(message, v.token, v.session, v.modern), true
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		cancel()
		return nil, fmt.Errorf("%w: %w", errBroken, err)
	}
	resp.Body = bounded{resp.Body, cancel}
	return resp, nil
}

// bounded is a body whose request ends when it is closed.
type bounded struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (b bounded) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}
