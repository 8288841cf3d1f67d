package mcp

import (
	"context"
	"net/http"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"didops/internal/identity"
	"didops/internal/order"
	"didops/tools"
)

// tasksExtension is the extension by which a call goes on as a task (SEP-2663).
// It exists in the newer era only.
const tasksExtension = "io.modelcontextprotocol/tasks"

// The methods of the extension, besides tools/call. Those of the tasks of
// 2025-11-25 that it has no more, tasks/result and tasks/list, are for mcp-go
// to refuse.
const (
	tasksGet    = "tasks/get"
	tasksUpdate = "tasks/update"
	tasksCancel = "tasks/cancel"
)

// resultTypeTask says that a call goes on as a task.
const resultTypeTask mcp.ResultType = "task"

// The states of a task. Ours never wants input: a question that stays open
// keeps clients from asking how the task is, and the order may be decided
// elsewhere meanwhile. Nor does it fail: what becomes of an order is a result.
const (
	taskWorking   = "working"
	taskCompleted = "completed"
	taskCancelled = "cancelled"
)

const (
	// pollWaiting is how often a client is told to ask for an order that waits
	// for a person, and pollMoving for one that is being carried out.
	pollWaiting = 10 * time.Second
	pollMoving  = 5 * time.Second

	// unknownPatience is how long after its decision an order whose outcome is
	// not known is looked for before its task ends with that.
	unknownPatience = time.Hour
)

// taskFields is a task on the wire.
type taskFields struct {
	ID      string `json:"taskId"`
	Status  string `json:"status"`
	Message string `json:"statusMessage,omitempty"`
	Created string `json:"createdAt"`
	Updated string `json:"lastUpdatedAt"`
	TTL     int64  `json:"ttlMs"`
	Poll    int64  `json:"pollIntervalMs"`
}

// fieldsOf is the task with the handle, whose order is as it is.
func (s *Server) fieldsOf(handle string, t order.Task, o order.Order) taskFields {
	f := taskFields{
		ID: handle, Status: taskCompleted, Message: o.Progress(), Created: t.Created.UTC().Format(time.RFC3339),
		Updated: t.Created.UTC().Format(time.RFC3339), TTL: t.Expires.Sub(t.Created).Milliseconds(), Poll: pollWaiting.Milliseconds(),
	}
	if o.Changed.After(t.Created) {
		f.Updated = o.Changed.UTC().Format(time.RFC3339)
	}
	switch o.State {
	case order.Pending:
		f.Status = taskWorking
	case order.Executing:
		f.Status, f.Poll = taskWorking, pollMoving.Milliseconds()
	case order.Unknown:
		if s.now().Before(o.DecidedAt.Add(unknownPatience)) {
			f.Status, f.Poll = taskWorking, pollMoving.Milliseconds()
		}
	case order.Cancelled:
		f.Status = taskCancelled
	case order.Scheduled, order.Rejected, order.Expired, order.Completed, order.Partial, order.Changed, order.Failed:
	}
	return f
}

// complete is the result for a client that is asked nothing (more).
func (t *toolCall) complete(out tools.Result, err error) (*mcp.CallToolResult, error) {
	t.out = out
	return complete(t.from.who.Client, out, err)
}

// becomeTask answers the call with a task by which the client follows the order
// that the call came to, where there is one and the client knows tasks. If none
// can be kept the client gets the order as it is.
func (t *toolCall) becomeTask(ctx context.Context) error {
	own := ownAnswerTo(ctx)
	if own == nil || !extended(ctx, tasksExtension) || !t.goesOn() {
		return nil
	}
	handle, task, err := t.gate.IssueTask(ctx, t.out.Order.ID, t.call)
	if err != nil {
		t.log.Warn().Ctx(ctx).Err(err).Str("order", t.out.Order.ID).Msg("mcp: the order does not become a task")
		return nil
	}
	return own.result(struct {
		resultBase
		taskFields
	}{t.base(resultTypeTask), t.fieldsOf(handle, task, *t.out.Order)})
}

// goesOn reports whether there is something to follow: the call has made an
// order, or found it again, and it waits or is being carried out.
func (t *toolCall) goesOn() bool {
	tool, ok := t.gate.Catalog().Tool(t.call.Tool)
	return ok && tool.Orders() && (t.out.State() == order.Pending || t.out.State() == order.Executing)
}

// ownRequest reports whether a request of the newer era is answered here:
// mcp-go does not know the methods, nor that tasks can be listened to. Whoever
// declares the extension may listen, and is told by what is acknowledged that
// there is nothing to hear: a task is asked for.
func ownRequest(m message) bool {
	switch m.Method {
	case tasksGet, tasksUpdate, tasksCancel:
		return modernBody(m)
	case string(mcp.MethodSubscriptionsListen):
		p := ownParamsOf(m)
		return len(p.Notifications.Tasks) > 0 && !p.declares(tasksExtension) && modernBody(m)
	}
	return false
}

// serveOwn answers a request that [ownRequest] reports. headers are those that
// it came with over HTTP; nil elsewhere.
func (s *Server) serveOwn(ctx context.Context, m message, headers http.Header, a *ownAnswer) error {
	p := ownParamsOf(m)
	switch {
	case headers != nil && !a.headed(headers, m, p), !a.sound(m, p):
	case !p.declares(tasksExtension):
		need := map[string]any{"requiredCapabilities": map[string]any{"extensions": map[string]any{tasksExtension: struct{}{}}}}
		a.refuse(mcp.MISSING_REQUIRED_CLIENT_CAPABILITY, "the request must declare the extension "+tasksExtension, need)
	case p.Task == "":
		a.refuse(mcp.INVALID_PARAMS, "taskId is missing", nil)
	default:
		return s.serveTask(ctx, m.Method, p.Task, a)
	}
	return nil
}

// serveTask answers a request about a task. Nothing that is sent here approves
// an order: an answer to a question that was not asked is left aside.
func (s *Server) serveTask(ctx context.Context, method, handle string, a *ownAnswer) error {
	from := callerOf(ctx).who
	from.Elicits = false
	call := tools.Call{Tool: method, Frontend: identity.FrontMCP, Principal: from}
	if method == tasksCancel {
		if err := s.gate.CancelTask(ctx, handle, call); err != nil {
			a.fail(err, mcp.INVALID_PARAMS)
			return nil
		}
		return a.result(s.base(mcp.ResultTypeComplete))
	}
	task, out, err := s.gate.Task(ctx, handle, call)
	if err != nil {
		a.fail(err, mcp.INVALID_PARAMS)
		return nil
	}
	if method == tasksUpdate {
		return a.result(s.base(mcp.ResultTypeComplete))
	}
	got := struct {
		resultBase
		taskFields
		Result *mcp.CallToolResult `json:"result,omitempty"`
	}{resultBase: s.base(mcp.ResultTypeComplete), taskFields: s.fieldsOf(handle, task, *out.Order)}
	if got.Status == taskCompleted {
		if got.Result, err = complete(from.Client, out, nil); err != nil {
			return err
		}
		got.Result.ResultType = mcp.ResultTypeComplete // clients refuse the result without it
	}
	return a.result(got)
}
