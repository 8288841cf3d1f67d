package mcp

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"didops/internal/request"
)

const (
	// progressEvery is the least time between two notifications of a call.
	progressEvery = 250 * time.Millisecond

	// settling is the least time between a call's last notification and its
	// answer. The TypeScript SDKs handle a notification later than an answer
	// that comes in the same piece, and then drop it.
	settling = 5 * time.Millisecond
)

// progress tells the client of one call how far it is: at once the first
// time, then a few times a second, and with a number that only grows, as the
// protocol wants, even if the call has several parts that each begin at 0.
// After end it is silent, because work that several callers share may outlive
// the call that began it.
type progress struct {
	token any // nil: the client does not want to know
	send  func(message []byte)
	now   func() time.Time

	mu    sync.Mutex
	ended bool
	sent  time.Time
	done  int
}

func (s *Server) progress(meta *mcp.Meta, send func([]byte)) *progress {
	p := &progress{send: send, now: s.now, done: -1}
	if meta != nil {
		switch meta.ProgressToken.(type) {
		case string, float64:
			p.token = meta.ProgressToken
		}
	}
	return p
}

// report is the function for the gate, for a part of the call that begins
// now; nil where nobody listens.
func (p *progress) report() func(request.Progress) {
	if p.token == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	before := p.done + 1
	return func(at request.Progress) {
		p.mu.Lock()
		defer p.mu.Unlock()
		at.Done += before
		if at.Total > 0 {
			at.Total += before
		}
		p.tell(at)
	}
}

// beat says that the call is still being served.
func (p *progress) beat(text string) {
	if p.token == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tell(request.Progress{Done: p.done + 1, Text: text})
}

func (p *progress) tell(at request.Progress) {
	now := p.now()
	if p.ended || at.Done <= p.done || (!p.sent.IsZero() && now.Sub(p.sent) < progressEvery) {
		return
	}
	p.sent, p.done = now, at.Done
	p.send(notification{
		JSONRPC: mcp.JSONRPC_VERSION,
		Method:  "notifications/progress",
		Params:  progressParams{Token: p.token, Progress: at.Done, Total: at.Total, Message: at.Text},
	}.bytes())
}

// end makes the progress silent, and leaves the client the time to take in
// what it was told last.
func (p *progress) end(ctx context.Context) {
	p.mu.Lock()
	p.ended = true
	rest := settling
	if !p.sent.IsZero() {
		rest = max(0, p.now().Sub(p.sent))
	}
	p.mu.Unlock()
	if rest >= settling {
		return
	}
	select {
	case <-time.After(settling - rest):
	case <-ctx.Done():
	}
}

type notification struct {
	JSONRPC string `json:"jsonrpc"`
	Method  string `json:"method"`
	Params  any    `json:"params"`
}

func (n notification) bytes() []byte {
	out, _ := json.Marshal(n) // texts and numbers can always be written
	return out
}

type progressParams struct {
	Token    any    `json:"progressToken"`
	Progress int    `json:"progress"`
	Total    int    `json:"total,omitempty"`
	Message  string `json:"message,omitempty"`
}
