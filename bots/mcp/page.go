package mcp

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"didops/internal/order"
	"didops/tools"
)

const (
	// opened is the name of an address to be opened among what a result asks for.
	opened = "page"

	// pagePrefix begins the id under which a client is asked to open an address:
	// as a request, as an elicitation, and as the state that it echoes. What
	// follows is the id of the order and a random word.
	pagePrefix = "page-"

	// pageLooks is how many looks there are, after somebody agreed to open the
	// page, to an order that nobody has decided there yet. Most clients open it
	// with the answer, some before.
	pageLooks = 8
)

// notificationComplete tells a client of the handshake era that what was to be
// done at an address is done.
const notificationComplete = "notifications/elicitation/complete"

// opensPages reports whether the client opens addresses for its person. It says
// so by the capability, whatever version it speaks: clients have been seen to
// name an older one.
func opensPages(ctx context.Context) bool { return opens(capabilities(ctx)) }

func opens(has mcp.ClientCapabilities) bool {
	return has.Elicitation != nil && has.Elicitation.URL != nil
}

// onPage reports whether an order waits that can be decided on the page, by what
// the order says of how it is decided.
func (t *toolCall) onPage(ctx context.Context, out tools.Result) bool {
	if t.page == "" || out.Order == nil || out.State() != order.Pending || !opensPages(ctx) {
		return false
	}
	address := t.addressOf(out.Order.ID)
	return slices.ContainsFunc(out.Order.ApproveAt, func(way string) bool { return strings.HasSuffix(way, address) })
}

// addressOf is the page of an order. There is nothing in it but the order:
// whoever opens it decides as who is signed in there.
func (t *toolCall) addressOf(id string) string { return t.page + "/orders/" + id }

// openPage has the client offer to its person to open the page of an order that
// can't be decided in its dialog. That it was opened decides nothing.
func (t *toolCall) openPage(ctx context.Context, out tools.Result) (*mcp.CallToolResult, error) {
	t.order = out.Order.ID
	id := pagePrefix + t.order + "-" + rand.Text()
	params := mcp.ElicitationParams{Mode: mcp.ElicitationModeURL, Message: t.invitation(*out.Order), URL: t.addressOf(t.order)}
	t.dialogs.quiet.hand(id)
	if server.IsModernRequest(ctx) {
		return server.NewInputRequestBuilder(id).Elicit(opened, params).ToolResult(), nil
	}
	params.ElicitationID = id
	return t.complete(t.sendToPage(ctx, id, params))
}

// invitation says why a page is to be opened, in rows that no other party
// writes.
func (t *toolCall) invitation(o order.Order) string {
	rows := []string{"Order " + o.ID + " (" + o.Kind + " of " + o.Span() + ") waits for a person."}
	if o.Costs {
		rows = append(rows, o.Total.DueNow.String()+" "+o.Currency+" would be due now, "+o.Total.MonthlyFee.String()+" each month.")
	}
	return strings.Join(append(rows,
		"The page shows the exact terms. Whoever is signed in there decides; opening it approves nothing.",
		"A decision counts until "+clock(o.ExpiresAt, t.now())+"."), "\n")
}

// pageOf returns the order whose page a client was asked to open, by the state
// that it echoes. The state proves nothing: it names an order, which is shown to
// whoever may see it.
func pageOf(state string) (id string, ok bool) {
	rest, ok := strings.CutPrefix(state, pagePrefix)
	last := strings.LastIndexByte(rest, '-')
	return rest[:max(0, last)], ok && last > 0
}

// pageBrought is the result for a client of the newer era that brings back what
// its person said to opening a page.
func (t *toolCall) pageBrought(ctx context.Context, brought mcp.MultiRoundTripParams) (*mcp.CallToolResult, bool, error) {
	id, ok := pageOf(brought.RequestState)
	if tool, known := t.gate.Catalog().Tool(t.call.Tool); !known || !tool.Orders() {
		ok = false
	}
	raw, err := json.Marshal(brought.InputResponses[opened])
	if ok = ok && err == nil && string(raw) != "null"; !ok {
		return nil, false, nil
	}
	t.order = id
	t.dialogs.quiet.answered(t.from.asked(), brought.RequestState, dismissed(message{Result: raw}))
	result, err := t.complete(t.follow(ctx, looksFor(raw)))
	return result, true, err
}

// looksFor returns how many looks an answer is worth. Whoever did not agree to
// open the page is told at once how things stand.
func looksFor(answer json.RawMessage) int {
	if typed(members(answer)["action"]) == string(mcp.ElicitationResponseActionAccept) {
		return pageLooks
	}
	return 0
}

// sendToPage asks a client of the handshake era to open a page while its call
// waits, and returns the order as it is afterwards. Where it is decided first,
// or nobody answers, the client is told to close its dialog.
func (t *toolCall) sendToPage(ctx context.Context, id string, params mcp.ElicitationParams) (tools.Result, error) {
	answers, ok := t.dialogs.begin(t.from.key(), id)
	if !ok {
		return t.stands(ctx)
	}
	defer t.dialogs.end(id)
	t.from.notify(rpcRequest{JSONRPC: mcp.JSONRPC_VERSION, ID: id, Method: string(mcp.MethodElicitationCreate), Params: params}.bytes())
	begun := t.now()
	answer, why := t.untilOpened(ctx, answers)
	if why != "" {
		if t.now().Sub(begun) >= overlooked && why != decidedElsewhere {
			t.dialogs.quiet.note(t.from.asked())
		}
		t.from.notify(notification{
			JSONRPC: mcp.JSONRPC_VERSION, Method: string(mcp.MethodNotificationCancelled), Params: cancelledParams{ID: id, Reason: why},
		}.bytes())
		return t.follow(ctx, 0)
	}
	t.dialogs.quiet.answered(t.from.asked(), id, dismissed(answer))
	out, err := t.follow(ctx, looksFor(answer.Result))
	if err == nil && out.State() != order.Pending {
		t.from.notify(notification{JSONRPC: mcp.JSONRPC_VERSION, Method: notificationComplete, Params: completedParams{id}}.bytes())
	}
	return out, err
}

// decidedElsewhere is why a dialog is closed whose order is decided.
const decidedElsewhere = "it was decided elsewhere"

// untilOpened returns what a client answers, or why it is not waited for any
// more.
func (t *toolCall) untilOpened(ctx context.Context, answers <-chan heardAnswer) (m message, why string) {
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
			return m.message, ""
		case <-timely.Done():
			return m, "nobody answered in time"
		case <-t.leaving.Done():
			return m, "didops is being stopped"
		case <-look.C:
		}
		if out, err := t.gate.Order(timely, t.order, t.call); err == nil && out.State() != order.Pending {
			return m, decidedElsewhere
		}
	}
}

type completedParams struct {
	ID string `json:"elicitationId"`
}
