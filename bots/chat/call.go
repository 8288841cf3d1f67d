package chat

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"didops/internal/order"
	"didops/internal/request"
	"didops/internal/risk"
	"didops/tools"
)

// Command answers a command, named by its noun and verb with a space between,
// with the arguments of its call.
func (s *Service) Command(ctx context.Context, r Request, command string, args json.RawMessage) {
	t, ok := s.session(ctx, r)
	if !ok {
		return
	}
	tool, ok := s.commands[command]
	if !ok {
		t.refuse(ctx, ErrUnknown)
		return
	}
	if err := t.mayCall(tool); err != nil {
		t.refuse(ctx, err)
		return
	}
	if p, ok := unlisted(tool, args); ok {
		t.askList(ctx, tool, p, args)
		return
	}
	if t.begin(ctx, false) {
		t.perform(ctx, tool, args)
	}
}

// perform calls an operation and puts its result in place of the message that
// was announced or that the control is on.
func (t *session) perform(ctx context.Context, tool *tools.Tool, args json.RawMessage) {
	if tool.Orders() {
		t.lookFirst(ctx)
	}
	result, err := t.ask(ctx, tool, args, false)
	if err != nil {
		t.refuse(ctx, err)
		return
	}
	if tool.Risk() != risk.Read {
		t.suggestions.forget() // what there is to choose from is something else now
	}
	var where *Where
	if tool.Orders() {
		t.noted(ctx, result)
		t.notedRequester(ctx, result)
		if result.State() == order.Pending {
			where = t.whereDecided(ctx, result.Order.ID)
		}
	}
	if result.Order != nil {
		t.show(ctx, t.orderShown(ctx, result, where))
	} else {
		t.show(ctx, t.result(ctx, page{Tool: tool.Name().String(), Args: args, Trail: []spot{{}}}, tool, result))
	}
	if where != nil {
		t.point(ctx, result, where)
	}
	if tool.Orders() || tool.Decides() {
		t.poke()
	}
}

// ask calls an operation, and tells the user meanwhile how far it is.
func (t *session) ask(ctx context.Context, tool *tools.Tool, args json.RawMessage, whole bool) (tools.Result, error) {
	p := &progress{session: t, ctx: ctx, next: t.c.Now().Add(quiet)}
	defer p.end()
	call := t.call(tool.Name().String())
	call.Args, call.Whole, call.File = args, whole, t.file
	if !t.aside {
		call.Progress = p.report
	}
	return t.c.Gate.Call(request.WithPlace(ctx, t.request.Place), call)
}

const (
	quiet = 2 * time.Second // a call shorter than this tells nothing
	again = 4 * time.Second // at most this often
)

// progress tells the user how far a call is, now and then: every word of it is
// an edit that counts towards what a chat allows. It is safe for concurrent
// use, and says nothing after its end.
type progress struct {
	*session
	ctx context.Context // the call's, which the reports of the gate do not carry

	mu      sync.Mutex
	next    time.Time
	ended   bool
	busy    bool // the last word is still on its way
	talking sync.WaitGroup
}

func (p *progress) report(at request.Progress) {
	now := p.c.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended || p.busy || now.Before(p.next) || at.Text == "" {
		return
	}
	p.next, p.busy = now.Add(again), true
	p.talking.Go(func() {
		ctx, cancel := context.WithTimeout(p.ctx, again)
		defer cancel()
		p.unshown(ctx, p.request.Reply.Tell(ctx, at.Text))
		p.mu.Lock()
		p.busy = false
		p.mu.Unlock()
	})
}

// end returns when nothing more can be said, so that the result is the last
// word.
func (p *progress) end() {
	p.mu.Lock()
	p.ended = true
	p.mu.Unlock()
	p.talking.Wait()
}
