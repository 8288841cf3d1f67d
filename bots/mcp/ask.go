package mcp

import (
	"context"
	"encoding/json"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

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
)

// ask puts the question to a client of the handshake era while its call
// waits, and returns the order as the answer has left it. Where none comes in
// time, or the order is decided elsewhere first, the client is told to close
// the dialog; and if it has gone or wants the call no more, nothing is decided.
//
// mcp-go could ask too, but it numbers its questions, waits for an answer for
// ever and does not take a question back.
func (t *talk) ask(ctx context.Context, form mcp.ElicitationParams, handle string) (tools.Result, error) {
	id, answers, ok := t.dialogs.begin(t.from.party())
	if !ok {
		return t.stands(ctx)
	}
	defer t.dialogs.end(id)
	t.from.notify(request{JSONRPC: mcp.JSONRPC_VERSION, ID: id, Method: string(mcp.MethodElicitationCreate), Params: form}.bytes())
	answer, why := t.wait(ctx, answers)
	switch {
	case why == "" && ctx.Err() == nil:
		return t.answer(ctx, handle, answer)
	case why != "":
		t.from.notify(notification{
			JSONRPC: mcp.JSONRPC_VERSION, Method: string(mcp.MethodNotificationCancelled),
			Params: cancelledParams{ID: id, Reason: why},
		}.bytes())
	}
	return t.follow(ctx)
}

// wait returns the answer, or why there is none.
func (t *talk) wait(ctx context.Context, answers <-chan message) (a tools.Answer, why string) {
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
			if given(m.Error) {
				return a, "" // closed without a decision
			}
			return said(m.Result), ""
		case <-timely.Done():
			if ctx.Err() != nil {
				return a, "the call has ended"
			}
			return a, "nobody answered in time"
		case <-look.C:
		}
		if out, err := t.gate.Stands(timely, t.order, t.call); err == nil && out.State != tools.Pending {
			return a, "it was decided elsewhere"
		}
	}
}

// follow returns the order as it is or, if it is being carried out, as it is
// when that has ended or the client's time is over.
func (t *talk) follow(ctx context.Context) (tools.Result, error) {
	timely, cancel := context.WithTimeout(ctx, t.left(callTime))
	defer cancel()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for n := 0; ; n++ {
		out, err := t.gate.Stands(ctx, t.order, t.call)
		if err != nil || out.State != tools.Executing {
			return out, err
		}
		if n%tellEvery == 0 {
			t.progress.beat(t.order + " is being carried out")
		}
		select {
		case <-timely.Done():
			return out, nil
		case <-look.C:
		}
	}
}

// request is a message that wants an answer of the client.
type request struct {
	JSONRPC string `json:"jsonrpc"`
	ID      string `json:"id"`
	Method  string `json:"method"`
	Params  any    `json:"params"`
}

func (r request) bytes() []byte {
	out, _ := json.Marshal(r) //nolint:errchkjson // texts and maps of texts can always be written
	return out
}

type cancelledParams struct {
	ID     string `json:"requestId"`
	Reason string `json:"reason"`
}
