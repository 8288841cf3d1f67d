package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"didops/internal/fault"
	"didops/internal/order"
	"didops/tools"
)

const (
	// asked is the name of our question among those of a result that asks.
	asked = "approval"

	// leastTime is what must be left of [answerTime] for a question to be worth
	// asking.
	leastTime = 5 * time.Second

	// callTime is how long after its start a call that a person decides is
	// answered, whatever is still going on. Clients give up after a minute.
	callTime = 55 * time.Second
)

// toolCall is one call, with what its client is asked about it.
type toolCall struct {
	*Server
	from     caller
	call     tools.Call
	progress *progress
	begun    time.Time
	order    string       // that the call led to; "" = not known
	out      tools.Result // that the client gets; zero where it is asked something
}

// run carries out the call. If the order that it leads to may be decided in
// the client's dialog, that is done in the way of the client's era: the newer
// one gets the question as a result and brings the answer with the call made
// anew; an older one is asked while its call waits.
//
// What a client of the newer era brings is of use only by the handle that it
// was given. An answer without one, and a handle without an answer, are as
// good as nothing: the person is asked again. That it brings answers at all is
// remembered from its next call on.
//
// An order that can't be decided in a dialog may have a page on which it can:
// where the client opens addresses it is asked to open that (see openPage).
func (t *toolCall) run(ctx context.Context, brought mcp.MultiRoundTripParams) (*mcp.CallToolResult, error) {
	modern := server.IsModernRequest(ctx)
	silent := t.dialogs.quiet.silent(t.from.asked())
	if modern {
		if result, ok, err := t.pageBrought(ctx, brought); ok {
			return result, err
		}
	}
	if raw, ok := answerIn(brought); modern && ok {
		t.dialogs.quiet.answered(t.from.asked(), brought.RequestState, dismissed(message{Result: raw}))
		if brought.RequestState != "" {
			return t.complete(t.answer(ctx, brought.RequestState, said(raw)))
		}
	}
	if silent {
		t.call.Principal.Elicits = false
	}
	out, err := t.gate.Call(ctx, t.call)
	if err != nil {
		return t.complete(out, err)
	}
	asks := modern || t.from.canAsk() && t.left(answerTime) >= leastTime
	form, until, ok := t.form(ctx, out, modern)
	switch {
	case asks && ok:
		return t.askForm(ctx, out, form, until, modern)
	case asks && !silent && t.onPage(ctx, out):
		return t.openPage(ctx, out)
	}
	return t.complete(out, nil)
}

// form is the dialog that asks what the call leads to, and until when an answer
// counts; not ok where there is nothing to ask, or no way to.
func (t *toolCall) form(ctx context.Context, out tools.Result, modern bool) (form mcp.ElicitationParams, until time.Time, ok bool) {
	if out.Question == nil || !hasForms(ctx) {
		return form, until, false
	}
	until = out.Question.Until
	if last := t.begun.Add(answerTime); !modern && last.Before(until) {
		until = last
	}
	form, ok = formOf(out.Question, until, t.now(), t.version(ctx))
	return form, until, ok
}

// askForm asks by a dialog, in the way of the client's era.
func (t *toolCall) askForm(ctx context.Context, out tools.Result, form mcp.ElicitationParams, until time.Time, modern bool) (*mcp.CallToolResult, error) {
	t.order = out.Question.Order
	handle, err := t.gate.IssuePrompt(ctx, t.order, t.call, until)
	if err != nil {
		// The order is there all the same, and can be decided elsewhere.
		t.log.Warn().Ctx(ctx).Err(err).Str("order", t.order).Msg("mcp: the client is not asked")
		return t.complete(t.stands(ctx))
	}
	t.dialogs.quiet.hand(handle)
	if modern {
		form.Mode = mcp.ElicitationModeForm
		return server.NewInputRequestBuilder(handle).Elicit(asked, form).ToolResult(), nil
	}
	return t.complete(t.ask(ctx, form, handle))
}

// complete is the result for a client that is asked nothing (more), by the name
// that it gives itself.
func complete(client string, out tools.Result, err error) (*mcp.CallToolResult, error) {
	if err != nil {
		return nil, err
	}
	data, err := out.Compact()
	if err != nil {
		return nil, err
	}
	return &mcp.CallToolResult{
		RawStructuredContent: data,
		Content:              []mcp.Content{mcp.NewTextContent(textFor(client, out))},
	}, nil
}

// answerIn finds the answer to our question among those that were brought.
func answerIn(brought mcp.MultiRoundTripParams) (json.RawMessage, bool) {
	response, ok := brought.InputResponses[asked]
	if !ok {
		return nil, false
	}
	raw, err := json.Marshal(response)
	return raw, err == nil && string(raw) != "null"
}

// answer brings a person's answer to the gate, and returns the order when it
// has been carried out or, if that takes too long for the client, as it is.
func (t *toolCall) answer(ctx context.Context, handle string, a tools.Answer) (tools.Result, error) {
	bounded, cancel := context.WithTimeout(ctx, t.left(callTime))
	defer cancel()
	t.call.Progress = t.progress.report()
	out, err := t.gate.Answer(bounded, handle, t.call, a)
	if err != nil && bounded.Err() != nil && ctx.Err() == nil {
		return t.stands(ctx)
	}
	if fault.CodeOf(err) == fault.Conflict && !errors.Is(err, order.ErrAnswered) {
		if now, failed := t.stands(ctx); failed == nil && now.State() != order.Pending {
			return now, nil
		}
	}
	return out, err
}

// stands is the order as it is. Where its id is not known the call finds it:
// the same request leads to the same order.
func (t *toolCall) stands(ctx context.Context) (tools.Result, error) {
	if t.order == "" {
		return t.gate.Call(ctx, t.call)
	}
	return t.gate.Order(ctx, t.order, t.call)
}

// version is the version of the protocol that the client speaks.
func (t *toolCall) version(ctx context.Context) string {
	if t.from.claims != nil {
		return t.from.claims.Version
	}
	return server.RequestProtocolVersion(ctx)
}

// left returns what is left of a time that began with the call.
func (t *toolCall) left(of time.Duration) time.Duration { return of - t.now().Sub(t.begun) }

// hasForms reports whether the client has dialogs with forms. One that names
// no kind of dialog means these.
func hasForms(ctx context.Context) bool { return fillsIn(capabilities(ctx)) }

func fillsIn(has mcp.ClientCapabilities) bool {
	return has.Elicitation != nil && (has.Elicitation.Form != nil || has.Elicitation.URL == nil)
}
