package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"didops/internal/identity"
	"didops/internal/order"
	"didops/tools"
)

const (
	// answerTime is how long after the start of its call a person may answer
	// a client of the handshake era. What is left of [callTime] is for
	// carrying it out.
	answerTime = 50 * time.Second

	// lookEvery is how often an order is looked at that is being decided: a
	// person may do it elsewhere.
	lookEvery = time.Second

	// tellEvery is how many looks there are to a word to the client, which may
	// give up on a call that it hears nothing of.
	tellEvery = 5

	// decideLooks is how many looks after its answer reached another process
	// an order that still waits has not been decided by it.
	decideLooks = 3

	// takeBackTime is for taking a question back, whatever becomes of the call.
	takeBackTime = 5 * time.Second
)

// ask puts the question to a client of the handshake era while its call
// waits, and returns the order as the answer has left it. The answer may reach
// another process on the same store, which carries it out and uses the handle
// up. Where none comes in time, or the order is decided elsewhere first, the
// client is told to close the dialog; and if it has gone or wants the call no
// more, nothing is decided. Either way the handle is used up, so that a later
// answer is of no use in any process.
//
// mcp-go could ask too, but it numbers its questions, waits for an answer for
// ever and does not take a question back.
func (t *toolCall) ask(ctx context.Context, form mcp.ElicitationParams, handle string) (tools.Result, error) {
	id := askID(t.call.Tool, handle)
	answers, ok := t.dialogs.begin(t.from.key(), id)
	if !ok {
		return t.stands(ctx)
	}
	defer t.dialogs.end(id)
	t.from.notify(rpcRequest{JSONRPC: mcp.JSONRPC_VERSION, ID: id, Method: string(mcp.MethodElicitationCreate), Params: form}.bytes())
	begun := t.now()
	end := t.wait(ctx, handle, answers)
	t.learn(handle, end, t.now().Sub(begun))
	if end.here && ctx.Err() == nil {
		t.call.Principal.Role, t.call.Principal.Elicits = end.from.Role, end.from.Elicits && t.call.Principal.Elicits
		out, err := t.answer(ctx, handle, end.answer)
		if end.there = errors.Is(err, order.ErrAnswered); !end.there {
			return out, err
		}
	}
	if end.there || t.takeBack(ctx, id, handle, end.why) {
		return t.follow(ctx, decideLooks)
	}
	return t.follow(ctx, 0)
}

// ending is how a question came to its end.
type ending struct {
	here   bool // the answer came to this process
	answer tools.Answer
	from   identity.Principal // who gave it, with the rights of that moment
	closed bool               // it closes the dialog and says nothing else
	there  bool               // it came to another process
	ended  bool               // the call has ended, by its client's will
	late   bool               // nobody answered in time
	why    string             // there was none
}

// learn keeps in mind whether somebody answers where the question was asked,
// after so long.
func (t *toolCall) learn(handle string, end ending, open time.Duration) {
	switch {
	case end.here:
		t.dialogs.quiet.answered(t.from.asked(), handle, end.closed)
	case end.late, end.ended && open >= overlooked:
		t.dialogs.quiet.note(t.from.asked())
	}
}

// wait returns how the question came to its end.
func (t *toolCall) wait(ctx context.Context, handle string, answers <-chan heardAnswer) ending {
	timely, cancel := context.WithTimeout(ctx, t.left(answerTime))
	defer cancel()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for n := 0; ; n++ {
		if n%tellEvery == 0 {
			t.progress.beat("waiting for a person to decide " + t.order)
		}
		select {
		case m := <-answers:
			return ending{here: true, answer: answerOf(m.message), from: m.from, closed: dismissed(m.message)}
		case <-timely.Done():
			if ctx.Err() != nil {
				return ending{ended: true, why: "the call has ended"}
			}
			return ending{late: true, why: "nobody answered in time"}
		case <-t.leaving.Done():
			return ending{why: "didops is being stopped"}
		case <-look.C:
		}
		if answered, err := t.gate.PromptUsed(timely, handle); err == nil && answered {
			return ending{there: true}
		}
		if out, err := t.gate.Order(timely, t.order, t.call); err == nil && out.State() != order.Pending {
			return ending{why: decidedElsewhere}
		}
	}
}

// takeBack uses the handle up and tells the client to close the dialog, unless
// another process has the answer already, which it reports.
func (t *toolCall) takeBack(ctx context.Context, id, handle, why string) (answered bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), takeBackTime)
	defer cancel()
	_, err := t.gate.Answer(ctx, handle, t.call, tools.Answer{})
	if errors.Is(err, order.ErrAnswered) {
		return true
	}
	if why != "" {
		t.from.notify(notification{
			JSONRPC: mcp.JSONRPC_VERSION, Method: string(mcp.MethodNotificationCancelled),
			Params: cancelledParams{ID: id, Reason: why},
		}.bytes())
	}
	return false
}

// follow returns the order as it is. While it is being carried out, and for so
// many looks while it waits, it is looked at again until the client's time is
// over.
func (t *toolCall) follow(ctx context.Context, patience int) (tools.Result, error) {
	timely, cancel := context.WithTimeout(ctx, t.left(callTime))
	defer cancel()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for n := 0; ; n++ {
		out, err := t.gate.Order(ctx, t.order, t.call)
		soon := out.State() == order.Executing || out.State() == order.Pending && n < patience
		if err != nil || !soon {
			return out, err
		}
		if out.State() == order.Executing && n%tellEvery == 0 {
			t.progress.beat(t.order + " is being carried out")
		}
		select {
		case <-timely.Done():
			return out, nil
		case <-look.C:
		}
	}
}

// rpcRequest is a message that wants an answer of the client.
type rpcRequest struct {
	JSONRPC string `json:"jsonrpc"`
	ID      string `json:"id"`
	Method  string `json:"method"`
	Params  any    `json:"params"`
}

func (r rpcRequest) bytes() []byte {
	out, _ := json.Marshal(r) // texts and maps of texts can always be written
	return out
}

type cancelledParams struct {
	ID     string `json:"requestId"`
	Reason string `json:"reason"`
}
